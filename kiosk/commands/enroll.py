"""``kiosk enroll``: make this machine a terminal of a store."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, EXIT_USAGE, add_home, add_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "enroll",
        help="make this machine a terminal of a store",
        description="Trades a one-time enrolment code (kiosk central enroll-code) for this"
        " terminal's identity, keys and policy, and makes its encrypted ledger. The code is asked"
        " for, or read from standard input, so that it does not show in the process list.",
    )
    parser.add_argument("--central", required=True, metavar="URL", help="address of central")
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--code", metavar="CODE", help="the code itself (others may see it)")
    code.add_argument("--code-file", type=Path, metavar="FILE", help="file that holds the code")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="PEM file of a private CA")
    parser.add_argument(
        "--key-store",
        choices=("file", "systemd", "keyring"),
        default="file",
        help="where the ledger's key lives from now on (default: %(default)s)",
    )
    add_home(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Enrol."""
    from kiosk.bootstrap import enroll
    from kiosk.commands.central_words import why_not_enrolled
    from kiosk.ledger.home import Home
    from kiosk.sync.errors import CentralError

    try:
        code = _code(args)
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "not a text file"
        print(f"kiosk enroll: {args.code_file}: {words}", file=sys.stderr)
        return EXIT_FAILURE
    if not code:
        print("kiosk enroll: the enrolment code is empty", file=sys.stderr)
        return EXIT_USAGE
    url = args.central.rstrip("/")
    try:
        registration = enroll(
            Home(args.home),
            central_url=url,
            code=code,
            ca_file=args.ca,
            key_store=args.key_store,
        )
    except CentralError as error:
        print(f"kiosk enroll: {why_not_enrolled(error, url)}", file=sys.stderr)
        return EXIT_FAILURE
    if args.json:
        print(json.dumps({"terminal": registration.terminal, "store": registration.store}))
    else:
        print(
            f"This is now terminal {registration.terminal} of store {registration.store}"
            f" ({registration.store_name}). Start it with: kiosk run --home {args.home}"
        )
    return EXIT_OK


def _code(args: argparse.Namespace) -> str:
    if args.code is not None:
        return str(args.code).strip()
    if args.code_file is not None:
        return str(args.code_file.read_text(encoding="utf-8")).strip()
    if sys.stdin.isatty():
        return getpass.getpass("Enrolment code: ").strip()
    return sys.stdin.readline(1024).strip()
