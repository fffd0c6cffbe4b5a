"""``kiosk undo``: a supervisor takes a redemption back, without a window."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json
from kiosk.commands.redeem import FIRST_CONTACT_S, LAST_PUSH_S, staff_id

if TYPE_CHECKING:
    from kiosk.domain.undo import Undone

_WORDS = {
    "not_a_supervisor": "only a supervisor of this store may undo",
    "reason_unusable": "a reason is needed: 1 to 500 printable characters",
    "unknown_redemption": "this terminal's ledger has no redemption of that number",
    "too_late": "more time has passed than head office allows; it is a refund now",
    "clock_untrusted": "the clock is in doubt, so nobody knows how long ago it was; connect"
    " the network",
    "wrong_pin": "wrong PIN",
    "locked": "too many wrong PINs; wait",
    "unknown_staff": "nobody of this id works in this store",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "undo",
        help="take a redemption of this terminal back (supervisor)",
        description="The goods came back: the voucher may be redeemed again, and stock is as it"
        " was. Asks for the supervisor's PIN, or reads it from standard input. A second time"
        " answers with the first. Exit status 1: refused, and nothing was written.",
    )
    parser.add_argument(
        "seq", type=int, metavar="SEQ", help="number of the redemption (kiosk ledger export)"
    )
    parser.add_argument(
        "--epoch", type=int, metavar="N", help="its epoch (default: the current one)"
    )
    parser.add_argument(
        "--staff", type=staff_id, required=True, metavar="ID", help="the supervisor"
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="kept in the entry")
    parser.add_argument("--no-sync", action="store_true", help="do not talk to central")
    add_home(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Undo one redemption."""
    from kiosk.bootstrap import Terminal
    from kiosk.commands.pins import signed_in
    from kiosk.counter.undo import UndoRequest
    from kiosk.domain.staff import SignInRefusal
    from kiosk.domain.undo import Undone
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
        request = UndoRequest(args.seq, member.staff, args.reason, args.epoch)
        result = terminal.desk.undo(request).result()
        if not isinstance(result, Undone):
            return _refused(args, result.value)
        _tell(args, result)
        if not args.no_sync:
            terminal.wait_until_sent(LAST_PUSH_S)
    finally:
        terminal.close()
    return EXIT_OK


def _tell(args: argparse.Namespace, done: Undone) -> None:
    redemption = done.redemption
    if args.json:
        answer = {
            "undone": True,
            "redemption": redemption.seq,
            "voucher": redemption.voucher.hex(),
            "items": [[item.sku, item.quantity, item.group] for item in redemption.items],
            "epoch": done.epoch,
            "seq": done.seq,
            "at": done.at_s,
            "supervisor": done.supervisor,
            "repeated": done.repeated,
        }
        print(json.dumps(answer), flush=True)
        return
    was = "was undone before" if done.repeated else "undone"
    goods = ", ".join(f"{item.quantity} × {item.sku}" for item in redemption.items)
    print(f"redemption {redemption.seq} {was}: {goods}  seq {done.seq}", flush=True)


def _refused(args: argparse.Namespace, reason: str) -> int:
    if args.json:
        print(json.dumps({"undone": False, "reason": reason}))
    else:
        print(f"nothing was undone: {_WORDS.get(reason, reason)}")
    return EXIT_FAILURE
