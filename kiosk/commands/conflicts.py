"""``kiosk conflicts``: what contradicts this terminal's facts, and settling it without a window."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json
from kiosk.commands.redeem import FIRST_CONTACT_S, LAST_PUSH_S, staff_id

if TYPE_CHECKING:
    from kiosk.bootstrap import Terminal
    from kiosk.domain.conflicts import Conflict, Settled, Settlement, Side

DECISIONS = ("goods_given", "customer_error", "shop_bears", "other")
_WORDS = {
    "not_a_supervisor": "only supervisors of this store may settle",
    "second_person_needed": "its value asks for two different supervisors: give --staff twice",
    "note_unusable": "a note is needed: 1 to 500 printable characters",
    "unknown_conflict": "this terminal has no such conflict (kiosk conflicts list)",
    "wrong_pin": "wrong PIN",
    "locked": "too many wrong PINs; wait",
    "unknown_staff": "nobody of this id works in this store",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "conflicts",
        help="list or settle what contradicts this terminal's facts",
        description="list reads only and works beside an open window.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="print open conflicts, both facts of each")
    listed.add_argument("--all", action="store_true", help="settled ones too")
    add_home(listed)
    add_json(listed)
    listed.set_defaults(run=run_list)
    settle = actions.add_parser(
        "settle",
        help="record what supervisors decided",
        description="Asks for each supervisor's PIN, or reads one a line from standard input, in"
        " the order of --staff. Exit status 1: refused, and nothing was written.",
    )
    settle.add_argument("conflict", metavar="CONFLICT", help="its name in the list, 12 hex digits")
    settle.add_argument("--decision", required=True, choices=DECISIONS)
    settle.add_argument("--note", required=True, metavar="TEXT", help="kept in the entry")
    settle.add_argument(
        "--staff",
        type=staff_id,
        action="append",
        required=True,
        metavar="ID",
        help="a supervisor; twice for dear goods",
    )
    settle.add_argument("--no-sync", action="store_true", help="do not talk to central")
    add_home(settle)
    add_json(settle)
    settle.set_defaults(run=run_settle)


def run_list(args: argparse.Namespace) -> int:
    """Print conflicts, oldest first."""
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.home import Home
    from kiosk.ledger.terminal_ledger import TerminalLedger

    ledger = TerminalLedger(Home(args.home), SystemClock(), read_only=True)
    try:
        found = ledger.store.conflicts()
    finally:
        ledger.close()
    for conflict in found:
        if args.all or conflict.settlement is None:
            if args.json:
                print(json.dumps(_plain(conflict), ensure_ascii=False))
            else:
                _print(conflict)
    return EXIT_OK


def run_settle(args: argparse.Namespace) -> int:
    """Settle one conflict."""
    from kiosk.bootstrap import Terminal
    from kiosk.domain.conflicts import Settled
    from kiosk.ledger.home import Home
    from kiosk.logs import log_to_stderr

    log_to_stderr()
    terminal = Terminal(Home(args.home))
    try:
        if not args.no_sync:
            terminal.start_sync()
            terminal.wait_for_first_contact(FIRST_CONTACT_S)
        result = _settle(terminal, args)
        if not isinstance(result, Settled):
            return _refused(args, result)
        _tell(args, result)
        if not args.no_sync:
            terminal.wait_until_sent(LAST_PUSH_S)
    finally:
        terminal.close()
    return EXIT_OK


def _settle(terminal: Terminal, args: argparse.Namespace) -> Settled | str:
    """What was settled, or the reason of the refusal."""
    from kiosk.commands.pins import signed_in
    from kiosk.domain.conflicts import Decision, SettlementDraft, SettleRefusal
    from kiosk.domain.staff import SignInRefusal

    people = tuple(dict.fromkeys(args.staff))
    for staff in people:
        member = signed_in(terminal.desk, staff)
        if isinstance(member, SignInRefusal):
            return member.value
    known = {conflict.id: conflict for conflict in terminal.desk.conflicts().result()}
    conflict = known.get(args.conflict.lower())
    if conflict is None:
        return SettleRefusal.UNKNOWN_CONFLICT.value
    draft = SettlementDraft(
        conflict.entry,
        conflict.kind,
        conflict.other_entry,
        Decision(args.decision),
        args.note,
        people,
    )
    result = terminal.desk.settle(draft).result()
    return result.value if isinstance(result, SettleRefusal) else result


def _tell(args: argparse.Namespace, settled: Settled) -> None:
    if args.json:
        answer: dict[str, object] = {"settled": True, "repeated": settled.repeated}
        answer |= {"seq": settled.seq, **_plain_settlement(settled.settlement)}
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    elif settled.repeated:
        print(f"was settled before: {_settlement_text(settled.settlement)}", flush=True)
    else:
        print(f"settled, seq {settled.seq}", flush=True)


def _refused(args: argparse.Namespace, reason: str) -> int:
    if args.json:
        print(json.dumps({"settled": False, "reason": reason}))
    else:
        print(f"nothing was settled: {_WORDS.get(reason, reason)}")
    return EXIT_FAILURE


def _plain(conflict: Conflict) -> dict[str, object]:
    settlement = conflict.settlement
    return {
        "conflict": conflict.id,
        "kind": conflict.kind,
        "entry": conflict.entry.hex(),
        "own": _plain_side(conflict.own),
        "other": _plain_side(conflict.other),
        "value_class": conflict.value_class,
        "noted": conflict.noted_at_s,
        "settlement": None if settlement is None else _plain_settlement(settlement),
    }


def _plain_side(side: Side | None) -> dict[str, object] | None:
    if side is None:
        return None
    return {
        "entry": side.entry.hex() if side.entry else None,
        "voucher": side.voucher.hex() if side.voucher else None,
        "store": side.store,
        "terminal": side.terminal,
        "staff": side.staff,
        "at": side.at_s,
        "items": [[item.sku, item.quantity, item.group] for item in side.items],
    }


def _plain_settlement(settlement: Settlement) -> dict[str, object]:
    return {
        "decision": settlement.decision,
        "note": settlement.note,
        "supervisors": list(settlement.supervisors),
        "at": settlement.at_s,
    }


def _print(conflict: Conflict) -> None:
    state = "open" if conflict.settlement is None else _settlement_text(conflict.settlement)
    print(f"{conflict.id}  {conflict.kind}  value class {conflict.value_class}  {state}")
    for name, side in (("here", conflict.own), ("other", conflict.other)):
        if side is not None:
            goods = ", ".join(f"{item.quantity} × {item.sku}" for item in side.items)
            voucher = side.voucher.hex() if side.voucher else "-"
            at = "-" if side.at_s is None else _local(side.at_s)
            print(f"  {name:<5} {at}  {side.terminal}  {side.staff or '-'}  {voucher}  {goods}")


def _local(at_s: int) -> str:
    try:
        return datetime.fromtimestamp(at_s, tz=UTC).astimezone().isoformat()
    except (ValueError, OverflowError, OSError):
        return str(at_s)  # told by another side: it may be no time at all


def _settlement_text(settlement: Settlement) -> str:
    return f"{settlement.decision} ({', '.join(settlement.supervisors)}): {settlement.note}"
