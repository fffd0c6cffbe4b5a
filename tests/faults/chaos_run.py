"""Redemptions over a bad network, with customers who come again; then both ends are compared."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.domain.vouchers import Item, Tier
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import (
    STORE,
    Central,
    Code,
    Line,
    Redeeming,
    central_at,
    kiosk,
    redeeming,
    sync,
)
from tests.faults.chaos import ChaosProxy, chaos_before
from tests.faults.shelves import on_hand
from tests.faults.wholeness import redeemed_in

ITEMS = (Item("CRAB-4M", 1), Item("VINEGAR", 2))
ISSUED_AT_ONCE = 100
COMES_AGAIN, REMEMBERED = 0.1, 50
LONGEST_GAP_S = 0.1
"""Between two customers: without it they are served long before sync has tried anything."""
RESTARTED_EVERY = 1000
"""Redemptions after which the program ends and starts again, over the same bad network."""
IN_REVIEW = ("needs_review", "claimed_elsewhere")


@dataclass(slots=True)
class ChaosReport:
    """What a run did and found."""

    seed: int
    redeemed: int = 0
    came_again: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    spoilt: dict[str, int] = field(default_factory=dict)
    redeeming_s: float = 0.0
    settling_s: float = 0.0
    """From the last answer until everything was acknowledged, faults going on."""

    @property
    def share_spoilt(self) -> float:
        """Of all calls."""
        return sum(self.spoilt.values()) / max(1, sum(self.calls.values()))


class ChaosRun:
    """One terminal behind a proxy. Raises AssertionError when anything is lost or double."""

    def __init__(self, central: Central, proxy: ChaosProxy, home: Path, seed: int) -> None:
        self._central, self._proxy, self._home = central, proxy, home
        self._chance = random.Random(seed)
        self._fresh: list[Code] = []
        self._earlier: deque[Code] = deque(maxlen=REMEMBERED)
        self._green: dict[str, int] = {}
        self.report = ChaosReport(seed)

    def redeem(self, count: int, until_s: float, progress: Callable[[ChaosReport], None]) -> None:
        """Hand over ``count`` vouchers, or as many as there is time for."""
        began_s = time.monotonic()
        while len(self._green) < count and time.monotonic() < until_s:
            with redeeming(self._home) as terminal:
                stint = min(count, len(self._green) + RESTARTED_EVERY)
                while len(self._green) < stint and time.monotonic() < until_s:
                    self._serve_one(terminal)
                ended = terminal.finish()
            assert ended.status == 0, f"status {ended.status}: {ended.stderr}"
            self._look()
            progress(self.report)
        self.report.redeeming_s = time.monotonic() - began_s

    def settle(self, longest_s: float) -> None:
        """Sync, still over the bad network, and compare with central."""
        began_s = time.monotonic()
        while not sync(self._home, status=None)["ok"]:
            assert time.monotonic() - began_s < longest_s, "the outbox does not empty"
        self.report.settling_s = time.monotonic() - began_s
        self._look()
        recorded = assert_equal(self._central, [self._home])
        assert_each_once(recorded, self._green)
        contradicted = [line for line in recorded if line["state"] != "applied"]
        assert not contradicted, f"{len(contradicted)} contradicted: {contradicted[:3]}"
        assert redeemed_in(self._home) == self._green, "answers and ledger differ"
        left = {i.sku: self._before[i.sku] - i.quantity * len(self._green) for i in ITEMS}
        counted = on_hand(self._central.home, STORE, left)
        assert counted == left, f"stock is {counted} and not {left}"

    def stock_before(self) -> None:
        """Remember what central counts before anything is handed over."""
        self._before = on_hand(self._central.home, STORE, [item.sku for item in ITEMS])

    def _serve_one(self, terminal: Redeeming) -> None:
        time.sleep(self._chance.uniform(0.0, LONGEST_GAP_S))
        if self._earlier and self._chance.random() < COMES_AGAIN:
            self._refuse(terminal.ask(self._chance.choice(self._earlier).text))
            return
        if not self._fresh:
            self._fresh = self._central.issue(ISSUED_AT_ONCE, tier=Tier.V1, items=ITEMS)
        code = self._fresh.pop()
        answer = terminal.ask(code.text)
        assert (answer["verdict"], answer["voucher"]) == ("accepted", code.voucher), answer
        assert not answer["repeated"], answer
        assert code.voucher not in self._green
        self._green[code.voucher] = answer["seq"]
        self._earlier.append(code)
        self.report.redeemed += 1

    def _refuse(self, answer: Line) -> None:
        assert answer["seq"] is None, answer
        assert answer["verdict"] == "already_redeemed" or (
            # Its claim is still being given back or handed in at central: no green either.
            (answer["verdict"], answer["reason"]) == IN_REVIEW
        ), answer
        self.report.came_again += 1

    def _look(self) -> None:
        self.report.calls = dict(self._proxy.calls)
        self.report.spoilt = dict(self._proxy.spoilt)


def chaos_run(
    folder: Path,
    *,
    seed: int,
    redemptions: int,
    until_s: float = float("inf"),
    settled_within_s: float = 600.0,
    progress: Callable[[ChaosReport], None] = lambda _report: None,
) -> ChaosReport:
    """So many redemptions (or until ``time.monotonic()`` is ``until_s``), then the comparison."""
    with (
        central_at(folder / "head-office") as central,
        chaos_before(central.url, seed) as proxy,
    ):
        home = folder / "terminal"
        kiosk("enroll", "--central", proxy.url, "--home", home, given=central.enroll_code())
        run = ChaosRun(central, proxy, home, seed)
        run.stock_before()
        proxy.spoil()
        run.redeem(redemptions, until_s, progress)
        run.settle(settled_within_s)
        return run.report
