"""``kiosk redeem``: the headless terminal, for gates and for tests."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from kiosk.commands.code_lines import code_lines, typed_serial
from kiosk.commands.options import EXIT_OK, EXIT_USAGE, add_home, add_json

if TYPE_CHECKING:
    from kiosk.bootstrap import Terminal
    from kiosk.domain.verdicts import Verdict

FIRST_CONTACT_S = 1.5
LAST_PUSH_S = 2.0
"""How long the end may take for central to hear of the last handover."""
MAX_STAFF_CHARS = 64


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "redeem",
        help="redeem code texts without a window (gates, tests)",
        description="Reads code texts and hands over everything that is left of each voucher."
        " A line is answered only after its redemption is durable on disk. Syncs with central in"
        " the background; at the end central has up to 2 s to take in what still waits. Exit"
        " status 0 means that every text was answered. With --stdin a line may also be"
        " V0:SERIAL:PASSWORD; as an argument that is refused, as everybody on the machine can"
        " read arguments.",
    )
    parser.add_argument(
        "text", nargs="*", metavar="TEXT", help="code text, as the scanner reads it"
    )
    parser.add_argument("--stdin", action="store_true", help="read one text a line")
    parser.add_argument(
        "--staff", type=staff_id, metavar="ID", help="who is on duty, noted in every entry"
    )
    parser.add_argument("--no-sync", action="store_true", help="do not talk to central")
    add_home(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def staff_id(text: str) -> str:
    """A staff id as entries hold it; central takes no other."""
    if not (0 < len(text) <= MAX_STAFF_CHARS and text.isprintable()):
        message = f"a staff id has 1 to {MAX_STAFF_CHARS} printable characters"
        raise argparse.ArgumentTypeError(message)
    return text


def run(args: argparse.Namespace) -> int:
    """Answer each text with one line."""
    if bool(args.text) == args.stdin:
        print("kiosk redeem: give code texts or --stdin, not both", file=sys.stderr)
        return EXIT_USAGE
    if any(typed_serial(text) for text in args.text):
        # Not repeated here: it may hold a password.
        print("kiosk redeem: give a serial and its password with --stdin", file=sys.stderr)
        return EXIT_USAGE
    from kiosk.bootstrap import Terminal
    from kiosk.ledger.home import Home
    from kiosk.logs import log_to_stderr

    log_to_stderr()
    terminal = Terminal(Home(args.home))
    try:
        if not args.no_sync:
            terminal.start_sync()
            terminal.wait_for_first_contact(FIRST_CONTACT_S)
        for text in code_lines() if args.stdin else args.text:
            answer = redeem_text(terminal, text, args.staff)
            print(json.dumps(answer) if args.json else _for_people(answer), flush=True)
        if not args.no_sync:
            terminal.wait_until_sent(LAST_PUSH_S)
    finally:
        terminal.close()
    return EXIT_OK


def redeem_text(terminal: Terminal, text: str, staff: str | None) -> dict[str, object]:
    """Prepare and confirm everything that is left; the answer as plain values."""
    from kiosk.ledger.errors import LedgerError

    typed = typed_serial(text)
    desk = terminal.desk
    try:
        asked = desk.prepare_serial(*typed, staff=staff) if typed else desk.prepare(text)
        prepared = asked.result()
        if prepared.verdict is not None:
            return _refusal(prepared.verdict)
        card = prepared.open_card()
        handover = desk.confirm(prepared, card.left, staff).result()
    except LedgerError as error:
        return {
            "verdict": "needs_review",
            "voucher": None,
            "seq": None,
            "at": None,
            "reason": "ledger_unavailable",
            "message": str(error),
        }
    if handover.seq is None:
        desk.dismiss(prepared)
        return _refusal(handover.verdict)
    return {
        "verdict": handover.verdict.kind.value,
        "voucher": card.code.voucher.hex(),
        "seq": handover.seq,
        "at": handover.at_s,
        "reason": handover.verdict.reason,
        "items": [[item.sku, item.quantity, item.group] for item in handover.items],
        "repeated": handover.repeated,
    }


def _refusal(verdict: Verdict) -> dict[str, object]:
    record = verdict.record
    answer: dict[str, object] = {
        "verdict": verdict.kind.value,
        "voucher": verdict.voucher.hex() if verdict.voucher else None,
        "seq": None,
        "at": record.at_s if record else None,
        "reason": verdict.reason,
    }
    if record:
        answer |= {"store": record.store, "terminal": record.terminal, "staff": record.staff}
        answer["repeated"] = record.here and verdict.handed_over
    return answer


def _for_people(answer: dict[str, object]) -> str:
    place = f"  seq {answer['seq']}" if answer["seq"] else ""
    reason = f" ({answer['reason']})" if answer["reason"] else ""
    return f"{answer['verdict']}{reason}  {answer['voucher'] or '-'}{place}"
