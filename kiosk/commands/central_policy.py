"""``kiosk central policy …`` and ``place``: what head office decides, signed and published."""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING

from kiosk.commands.central_parts import (
    CentralUsageError,
    Refused,
    SubParsers,
    add_command,
    opened,
)
from kiosk.commands.options import EXIT_OK, add_json
from kiosk.commands.policy_fields import PolicyValueError, as_json, changed, lines_for_people

if TYPE_CHECKING:
    from kiosk.central.database import Transaction
    from kiosk.domain.policy import Policy, StorePlace

_E7 = 10**7


def add_to(commands: SubParsers) -> None:
    """Declare ``policy`` and ``place``."""
    policy = commands.add_parser(
        "policy",
        help="show or change the policy that all terminals follow",
        description="A change is signed and published at once; terminals in reach follow it within"
        " seconds, the others when they are back.",
    )
    actions = policy.add_subparsers(dest="policy_action", required=True, metavar="ACTION")
    setting = add_command(actions, "set", "change fields of the policy and publish it", _set)
    setting.add_argument(
        "assignments",
        nargs="+",
        metavar="NAME=VALUE",
        help="such as max_offline_s=7200, offline_tiers=V2,V3, blocked_vouchers=+HEX or -HEX;"
        " `policy show` lists all names",
    )
    add_json(setting)
    add_json(add_command(actions, "show", "print the policy, a sentence a field", _show))
    place = add_command(commands, "place", "say where a store is", _place)
    place.add_argument("--store", required=True, metavar="ID")
    for name, most in (("latitude", 90), ("longitude", 180)):
        place.add_argument(
            f"--{name}",
            required=True,
            type=_degrees(most),
            metavar="DEGREES",
            help=f"-{most} to {most}, decimal",
        )
    place.add_argument(
        "--radius-m",
        type=_radius,
        default=300,
        metavar="M",
        help="how far around it a phone counts as there (%(default)s)",
    )


def _degrees(most: int) -> type[int]:
    """A reader of degrees × 10⁷, for argparse."""

    def read(text: str) -> int:
        try:
            degrees = float(text)
        except ValueError:
            degrees = float("nan")
        if not -most <= degrees <= most:  # also false for "nan"
            raise argparse.ArgumentTypeError(f"{text!r} is not -{most} to {most} degrees")
        return round(degrees * _E7)

    return read  # type: ignore[return-value]  # argparse takes any callable


def _radius(text: str) -> int:
    from kiosk.protocol.places import MAX_RADIUS_M

    if not text.isdecimal() or not 0 < int(text) <= MAX_RADIUS_M:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to {MAX_RADIUS_M} metres")
    return int(text)


def _set(args: argparse.Namespace) -> int:
    from kiosk.central.documents import PolicyTooLargeError, policy_in_force, publish_policy

    with opened(args) as services:

        def work(transaction: Transaction) -> Policy:
            # Read and written in one transaction: two who set at once both count.
            policy = changed(policy_in_force(transaction.connection), args.assignments)
            return publish_policy(transaction, services.keys, policy, int(time.time()))

        try:
            policy = services.database.write(work)
        except (PolicyValueError, PolicyTooLargeError) as error:
            raise CentralUsageError(str(error)) from None
    if args.json:
        print(json.dumps(as_json(policy)))
    else:
        print(f"policy {policy.version} is published")
    return EXIT_OK


def _show(args: argparse.Namespace) -> int:
    from kiosk.central.documents import policy_in_force

    with opened(args) as services, services.database.read() as connection:
        policy = policy_in_force(connection)
    if args.json:
        print(json.dumps(as_json(policy)))
    else:
        print(f"policy {policy.version}")
        print("\n".join(lines_for_people(policy)))
    return EXIT_OK


def _place(args: argparse.Namespace) -> int:
    from kiosk.central.documents import publish_place
    from kiosk.central.places import set_place
    from kiosk.domain.policy import StorePlace
    from kiosk.domain.vouchers import Place

    place = StorePlace(Place(args.latitude, args.longitude), args.radius_m)
    with opened(args) as services:

        def work(transaction: Transaction) -> bool:
            if not set_place(transaction.connection, args.store, place):
                return False
            publish_place(transaction, services.keys, args.store, int(time.time()))
            return True

        if not services.database.write(work):
            raise Refused(f"there is no store {args.store}: kiosk central seed --store …")
    print(f"store {args.store} is at {_where(place)}")
    return EXIT_OK


def _where(place: StorePlace) -> str:
    where = place.place
    return (
        f"{where.latitude_e7 / _E7:.7f}, {where.longitude_e7 / _E7:.7f}, within {place.radius_m} m"
    )
