"""``kiosk ledger``: export and prove the ledger. Both read only and work beside an open window."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kiosk.commands.ledger_care import add_care
from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json
from kiosk.commands.times import local_time

if TYPE_CHECKING:
    from kiosk.ledger.terminal_ledger import TerminalLedger


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "ledger",
        help="export, prove, back up, salvage or restore this terminal's ledger",
        description="export, verify and backup read only and work beside an open window.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="print every entry, oldest first")
    add_home(export)
    add_json(export)
    export.set_defaults(run=run_export)
    verify = actions.add_parser(
        "verify",
        help="prove the chain: signatures, hashes, links, sequence",
        description="Exit status 1 when an entry does not hold; the first one is named.",
    )
    add_home(verify)
    add_json(verify)
    verify.set_defaults(run=run_verify)
    add_care(actions)


def _open(args: argparse.Namespace) -> TerminalLedger:
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.home import Home
    from kiosk.ledger.terminal_ledger import TerminalLedger

    return TerminalLedger(Home(args.home), SystemClock(), read_only=True)


def run_export(args: argparse.Namespace) -> int:
    """Print every entry."""
    from kiosk.ledger.export import exported

    ledger = _open(args)
    try:
        lines: Iterator[dict[str, object]] = exported(ledger.database)
        if not args.json:
            print(f"{'epoch':>5} {'seq':>7}  {'at':<25} {'kind':<13} {'state':<12} voucher")
        for entry in lines:
            if args.json:
                print(json.dumps(entry, ensure_ascii=False))
            else:
                print(
                    f"{entry['epoch']:>5} {entry['seq']:>7}  {local_time(entry['at']):<25}"
                    f" {entry['kind']:<13} {entry['state']:<12} {entry['voucher'] or '-'}"
                )
    finally:
        ledger.close()
    return EXIT_OK


def run_verify(args: argparse.Namespace) -> int:
    """Prove the chain."""
    ledger = _open(args)
    try:
        report = ledger.prove_chain()
    finally:
        ledger.close()
    fault = report.fault
    if args.json:
        answer: dict[str, object] = {
            "ok": fault is None,
            "entries": report.entries,
            "head": report.head.hex() if report.head else None,
            "fault": {"epoch": fault.epoch, "seq": fault.seq, "reason": fault.reason}
            if fault
            else None,
        }
        print(json.dumps(answer))
    elif fault is None:
        print(f"{report.entries} entries, the chain holds")
    else:
        print(f"entry {fault.epoch}/{fault.seq} does not hold: {fault.reason}")
    return EXIT_OK if fault is None else EXIT_FAILURE
