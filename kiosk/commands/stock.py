"""``kiosk stock``: what is believed to be on hand, and setting it right without a window."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json
from kiosk.commands.redeem import FIRST_CONTACT_S, LAST_PUSH_S, staff_id

if TYPE_CHECKING:
    from kiosk.counter.desk import Desk
    from kiosk.domain.stock import StockMoved, StockRefusal

_WORDS = {
    "not_a_supervisor": "only a supervisor of this store may set stock right",
    "not_counted": "the store keeps no count of this SKU (kiosk stock list)",
    "quantity_unusable": "a count is 0 or more, an adjustment is not 0",
    "reason_unusable": "a reason is needed: 1 to 500 printable characters",
    "wrong_pin": "wrong PIN",
    "locked": "too many wrong PINs; wait",
    "unknown_staff": "nobody of this id works in this store",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "stock",
        help="list, count or adjust stock (supervisor)",
        description="list reads only and works beside an open window. count and adjust ask for the"
        " supervisor's PIN, or read it from standard input; exit status 1: refused, and nothing"
        " was written.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="what is believed to be on hand")
    add_home(listed)
    add_json(listed)
    listed.set_defaults(run=run_list)
    count = actions.add_parser("count", help="record what was counted")
    count.add_argument("sku", metavar="SKU")
    count.add_argument("quantity", type=int, metavar="N", help="what is there")
    count.set_defaults(run=run_count)
    adjust = actions.add_parser("adjust", help="record what broke, was found, came from elsewhere")
    adjust.add_argument("sku", metavar="SKU")
    adjust.add_argument("quantity", type=int, metavar="DELTA", help="such as -2 or 5")
    adjust.add_argument("--reason", required=True, metavar="TEXT", help="kept in the entry")
    adjust.set_defaults(run=run_adjust)
    for action in (count, adjust):
        action.add_argument(
            "--staff", type=staff_id, required=True, metavar="ID", help="the supervisor"
        )
        action.add_argument("--no-sync", action="store_true", help="do not talk to central")
        add_home(action)
        add_json(action)


def run_list(args: argparse.Namespace) -> int:
    """Print every SKU that is counted."""
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.home import Home
    from kiosk.ledger.terminal_ledger import TerminalLedger

    ledger = TerminalLedger(Home(args.home), SystemClock(), read_only=True)
    try:
        levels = ledger.store.stock_levels()
    finally:
        ledger.close()
    for level in levels:
        if args.json:
            line = {"sku": level.sku, "on_hand": level.on_hand}
            names = {"name_zh": level.name_zh, "name_en": level.name_en}
            print(json.dumps(line | names, ensure_ascii=False))
        else:
            print(f"{level.on_hand:>8}  {level.sku}  {level.name_zh}  {level.name_en}")
    return EXIT_OK


def run_count(args: argparse.Namespace) -> int:
    """Record a count."""
    from kiosk.domain.stock import StockCount

    def ask(desk: Desk, supervisor: str) -> Future[StockMoved | StockRefusal]:
        return desk.count_stock(StockCount(args.sku, args.quantity, supervisor))

    return _set_right(args, ask)


def run_adjust(args: argparse.Namespace) -> int:
    """Record an adjustment."""
    from kiosk.domain.stock import StockAdjustment

    def ask(desk: Desk, supervisor: str) -> Future[StockMoved | StockRefusal]:
        asked = StockAdjustment(args.sku, args.quantity, args.reason, supervisor)
        return desk.adjust_stock(asked)

    return _set_right(args, ask)


def _set_right(
    args: argparse.Namespace, ask: Callable[[Desk, str], Future[StockMoved | StockRefusal]]
) -> int:
    from kiosk.bootstrap import Terminal
    from kiosk.commands.pins import signed_in
    from kiosk.domain.staff import SignInRefusal
    from kiosk.domain.stock import StockRefusal
    from kiosk.ledger.home import Home
    from kiosk.logs import log_to_stderr

    log_to_stderr()
    terminal = Terminal(Home(args.home))
    try:
        if not args.no_sync:
            terminal.start_sync()
            terminal.wait_for_first_contact(FIRST_CONTACT_S)
        member = signed_in(terminal.desk, args.staff)
        if isinstance(member, SignInRefusal):
            return _refused(args, member.value)
        result = ask(terminal.desk, member.staff).result()
        if isinstance(result, StockRefusal):
            return _refused(args, result.value)
        _tell(args, result)
        if not args.no_sync:
            terminal.wait_until_sent(LAST_PUSH_S)
    finally:
        terminal.close()
    return EXIT_OK


def _tell(args: argparse.Namespace, moved: StockMoved) -> None:
    if args.json:
        answer = {
            "recorded": True,
            "sku": moved.sku,
            "before": moved.before,
            "after": moved.after,
            "seq": moved.seq,
            "at": moved.at_s,
        }
        print(json.dumps(answer, ensure_ascii=False), flush=True)
        return
    print(f"{moved.sku}: {moved.before} → {moved.after}  seq {moved.seq}", flush=True)


def _refused(args: argparse.Namespace, reason: str) -> int:
    if args.json:
        print(json.dumps({"recorded": False, "reason": reason}))
    else:
        print(f"nothing was recorded: {_WORDS.get(reason, reason)}")
    return EXIT_FAILURE
