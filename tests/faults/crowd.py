"""Many counters of one shop, and everybody presents the same vouchers to all of them at once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from kiosk.central.services import open_services
from kiosk.central.tables import conflicts
from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import Item, Tier
from kiosk.ledger.home import Home
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import (
    PATIENCE_S,
    STORE,
    Central,
    Code,
    Line,
    Redeeming,
    central_at,
    exported,
    redeeming,
    sync,
)
from tests.faults.shelves import on_hand

ITEMS = (Item("CRAB-4M", 1), Item("VINEGAR", 2))
CLAIM_WAIT_S = 5.0
"""Instead of a quarter of a second: whether claims work is the question, not how fast this
machine is with so many terminals on it."""
ASK_AGAIN_S = (0.2, 0.6)
"""A person needs longer to show a code again; without a pause twenty would keep central busy."""
IN_REVIEW = ("needs_review", "claimed_elsewhere")


@dataclass(slots=True)
class CrowdReport:
    """What a run did and found."""

    seed: int
    terminals: int
    offline: int
    vouchers: int
    handed_over: int = 0
    unclaimed: int = 0
    """Handed over by connected terminals that had no answer to their claim in time."""
    doubles: int = 0
    """Handovers beyond the first of a voucher."""
    seconds: float = 0.0


def crowd_run(
    folder: Path, *, seed: int, terminals: int, offline: int, vouchers: int
) -> CrowdReport:
    """The first ``offline`` terminals have no network until all is over. Raises AssertionError."""
    report = CrowdReport(seed, terminals, offline, vouchers)
    with central_at(folder / "head-office") as central:
        central.set_policy(Policy(version=1, claim_wait_s=CLAIM_WAIT_S))
        homes = [central.enroll(folder / f"terminal-{number}") for number in range(terminals)]
        skus = [item.sku for item in ITEMS]
        before = on_hand(central.home, STORE, skus)
        codes = central.issue(vouchers, tier=Tier.V1, items=ITEMS)
        for home in homes:  # what there is to pick up is known: connected is not "just started"
            assert sync(home)["ok"]
        began_s = time.monotonic()
        _present_everywhere(homes, offline, codes, seed)
        report.seconds = time.monotonic() - began_s
        _judge(homes, offline, report)
        # Twice: who came first hears of a double only after the other has handed it in.
        for _ in range(2):
            for home in homes:
                assert sync(home)["ok"]
        recorded = assert_equal(central, homes)
        assert_each_once(recorded, (code.voucher for code in codes))
        _assert_doubles_are_shown(central, homes, recorded, report)
        assert on_hand(central.home, STORE, skus) == {
            item.sku: before[item.sku] - item.quantity * report.handed_over for item in ITEMS
        }
    return report


def _present_everywhere(
    homes: Sequence[Path], offline: int, codes: Sequence[Code], seed: int
) -> None:
    """All at once: first in the same order, then each terminal in an order of its own."""
    chances = [random.Random(seed + number) for number in range(len(homes))]
    with ExitStack() as stack, ThreadPoolExecutor(len(homes)) as pool:
        counters = []
        for number, home in enumerate(homes):
            options = ("--no-sync",) if number < offline else ()
            counters.append(stack.enter_context(redeeming(home, *options)))
            # Answered after the first contact with central; then the next one starts.
            assert counters[-1].ask("no code")["seq"] is None
        start = threading.Barrier(len(homes))
        half = len(codes) // 2

        def serve(number: int) -> None:
            own = list(codes[half:])
            chances[number].shuffle(own)
            start.wait(PATIENCE_S)
            for code in (*codes[:half], *own):
                _serve(counters[number], code, chances[number])

        list(pool.map(serve, range(len(homes))))
        for counter in counters:
            ended = counter.finish()
            assert ended.status == 0, f"status {ended.status}: {ended.stderr}"


def _serve(counter: Redeeming, code: Code, chance: random.Random) -> None:
    """Until the voucher is handed over, here or elsewhere."""
    until_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while True:
        answer = counter.ask(code.text)
        if answer["verdict"] in {"accepted", "already_redeemed"}:
            return
        assert (answer["verdict"], answer["reason"]) == IN_REVIEW, answer
        assert time.monotonic() < until_s, "a claim is never settled"
        pause.wait(chance.uniform(*ASK_AGAIN_S))


def _judge(homes: Sequence[Path], offline: int, report: CrowdReport) -> None:
    """No two connected terminals handed over one voucher, each with central's leave."""
    handed_over: Counter[str] = Counter()
    claimed: Counter[str] = Counter()
    for number, home in enumerate(homes):
        for line in exported(home):
            handed_over[line["voucher"]] += 1
            claimed[line["voucher"]] += not line["offline"]
            report.unclaimed += number >= offline and line["offline"]
            assert number >= offline or line["offline"], line
    assert len(handed_over) == report.vouchers
    assert max(claimed.values(), default=0) <= 1, claimed.most_common(3)
    report.handed_over = handed_over.total()
    report.doubles = report.handed_over - report.vouchers
    # Each unconnected counter hands over everything, and the connected ones together once.
    certain = report.vouchers * (report.offline - (report.offline == report.terminals))
    assert certain <= report.doubles <= certain + report.unclaimed, report


def _assert_doubles_are_shown(
    central: Central, homes: Sequence[Path], recorded: Sequence[Line], report: CrowdReport
) -> None:
    """Each double is a conflict at central, with both facts, and at both terminals."""
    double = [line for line in recorded if line["state"] == "conflict"]
    assert len(double) == report.doubles
    assert {line["conflict"] for line in double} <= {"duplicate_redemption"}
    names = {Home(home).registration().terminal: home for home in homes}
    shown: dict[str, set[str]] = defaultdict(set)
    for name, home in names.items():
        shown[name] = {line["hash"] for line in exported(home) if line["state"] == "conflict"}
    services = open_services(central.home)
    try:
        with services.database.read() as connection:
            pairs = connection.execute(select(conflicts)).all()
    finally:
        services.close()
    assert {row.entry.hex() for row in pairs} == {line["entry"] for line in double}
    expected: dict[str, set[str]] = defaultdict(set)
    for row in pairs:
        expected[row.terminal].add(row.entry.hex())
        expected[row.other_terminal].add(row.other_entry.hex())
    assert shown == {name: expected[name] for name in names}
    for name, home in names.items():
        assert sync(home)["open_conflicts"] >= len(expected[name])
