"""Twenty connected counters and the same vouchers at once, as patient as they need to be."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial

from kiosk.protocol import messages as m
from tests.central.client import Terminal, enroll
from tests.central.conftest import Shop, together

TERMINALS, VOUCHERS = 20, 10
PATIENCE_S = 60.0


def test_twenty_counters_hand_over_each_voucher_once(shop: Shop) -> None:
    vouchers = [one.voucher.voucher for one in shop.issue(count=VOUCHERS)]
    with ExitStack() as stack:
        terminals = [
            enroll(stack.enter_context(shop.client()), shop.code()) for _ in range(TERMINALS)
        ]
        handed_over = together(
            *(
                partial(_serve, terminal, vouchers, random.Random(number))
                for number, terminal in enumerate(terminals)
            )
        )
        assert Counter(one for mine in handed_over for one in mine) == Counter(vouchers)
        for terminal in terminals:
            told = terminal.catch_up()
            assert not [change for change in told if isinstance(change, m.ConflictChange)]


def _serve(terminal: Terminal, vouchers: list[bytes], chance: random.Random) -> list[bytes]:
    """Everything that central lets this counter hand over; the same order for all."""
    handed_over = []
    until_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    for voucher in vouchers:
        while not (reply := terminal.claim(voucher)).redemptions:
            if reply.state == "granted":
                (outcome,) = terminal.send(terminal.redeem(voucher))
                assert outcome.state == "applied", outcome
                handed_over.append(voucher)
                break
            assert reply.state == "held"
            assert time.monotonic() < until_s
            pause.wait(chance.uniform(0.01, 0.1))
    return handed_over
