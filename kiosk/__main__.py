"""The command line. Each command lives in :mod:`kiosk.commands` and imports its parts late."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from kiosk import __version__
from kiosk.commands.options import EXIT_FAILURE, EXIT_OK

COMMANDS = (
    "run",
    "demo",
    "enroll",
    "decode",
    "bench",
    "verify",
    "redeem",
    "undo",
    "conflicts",
    "stock",
    "ledger",
    "keys",
    "policy",
    "sync",
    "doctor",
    "central",
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; importing no more than argparse."""
    parser = argparse.ArgumentParser(
        prog="kiosk",
        description="Pickup terminal: checks a customer's code, hands the goods over exactly"
        " once, online or offline, and keeps central informed.",
        epilog="Start with: kiosk demo",
    )
    parser.add_argument("--version", action="version", version=f"pickup-kiosk {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"kiosk.commands.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status (0 done, 1 failed, 2 wrong usage)."""
    args = build_parser().parse_args(argv)
    from kiosk.commands.known_errors import known_errors

    try:
        status: int = args.run(args)
    except known_errors() as error:
        print(f"kiosk {args.command}: {error}", file=sys.stderr)
        return EXIT_FAILURE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (``kiosk … | head``): not our failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    return status


if __name__ == "__main__":
    sys.exit(main())
