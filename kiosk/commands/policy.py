"""``kiosk policy``: what head office allows this terminal. Reads only."""

from __future__ import annotations

import argparse
import json

from kiosk.commands.options import EXIT_OK
from kiosk.commands.trusted import add_source, open_trusted


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "policy",
        help="show the policy that this terminal follows (reads only)",
        description="Head office signs it; `kiosk central policy set` changes it."
        " Works beside an open window.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print every field, what it is set to and what it does")
    add_source(show)
    show.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the policy in force."""
    from kiosk.commands.policy_fields import as_json, lines_for_people

    policy = open_trusted(args).policy
    if args.json:
        print(json.dumps(as_json(policy)))
        return EXIT_OK
    print(f"policy {policy.version}" if policy.version else "no policy has come yet: the defaults")
    print("\n".join(lines_for_people(policy)))
    return EXIT_OK
