import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.protocol import messages as m
from kiosk.sync.client import CentralClient
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.loop import Loop
from kiosk.sync.pace import Pace
from kiosk.sync.ports import Outgoing
from kiosk.sync.pusher import PROBES, Pusher
from tests.sync import fake_central as fc
from tests.sync.conftest import KEY, credentials_for
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import FakeTimeKeeper, MemoryOutbox, Row, SteppedClock


@dataclass
class Bench:
    """A pusher whose time stands still between steps."""

    central: FakeCentral
    client: CentralClient
    clock: SteppedClock = field(default_factory=SteppedClock)
    stopping: threading.Event = field(default_factory=threading.Event)
    news: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = MemoryOutbox(self.clock)
        self.link = LinkKeeper(clock=self.clock)
        self.pace = Pace(random.Random(1), clock=self.clock)
        loop = Loop(
            self.client,
            self.link,
            self.pace,
            self.stopping,
            lambda: self.news.append("outbox"),
            self.clock,
        )
        self.pusher = Pusher(loop, self.outbox)

    def batches(self) -> list[int]:
        return [len(fc.batch_entries(seen)) for seen in self.central.requests(fc.BATCH)]

    def run(self, steps: int = 100) -> None:
        """Step until nothing waits, letting the time pass that each step asks for."""
        for _ in range(steps):
            wait_s = self.pusher.step()
            if wait_s is None:
                return
            self.clock.now_s += wait_s
        pytest.fail(f"not empty after {steps} steps: {self.outbox.give_backs[-5:]}")


@pytest.fixture
def bench(central: FakeCentral, client: CentralClient) -> Bench:
    return Bench(central, client)


