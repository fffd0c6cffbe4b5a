"""A machine that slept: the boot clock jumps by hours, within a call or while a brake holds."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from kiosk.domain.link import LinkState
from kiosk.protocol import messages as m
from kiosk.sync.link_keeper import LONGEST_CALL_S, LinkKeeper
from kiosk.sync.ports import LedgerPorts
from kiosk.sync.service import SyncService, SyncSettings
from tests.sync import fake_central as fc
from tests.sync.conftest import credentials_for
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import (
    FakeTimeKeeper,
    MemoryOutbox,
    MemoryReplica,
    MemoryStatusLists,
    SteppedClock,
)

NIGHT_S = 10 * 3600.0
WATCHED_S = 1.5


@dataclass
class SleepyClock:
    """Goes on by itself, as the boot clock does; ``asleep_s`` was slept."""

    asleep_s: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.asleep_s


@dataclass
class Sleeper:
    """A running terminal whose machine may sleep."""

    central: FakeCentral
    clock: SleepyClock = field(default_factory=SleepyClock)

    def __post_init__(self) -> None:
        self.outbox, self.replica = MemoryOutbox(self.clock), MemoryReplica()
        self.service = SyncService(
            credentials_for(self.central.url),
            LedgerPorts(self.outbox, self.replica, FakeTimeKeeper(), MemoryStatusLists()),
            settings=SyncSettings(gap_fill_every_s=300.0),
            clock=self.clock,
        )

    def sleep(self) -> int:
        """Sleep for a night; how many requests there had been until then."""
        self.clock.asleep_s += NIGHT_S
        return len(self.central.seen)

    def assert_calm(self, before: int) -> None:
        """Awake again it asks for what it needs, and does not make up for the night."""
        pause = threading.Event()
        pause.wait(WATCHED_S)
        assert len(self.central.seen) - before < 15, self.central.seen[before:]

    def assert_alive(self) -> None:
        """What happens now arrives at both ends, and the link says so."""
        self.outbox.add(b"in the morning")
        self.service.nudge()
        assert self.outbox.wait_for(lambda: self.outbox.all_in("acked"), 5.0)
        seen = self.replica.changes()
        self.central.tell(m.StockChange("CRAB-4", 3))
        assert self.replica.wait_for(lambda: self.replica.changes() > seen, 5.0)
        assert self.service.link().state is LinkState.ONLINE


@pytest.fixture
def sleeper(central: FakeCentral) -> Iterator[Sleeper]:
    made = Sleeper(central)
    made.service.start()
    assert central.wait_until(lambda: _polls(central) == 1)
    yield made
    assert made.service.stop()


def _polls(central: FakeCentral) -> int:
    return sum(seen.query.get("wait") == "25" for seen in central.seen)


def _held(until: threading.Event, then: fc.Fault) -> fc.Fault:
    def hold(handler: fc.Handler) -> None:
        assert until.wait(20.0)
        then(handler)

    return hold


def test_asleep_within_a_long_poll(sleeper: Sleeper, central: FakeCentral) -> None:
    before = sleeper.sleep()
    central.tell(m.StockChange("CRAB-4", 2))
    assert sleeper.replica.wait_for(lambda: sleeper.replica.changes() == 1)
    assert sleeper.service.link().state is LinkState.ONLINE
    sleeper.assert_calm(before)
    sleeper.assert_alive()
    # What a night of comparisons would have found, one finds.
    assert len(central.requests(fc.HEADS)) == 1


@pytest.mark.parametrize(
    "ending",
    [lambda handler: handler.server.central.serve_batch(handler), fc.hangs_up, fc.fails(503)],
    ids=["answered", "cut", "503"],
)
def test_asleep_while_a_batch_is_under_way(
    sleeper: Sleeper, central: FakeCentral, ending: fc.Fault
) -> None:
    awake = threading.Event()
    central.next(fc.BATCH, _held(awake, ending))
    sleeper.outbox.add(b"in the evening")
    sleeper.service.nudge()
    assert central.wait_until(lambda: len(central.requests(fc.BATCH)) == 1)
    before = sleeper.sleep()
    awake.set()
    assert sleeper.outbox.wait_for(lambda: sleeper.outbox.all_in("acked"))
    sleeper.assert_calm(before)
    sleeper.assert_alive()


def test_asleep_while_central_had_asked_for_patience(
    sleeper: Sleeper, central: FakeCentral
) -> None:
    central.next(fc.BATCH, fc.fails(429, "slow_down", Retry_After="3600"))
    sleeper.outbox.add(b"in the evening")
    sleeper.service.nudge()
    assert sleeper.outbox.wait_for(lambda: bool(sleeper.outbox.give_backs))
    before = sleeper.sleep()
    sleeper.service.nudge()
    assert sleeper.outbox.wait_for(lambda: sleeper.outbox.all_in("acked"), 5.0)
    sleeper.assert_calm(before)
    sleeper.assert_alive()


@pytest.mark.parametrize(
    "took_s,state", [(LONGEST_CALL_S, LinkState.DEGRADED), (NIGHT_S, LinkState.ONLINE)]
)
def test_a_call_that_outlasts_every_time_out_was_sleep_and_not_slowness(
    took_s: float, state: LinkState
) -> None:
    link = LinkKeeper(clock=SteppedClock())
    for _ in range(2):
        link.succeeded(0.0)
    link.succeeded(took_s)
    assert link.link().state is state
