"""``kiosk sync``: bring ledger and central together, without a window."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from kiosk.commands.central_words import why
from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json

if TYPE_CHECKING:
    from kiosk.sync.service import SyncSummary

_LONGEST_S = 86_400.0
_ONCE_S, _UNTIL_EMPTY_S = 10.0, 60.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "sync",
        help="send what waits in the outbox and fetch what is new",
        description="Sends every waiting entry to central and fetches all changes, then stops."
        " What does not work is tried again until the time is over. Exit status 1 when something"
        " still waits at the end. A window that is open syncs by"
        " itself; it and this command exclude each other.",
    )
    parser.add_argument(
        "--until-empty",
        action="store_true",
        help=f"keep trying, {_UNTIL_EMPTY_S:.0f} s unless --timeout says otherwise",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help=f"give up after this time (default: {_ONCE_S:.0f};"
        f" with --until-empty {_UNTIL_EMPTY_S:.0f})",
    )
    parser.add_argument(
        "--resync",
        action="store_true",
        help="fetch everything that central tells anew, not only what is new; until that is"
        " complete, what is here stays in use",
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
    timeout_s = args.timeout or (_UNTIL_EMPTY_S if args.until_empty else _ONCE_S)
    terminal = Terminal(Home(args.home))
    try:
        if args.resync:
            terminal.sync.resync()
        summary = terminal.sync.run_until_empty(timeout_s)
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
            _sent(summary, done=done)
            + ("" if done else f": {why(summary.last_error)}")
            + f"; {left.waiting} still wait"
        )
    return EXIT_OK if done else EXIT_FAILURE


def _sent(summary: SyncSummary, *, done: bool) -> str:
    if not summary.sent:
        return "up to date" if done else "nothing was sent"
    return (
        f"sent {summary.sent}: {summary.applied} applied, {summary.conflicts} in conflict,"
        f" {summary.quarantined} quarantined"
    )