def entries(count: int, size: int = 20) -> list[bytes]:
    return [number.to_bytes(4, "big") * (size // 4) for number in range(count)]


def test_nothing_waits(bench: Bench) -> None:
    assert bench.pusher.step() is None
    assert not bench.central.seen


def test_batches_are_bounded_by_count(bench: Bench) -> None:
    bench.outbox.add(*entries(1_200))
    bench.run()
    assert bench.batches() == [500, 500, 200]
    assert list(bench.central.entries.values()) == entries(1_200)
    assert bench.outbox.all_in("acked")


def test_batches_are_bounded_by_bytes(bench: Bench) -> None:
    bench.outbox.add(*entries(7, 300_000))
    bench.run()
    assert bench.batches() == [3, 3, 1]


def test_every_entry_gets_its_own_outcome(bench: Bench) -> None:
    first, second, third = bench.outbox.add(b"fine", b"double", b"broken")
    other = m.OtherFact(entry=b"o" * 32, terminal="S001-T02")
    outcomes = [
        m.Outcome(third.hash, "quarantined", why="signature"),
        m.Outcome(second.hash, "conflict", b"r", "duplicate_redemption", other),
        m.Outcome(first.hash, "applied", b"r"),
    ]
    answer = m.encode(m.BatchAnswer(outcomes, bench.central.time_s()))
    bench.central.next(fc.BATCH, fc.says(200, answer))
    bench.run()
    assert bench.outbox.states() == ["acked", "conflict", "quarantined"]
    conflict = bench.outbox.rows[second.hash].outcome
    assert conflict is not None
    assert conflict.other == other
    totals = bench.pusher.totals
    assert (totals.sent, totals.applied, totals.conflicts, totals.quarantined) == (3, 1, 1, 1)


def test_a_reply_lost_after_the_commit_is_a_duplicate_and_no_double(bench: Bench) -> None:
    bench.outbox.add(*entries(10))
    bench.central.next(fc.BATCH, fc.takes_then_hangs_up)
    bench.run()
    assert bench.batches() == [10, 10]
    assert bench.outbox.all_in("acked")
    assert len(bench.central.entries) == 10
    assert bench.pusher.totals.applied == 10


def test_a_token_withdrawn_in_the_middle_costs_no_entry_a_try(bench: Bench) -> None:
    bench.outbox.add(*entries(1_000))
    bench.pusher.step()
    bench.central.valid_tokens.clear()
    bench.run()
    assert bench.outbox.all_in("acked")
    assert all(row.attempts == 0 for row in bench.outbox.rows.values())


@pytest.mark.parametrize(
    "fault,reason",
    [
        (fc.hangs_up, "cut"),
        (fc.garbage, "cut"),
        (fc.portal, "html"),
        (fc.redirects, "redirect"),
        (fc.fails(500), "http_500"),
        (fc.fails(404), "http_404"),
        (fc.fails(403, "terminal_disabled"), "not_allowed"),
        (fc.says(400, b"<html>", "text/html"), "html"),
        (fc.says(400, b"no", "text/plain"), "http_400"),
        (fc.says(422, b"", "text/plain"), "http_422"),
    ],
)
def test_without_a_usable_answer_everything_waits_and_nothing_is_blamed(
    bench: Bench, fault: fc.Fault, reason: str
) -> None:
    bench.outbox.add(*entries(3))
    bench.central.next(fc.BATCH, fault)
    wait_s = bench.pusher.step()
    assert wait_s is not None
    assert wait_s > 0
    assert bench.outbox.give_backs == [(reason, 0.0)]
    assert bench.outbox.states() == ["queued"] * 3
    assert bench.pusher.totals.last_error == reason
    seen = len(bench.central.seen)
    bench.outbox.add(b"a new one, while the brake is on")
    bench.pace.ring()
    assert bench.pusher.step() == wait_s
    assert len(bench.central.seen) == seen
    bench.run()
    assert bench.outbox.all_in("acked")


def test_retry_after_is_kept_with_the_entries_and_obeyed(bench: Bench) -> None:
    bench.outbox.add(b"one")
    bench.central.next(fc.BATCH, fc.fails(503, "busy", Retry_After="30"))
    bench.pusher.step()
    assert bench.outbox.give_backs == [("http_503", 30.0)]
    bench.pace.hurry()
    wait_s = bench.pusher.step()
    assert wait_s is not None
    assert wait_s >= 30.0
    bench.clock.now_s += 29.9
    assert bench.pusher.step()
    assert bench.batches() == [1]
    bench.run()
    assert bench.outbox.all_in("acked")


def test_a_central_that_always_fails_is_not_asked_often(bench: Bench) -> None:
    """An hour of failures: the schedule, not the processor, decides how many tries."""
    bench.outbox.add(*entries(2_000))
    bench.central.always(fc.BATCH, fc.hangs_up)
    ends_s = bench.clock.now_s + 3_600
    while bench.clock.now_s < ends_s:
        bench.clock.now_s += bench.pusher.step() or pytest.fail("a step without a pause")
    assert 60 < len(bench.batches()) < 200


def test_a_body_too_large_is_sent_in_parts_and_later_ones_are_smaller(bench: Bench) -> None:
    def limited(handler: fc.Handler) -> None:
        found = fc.batch_entries(handler.seen)
        if len(found) > 100:
            handler.problem(413, "too_large")
        else:
            outcomes = handler.server.central.take(found)
            handler.answer(200, m.encode(m.BatchAnswer(outcomes, 1.8e9)))

    bench.central.always(fc.BATCH, limited)
    bench.outbox.add(*entries(1_000))
    bench.run()
    assert bench.outbox.all_in("acked")
    assert not bench.outbox.give_backs
    assert len(bench.batches()) < 60
    # In the order of the ledger: central takes a missing entry before for a gap in the chain.
    assert list(bench.central.entries.values()) == entries(1_000)


def test_one_bad_row_blocks_nobody(bench: Bench) -> None:
    added = bench.outbox.add(*entries(500))
    bad = added[321]
    bench.central.bad_entries.add(bad.sealed)
    bench.run()
    states = bench.outbox.states()
    assert states.count("acked") == 499
    row = bench.outbox.rows[bad.hash]
    assert (row.state, row.outcome and row.outcome.why) == ("quarantined", "http_400")
    assert len(bench.batches()) < 25
    assert bench.pusher.totals.quarantined == 1


def test_around_a_bad_row_the_order_stays(bench: Bench) -> None:
    added = bench.outbox.add(*entries(64))
    bench.central.bad_entries = {added[5].sealed}
    bench.run()
    good = [entry.sealed for entry in added if entry is not added[5]]
    assert list(bench.central.entries.values()) == good


def test_several_bad_rows_are_all_found(bench: Bench) -> None:
    added = bench.outbox.add(*entries(64))
    bad = {added[index].hash for index in (0, 1, 33, 63)}
    bench.central.bad_entries = {entry.sealed for entry in added if entry.hash in bad}
    bench.run()
    quarantined = {
        digest for digest, row in bench.outbox.rows.items() if row.state == "quarantined"
    }
    assert quarantined == bad


def test_a_central_that_refuses_everything_quarantines_nothing(bench: Bench) -> None:
    bench.outbox.add(*entries(300))
    bench.central.always(fc.BATCH, fc.fails(400, "bad_request"))
    for _ in range(20):
        asked = len(bench.batches())
        wait_s = bench.pusher.step()
        assert wait_s is not None
        assert wait_s > 0
        assert len(bench.batches()) - asked <= PROBES
        bench.clock.now_s += wait_s
    assert bench.outbox.all_in("queued")
    bench.central.always(fc.BATCH, None)
    bench.run()
    assert bench.outbox.all_in("acked")


def test_a_lone_bad_row_waits_until_central_has_taken_another(bench: Bench) -> None:
    (bad,) = bench.outbox.add(b"bad")
    bench.central.bad_entries.add(bad.sealed)
    for _ in range(5):
        bench.clock.now_s += bench.pusher.step() or 0.0
    assert bench.outbox.rows[bad.hash].state == "queued"
    bench.outbox.add(b"good")
    bench.run()
    assert bench.outbox.states() == ["quarantined", "acked"]


def test_a_gone_mad_central_takes_one_hostage_at_most(bench: Bench) -> None:
    """It worked a moment ago: the first refusal looks like the entry's fault, no more do."""
    bench.outbox.add(b"good")
    bench.run()
    bench.central.always(fc.BATCH, fc.fails(422, "mad"))
    for number in range(6):
        bench.outbox.add(b"innocent %d" % number)
        for _ in range(3):
            bench.clock.now_s += bench.pusher.step() or 0.0
    assert bench.outbox.states().count("quarantined") == 1


def test_a_failure_while_searching_for_the_culprit_loses_nobody(bench: Bench) -> None:
    added = bench.outbox.add(*entries(8))
    bench.central.bad_entries.add(added[5].sealed)
    # refused (8), taken (4), refused (2 of 4) …, then the line breaks
    bench.central.next(
        fc.BATCH, fc.fails(400), fc.fails(400), fc.fails(400), fc.hangs_up, fc.fails(500)
    )
    bench.run()
    states = bench.outbox.states()
    assert (states.count("acked"), states[5]) == (7, "quarantined")


def test_missing_outcomes_are_asked_for_again_but_not_at_once(bench: Bench) -> None:
    first, second = bench.outbox.add(b"answered", b"forgotten")
    answer = m.BatchAnswer([m.Outcome(first.hash, "applied")], 1.8e9)
    bench.central.always(fc.BATCH, fc.says(200, m.encode(answer)))
    wait_s = bench.pusher.step()
    assert bench.outbox.states() == ["acked", "queued"]
    assert wait_s is not None
    ((reason, retry_in_s),) = bench.outbox.give_backs
    assert reason == "no_outcome"
    assert retry_in_s >= 1.0
    ends_s = bench.clock.now_s + 600
    while bench.clock.now_s < ends_s:
        bench.clock.now_s += bench.pusher.step() or pytest.fail("a step without a pause")
    assert len(bench.batches()) < 60
    bench.central.always(fc.BATCH, None)
    bench.run()
    assert bench.outbox.rows[second.hash].state == "acked"


def test_outcomes_of_strangers_and_repeats_change_nothing(bench: Bench) -> None:
    (ours,) = bench.outbox.add(b"ours")
    outcomes = [
        m.Outcome(b"s" * 32, "quarantined", why="stranger"),
        m.Outcome(ours.hash, "applied", b"first"),
        m.Outcome(ours.hash, "quarantined", why="second thoughts"),
    ]
    answer = m.encode(m.BatchAnswer(outcomes, 1.8e9))
    bench.central.next(fc.BATCH, fc.says(200, answer))
    bench.run()
    outcome = bench.outbox.rows[ours.hash].outcome
    assert outcome is not None
    assert (outcome.state, outcome.receipt) == ("applied", b"first")


def test_an_entry_that_central_could_not_read_is_named_by_its_raw_bytes(bench: Bench) -> None:
    unreadable = Outgoing(b"i" * 32, b"raw bytes")
    bench.outbox.rows[unreadable.hash] = Row(unreadable)
    digest = hashlib.sha256(unreadable.sealed).digest()
    answer = m.BatchAnswer([m.Outcome(digest, "quarantined", why="unreadable")], 1.8e9)
    bench.central.next(fc.BATCH, fc.says(200, m.encode(answer)))
    bench.run()
    outcome = bench.outbox.rows[unreadable.hash].outcome
    assert outcome is not None
    assert (outcome.entry, outcome.why) == (unreadable.hash, "unreadable")


def test_a_time_out_makes_the_next_batches_smaller(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.client.BATCH", fc.IMPATIENT)
    bench.outbox.add(*entries(500))
    bench.central.next(fc.BATCH, fc.hangs)
    bench.run()
    assert bench.batches()[:2] == [500, 250]
    assert bench.outbox.all_in("acked")


def test_entries_in_flight_are_recovered_at_the_start_and_after_a_broken_ledger(
    bench: Bench,
) -> None:
    bench.outbox.add(*entries(3))
    bench.outbox.take(2, 1_000)
    bench.pusher.step()
    assert bench.outbox.all_in("acked")
    assert bench.outbox.recoveries == 1
    bench.outbox.add(b"later")

    def breaks_the_ledger(handler: fc.Handler) -> None:
        bench.outbox.broken = OSError("disk full")
        outcomes = handler.server.central.take(fc.batch_entries(handler.seen))
        handler.answer(200, m.encode(m.BatchAnswer(outcomes, 1.8e9)))

    bench.central.next(fc.BATCH, breaks_the_ledger)
    with pytest.raises(OSError, match="disk full"):
        bench.pusher.step()
    bench.outbox.broken = None
    assert "in_flight" in bench.outbox.states()
    bench.run()
    assert bench.outbox.all_in("acked")
    assert bench.outbox.recoveries == 2


def test_a_stopped_pusher_leaves_the_ledger_alone(bench: Bench) -> None:
    bench.outbox.add(b"one")

    def stops(handler: fc.Handler) -> None:
        bench.stopping.set()
        handler.hang_up()

    bench.central.next(fc.BATCH, stops)
    bench.pusher.step()
    assert bench.outbox.states() == ["in_flight"]
    assert not bench.news
    bench.stopping.clear()
    bench.run()
    assert bench.outbox.all_in("acked")


TOO_LARGE = fc.fails(413, "too_large")
FAULTS: list[Callable[[fc.Handler], None] | None] = [
    None,
    fc.hangs_up,
    fc.takes_then_hangs_up,
    fc.garbage,
    fc.cut_short,
    fc.portal,
    fc.redirects,
    fc.fails(500),
    fc.fails(401, "token_invalid"),
    fc.fails(403, "terminal_disabled"),
    TOO_LARGE,
    fc.fails(429, "slow_down", Retry_After="3"),
    fc.says(200, b"{}"),
    fc.says(200, msgspec.json.encode({"outcomes": [], "time_s": 1.8e9})),
]


@pytest.fixture(scope="module")
def shared_central() -> Iterator[FakeCentral]:
    fake = FakeCentral()
    fake.terminal_key = KEY.public_key()
    yield fake
    fake.close()


@given(
    count=st.integers(min_value=1, max_value=40),
    faults=st.lists(st.sampled_from(range(len(FAULTS))), max_size=12),
    bad=st.sets(st.integers(min_value=0, max_value=39), max_size=3),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_goes_wrong_nothing_is_lost_or_doubled(
    shared_central: FakeCentral, count: int, faults: list[int], bad: set[int]
) -> None:
    central = shared_central
    central.entries.clear()
    central.seen.clear()
    client = CentralClient(credentials_for(central.url), FakeTimeKeeper())
    bench = Bench(central, client)
    added = bench.outbox.add(*entries(count), b"the last one, which is good")
    central.bad_entries = {added[index].sealed for index in bad if index < count}
    for fault in faults:
        central.next(fc.BATCH, FAULTS[fault] or central.serve_batch)
    bench.run(300)
    client.close()
    rows = bench.outbox.rows.values()
    acked = {row.entry.sealed for row in rows if row.state == "acked"}
    quarantined = {row.entry.sealed for row in rows if row.state == "quarantined"}
    assert acked | quarantined == {entry.sealed for entry in added}
    assert acked <= set(central.entries.values())
    assert central.bad_entries <= quarantined | set(central.entries.values())
    refusals = sum(FAULTS[fault] is TOO_LARGE for fault in faults)
    assert len(quarantined - central.bad_entries) <= refusals
