"""``kiosk keys``: the keys that this terminal trusts, and what for. Reads only."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK
from kiosk.commands.times import duration, local_time
from kiosk.commands.trusted import Trusted, add_source, open_trusted

if TYPE_CHECKING:
    from kiosk.protocol.keyset import KeySet, TrustedKey


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "keys",
        help="list the keys that this terminal trusts (reads only)",
        description="The key set is signed by the root that was pinned at enrolment, or one that"
        " it handed over to. Works beside an open window.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="print every key of the set in force, a line each")
    add_source(listing)
    listing.set_defaults(run=run_list)
    show = actions.add_parser("show", help="print all that is known of one key")
    show.add_argument("key", metavar="KID", help="key id, 16 hex digits")
    add_source(show)
    show.set_defaults(run=run_show)


def run_list(args: argparse.Namespace) -> int:
    """Print the keys."""
    trusted = open_trusted(args)
    key_set = trusted.key_set
    if key_set is None:
        return _fail("there is no key set: no code can be verified; run: kiosk sync")
    if not args.json:
        print(f"key set {key_set.version}, {_age(key_set, trusted.now_s)}")
        print(f"{'kid':<16}  {'algorithm':<9}  {'for':<20}  state")
    for key in key_set.keys:
        plain = _plain(key, trusted)
        if args.json:
            print(json.dumps(plain))
            continue
        last = ", signed the last code redeemed here" if plain["signed_last_code"] else ""
        print(
            f"{plain['key']}  {plain['algorithm']:<9}  {_uses(key):<20}"
            f"  {_state(key, trusted.now_s)}{last}"
        )
    return EXIT_OK


def run_show(args: argparse.Namespace) -> int:
    """Print one id's keys: several may share it."""
    trusted = open_trusted(args)
    key_set = trusted.key_set
    named = args.key.lower()
    found = [key for key in key_set.keys if key.key_id.hex() == named] if key_set else []
    if key_set is None or not found:
        return _fail(f"there is no key {args.key} in the set in force: kiosk keys list")
    for key in found:
        if args.json:
            print(json.dumps(_plain(key, trusted)))
            continue
        rows = {
            "kid": key.key_id.hex(),
            "algorithm": _algorithm(key),
            "for": _uses(key),
            "state": _state(key, trusted.now_s),
            "not before": local_time(key.not_before_s) if key.not_before_s else "any time",
            "not after": local_time(key.not_after_s),
            "issuer": key.issuer,
            "thumbprint": _thumbprint(key),
            "in key set": f"{key_set.version}, {_age(key_set, trusted.now_s)}",
        }
        if trusted.last_key == key.key_id:
            rows["signed"] = "the last code redeemed here"
        print("\n".join(f"{name:<11} {value}" for name, value in rows.items()))
    return EXIT_OK


def _fail(message: str) -> int:
    print(f"kiosk keys: {message}", file=sys.stderr)
    return EXIT_FAILURE


def _age(key_set: KeySet, now_s: int) -> str:
    signed = f"signed {duration(max(0, now_s - key_set.issued_at_s))} ago"
    if key_set.expires_at_s <= now_s:
        return f"{signed}, ended at {local_time(key_set.expires_at_s)}: no code is accepted"
    return f"{signed}, good until {local_time(key_set.expires_at_s)}"


def _state(key: TrustedKey, now_s: int) -> str:
    if key.revoked:
        return "revoked: nothing it signed counts"
    if now_s < key.not_before_s:
        return f"in force from {local_time(key.not_before_s)}"
    if now_s >= key.not_after_s:
        return f"ended at {local_time(key.not_after_s)}"
    return f"in force until {local_time(key.not_after_s)}"


def _uses(key: TrustedKey) -> str:
    tiers = " ".join(tier.name for tier in sorted(key.tiers))
    purposes = " ".join(sorted(key.purposes))
    return f"{purposes} {tiers}".strip()


def _algorithm(key: TrustedKey) -> str:
    from kiosk.protocol.cose import algorithm_of

    return algorithm_of(key.key).name.lower()


def _thumbprint(key: TrustedKey) -> str:
    """SHA-256 of the COSE_Key: what two people compare over the telephone."""
    import hashlib

    from kiosk.protocol import cbor
    from kiosk.protocol.cose import public_key_map

    return hashlib.sha256(cbor.encode(public_key_map(key.key))).hexdigest()


def _plain(key: TrustedKey, trusted: Trusted) -> dict[str, object]:
    return {
        "key": key.key_id.hex(),
        "algorithm": _algorithm(key),
        "purposes": sorted(key.purposes),
        "tiers": [tier.name for tier in sorted(key.tiers)],
        "not_before": key.not_before_s,
        "not_after": key.not_after_s,
        "revoked": key.revoked,
        "in_force": key.in_force(trusted.now_s),
        "issuer": key.issuer,
        "thumbprint": _thumbprint(key),
        "signed_last_code": trusted.last_key == key.key_id,
        "key_set": trusted.key_set.version if trusted.key_set else 0,
    }
