"""Comparing with central: when, what is repaired, and what it must not disturb."""

import random
import threading
from dataclasses import dataclass, field

import pytest

from kiosk.domain.link import LinkState
from kiosk.protocol import messages as m
from kiosk.sync import gap_fill
from kiosk.sync.client import CentralClient
from kiosk.sync.gap_fill import RESYNC_EVERY_S, GapFill
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.loop import Loop
from kiosk.sync.pace import Pace
from tests.sync import fake_central as fc
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import MemoryOutbox, MemoryReplica, SteppedClock

EVERY_S = 300.0
HERE = m.ReplicaCounts(vouchers=20, redemptions=4, products=3, stock=3, staff=2)


@dataclass
class Bench:
    """A comparison whose time only the test moves; the outbox has three acknowledged entries."""

    central: FakeCentral
    client: CentralClient
    clock: SteppedClock = field(default_factory=SteppedClock)
    nudges: int = 0

    def __post_init__(self) -> None:
        self.outbox, self.replica = MemoryOutbox(self.clock), MemoryReplica()
        self.outbox.add(b"one", b"two", b"three")
        for row in self.outbox.rows.values():
            row.state = "acked"
        self.replica.held = HERE
        self.link = LinkKeeper(clock=self.clock)
        self.link.succeeded(0.0)
        self.pace = Pace(random.Random(1), clock=self.clock)
        loop = Loop(self.client, self.link, self.pace, threading.Event(), lambda: None, self.clock)
        self.gaps = GapFill(
            loop, self.outbox, self.replica, every_s=EVERY_S, on_requeued=self._nudge
        )

    def _nudge(self) -> None:
        self.nudges += 1

    def compare(self, after_s: float = EVERY_S) -> None:
        self.clock.now_s += after_s
        self.gaps.compare_if_due()

    def asked(self) -> list[dict[str, str]]:
        return [seen.query for seen in self.central.requests(fc.HEADS)]


@pytest.fixture
def bench(central: FakeCentral, client: CentralClient) -> Bench:
    return Bench(central, client)


def told(**changed: int) -> m.HeadsAnswer:
    values = {name: getattr(HERE, name) for name in HERE.__struct_fields__} | changed
    return m.HeadsAnswer(1.8e9, counts=m.ReplicaCounts(**values))


def test_it_asks_when_it_is_time_and_not_before(bench: Bench) -> None:
    bench.compare(after_s=EVERY_S - 1)
    assert bench.asked() == []
    bench.replica.at = "17"
    for _ in range(3):
        bench.compare(after_s=1)
    assert bench.asked() == [{"cursor": "17", "epoch": "1", "first": "1", "last": "3"}]


def test_a_night_asleep_is_one_comparison(bench: Bench) -> None:
    bench.compare(after_s=10 * 3600)
    for _ in range(5):
        bench.compare(after_s=1)
    assert len(bench.asked()) == 1


def test_an_empty_ledger_compares_its_replica_alone(bench: Bench) -> None:
    bench.outbox.rows.clear()
    bench.replica.at = "17"
    bench.compare()
    assert bench.asked() == [{"cursor": "17"}]


def test_what_central_lacks_is_queued_again_and_pushed(bench: Bench) -> None:
    bench.central.heads = m.HeadsAnswer(1.8e9, missing=[(2, 2), (9, 12)])
    bench.compare()
    assert bench.outbox.states() == ["acked", "queued", "acked"]
    assert bench.nudges == 1


def test_what_waits_or_is_quarantined_is_no_loss(bench: Bench) -> None:
    first, second, _ = bench.outbox.rows.values()
    first.state, second.state = "quarantined", "in_flight"
    bench.central.heads = m.HeadsAnswer(1.8e9, missing=[(1, 2)])
    bench.compare()
    assert bench.outbox.states() == ["quarantined", "in_flight", "acked"]
    assert bench.nudges == 0


def test_central_may_only_name_what_it_was_asked_for(bench: Bench) -> None:
    asked: list[object] = []
    bench.outbox.queue_again = lambda epoch, ranges: asked.append((epoch, *ranges)) or 0  # type: ignore[method-assign,func-returns-value]
    bench.central.heads = m.HeadsAnswer(1.8e9, missing=[(-5, 0), (-(2**62), 2**62), (4, 9), (3, 2)])
    bench.compare()
    bench.central.heads = m.HeadsAnswer(1.8e9, missing=[(1, 1)] * 5000)
    bench.compare()
    assert asked == [(1, (1, 3), (3, 2)), (1, *[(1, 1)] * m.MAX_MISSING)]


def test_a_long_ledger_is_compared_part_by_part(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_fill, "MAX_COMPARED", 2)
    for _ in range(3):
        bench.compare()
    assert [(asked["first"], asked["last"]) for asked in bench.asked()] == [
        ("2", "3"),
        ("1", "1"),
        ("2", "3"),
    ]


def test_a_part_with_a_loss_is_compared_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_fill, "MAX_COMPARED", 2)
    bench.central.heads = m.HeadsAnswer(1.8e9, missing=[(2, 2)])
    bench.compare()
    bench.outbox.rows[list(bench.outbox.rows)[1]].state = "acked"
    bench.compare()
    assert [asked["first"] for asked in bench.asked()] == ["2", "2"]


def test_equal_counts_leave_the_replica_alone(bench: Bench) -> None:
    bench.central.heads = told()
    bench.compare()
    assert bench.replica.restarts == 0


@pytest.mark.parametrize("kind", ["vouchers", "products", "stock", "staff", "redemptions"])
@pytest.mark.parametrize("more", [1, -1])
def test_other_counts_fetch_the_replica_anew(bench: Bench, kind: str, more: int) -> None:
    bench.central.heads = told(**{kind: getattr(HERE, kind) + more})
    bench.compare()
    # A redemption that only a claim told of is no fault of the replica.
    assert bench.replica.restarts == (0 if (kind, more) == ("redemptions", -1) else 1)


def test_a_replica_that_stays_different_is_not_fetched_again_and_again(bench: Bench) -> None:
    bench.central.heads = told(vouchers=21)
    hours = 12
    for _ in range(round(hours * 3600 / EVERY_S)):
        bench.compare()
    assert bench.replica.restarts == hours * 3600 / RESYNC_EVERY_S


@pytest.mark.parametrize(
    "fault", [fc.fails(404, "not_found"), fc.fails(500), fc.hangs_up, fc.portal, fc.garbage]
)
def test_a_failure_is_no_matter_for_feed_or_link(bench: Bench, fault: fc.Fault) -> None:
    bench.central.always(fc.HEADS, fault)
    for _ in range(3):
        bench.compare()
    assert len(bench.asked()) == 3
    assert bench.pace.left_s() == 0
    assert bench.link.link().state is LinkState.ONLINE
    assert bench.outbox.states() == ["acked"] * 3
    assert bench.replica.restarts == 0


def test_retry_after_is_obeyed(bench: Bench) -> None:
    bench.central.next(fc.HEADS, fc.fails(429, "slow_down", Retry_After="45"))
    bench.compare()
    assert bench.pace.left_s() >= 45.0


def test_a_resync_that_is_asked_for_happens_once(bench: Bench) -> None:
    assert not bench.gaps.resync_if_asked()
    bench.gaps.ask_resync()
    assert bench.gaps.resync_if_asked()
    assert not bench.gaps.resync_if_asked()
    assert bench.replica.restarts == 1
