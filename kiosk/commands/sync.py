"""``kiosk sync``: bring ledger and central together, without a window."""

from __future__ import annotations

import argparse
import json

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json

_LONGEST_S = 86_400.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "sync",
        help="send what waits in the outbox and fetch what is new",
        description="Sends every waiting entry to central and fetches all changes, then stops."
        " Exit status 1 when something still waits at the end. A window that is open syncs by"
        " itself; it and this command exclude each other.",
    )
    parser.add_argument(
        "--until-empty", action="store_true", help="keep trying until nothing waits (default: once)"
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="give up after this time (default: %(default)s)",
    )
    add_home(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_S:  # also false for "nan"
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Sync and report."""
    from kiosk.bootstrap import Terminal
    from kiosk.ledger.home import Home
    from kiosk.logs import log_to_stderr

    log_to_stderr()
    terminal = Terminal(Home(args.home))
    try:
        summary = terminal.sync.run_until_empty(args.timeout if args.until_empty else 10.0)
        left = terminal.ledger.outbox_status()
    finally:
        terminal.close()
    done = summary.emptied and summary.caught_up
    report = {
        "ok": done,
        "sent": summary.sent,
        "applied": summary.applied,
        "conflicts": summary.conflicts,
        "quarantined": summary.quarantined,
        "waiting": left.waiting,
        "open_conflicts": left.conflicts,
        "error": summary.last_error or None,
    }
    if args.json:
        print(json.dumps(report))
    else:
        print(
            f"sent {summary.sent}: {summary.applied} applied, {summary.conflicts} in conflict,"
            f" {summary.quarantined} quarantined; {left.waiting} still wait"
            + ("" if done else f" ({summary.last_error or 'not caught up'})")
        )
    return EXIT_OK if done else EXIT_FAILURE
