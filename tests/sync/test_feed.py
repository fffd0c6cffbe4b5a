import random
import threading
from dataclasses import dataclass, field

import pytest

from kiosk.domain.link import LinkState
from kiosk.protocol import messages as m
from kiosk.sync.client import CentralClient
from kiosk.sync.feed import Feed
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.loop import Loop
from kiosk.sync.pace import SHORTEST_REPEAT_S, Pace
from tests.sync import fake_central as fc
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import FakeTimeKeeper, MemoryReplica, SteppedClock


@dataclass
class Bench:
    """A feed whose time stands still between steps; it polls for half a second at most."""

    central: FakeCentral
    client: CentralClient
    time_keeper: FakeTimeKeeper
    clock: SteppedClock = field(default_factory=SteppedClock)
    stopping: threading.Event = field(default_factory=threading.Event)
    news: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replica = MemoryReplica()
        self.link = LinkKeeper(clock=self.clock)
        self.pace = Pace(random.Random(1), clock=self.clock)
        loop = Loop(
            self.client,
            self.link,
            self.pace,
            self.stopping,
            lambda: self.news.append("replica"),
            self.clock,
        )
        self.feed = Feed(loop, self.replica, self.time_keeper, wait_s=1.0)

    def waits(self) -> list[str]:
        return [seen.query["wait"] for seen in self.central.requests(fc.CHANGES)]


@pytest.fixture
def bench(central: FakeCentral, client: CentralClient, time_keeper: FakeTimeKeeper) -> Bench:
    return Bench(central, client, time_keeper)


def stock(count: int) -> list[m.Change]:
    return [m.StockChange(f"SKU-{number}", number) for number in range(count)]


def test_a_snapshot_is_followed_page_by_page_without_a_pause(bench: Bench) -> None:
    bench.central.page_size = 10
    bench.central.tell(*stock(35))
    for _ in range(4):
        assert not bench.feed.caught_up
        assert bench.feed.step() == 0.0
    assert bench.feed.caught_up
    assert bench.waits() == ["0"] * 4
    assert [change for page in bench.replica.pages for change in page.changes] == stock(35)
    assert bench.replica.cursor() == "35"
    assert len(bench.news) == 4


def test_after_two_quick_answers_it_polls_patiently(bench: Bench) -> None:
    bench.central.tell(*stock(1))
    for _ in range(3):
        bench.feed.step()
    assert bench.waits() == ["0", "0", "1"]


def test_an_answer_without_news_costs_the_disk_nothing(bench: Bench) -> None:
    bench.central.tell(*stock(1))
    for _ in range(3):
        bench.feed.step()
    assert len(bench.replica.pages) == 1
    assert len(bench.news) == 1


def test_centrals_time_is_settled_with_each_page(bench: Bench, time_keeper: FakeTimeKeeper) -> None:
    bench.central.clock_offset_s = 30.0
    bench.feed.step()
    assert time_keeper.settled[-1] == pytest.approx(bench.central.time_s(), abs=2.0)


def test_a_central_that_does_not_hold_the_poll_back_makes_no_hot_loop(bench: Bench) -> None:
    page = m.encode(m.ChangesAnswer("9", [], 1.8e9))
    bench.central.always(fc.CHANGES, fc.says(200, page))
    waits = [bench.feed.step() for _ in range(6)]
    assert waits == [0.0, 0.0] + [SHORTEST_REPEAT_S] * 4


def test_a_central_that_promises_more_and_has_nothing_makes_no_hot_loop(bench: Bench) -> None:
    page = m.encode(m.ChangesAnswer("9", [], 1.8e9, more=True))
    bench.central.always(fc.CHANGES, fc.says(200, page))
    waits = [bench.feed.step() for _ in range(6)]
    assert waits[2:] == [SHORTEST_REPEAT_S] * 4


def test_a_cursor_that_central_forgot_starts_a_fresh_snapshot(bench: Bench) -> None:
    bench.central.tell(*stock(3))
    bench.feed.step()
    bench.central.next(fc.CHANGES, fc.fails(410, "cursor_gone"))
    wait_s = bench.feed.step()
    assert wait_s == SHORTEST_REPEAT_S
    assert bench.replica.restarts == 1
    assert not bench.feed.caught_up
    bench.feed.step()
    assert bench.replica.changes() == 6
    assert bench.link.link().state is LinkState.ONLINE
    assert "cursor" not in bench.central.requests(fc.CHANGES)[-1].query


def test_a_central_that_forgets_every_cursor_is_backed_off_from(bench: Bench) -> None:
    bench.central.always(fc.CHANGES, fc.fails(410, "cursor_gone"))
    for _ in range(5):
        wait_s = bench.feed.step()
        assert wait_s > 0
        bench.clock.now_s += wait_s
    assert bench.replica.restarts == 0
    assert bench.link.link().reason == "http_410"


def test_a_410_of_a_proxy_does_not_throw_the_replica_away(bench: Bench) -> None:
    bench.central.tell(*stock(1))
    bench.feed.step()
    bench.central.next(fc.CHANGES, fc.says(410, b"<html>gone", "text/html"))
    bench.feed.step()
    assert bench.replica.restarts == 0


@pytest.mark.parametrize(
    "fault,reason",
    [
        (fc.hangs_up, "cut"),
        (fc.portal, "html"),
        (fc.fails(503), "http_503"),
        (fc.fails(403, "terminal_disabled"), "not_allowed"),
    ],
)
def test_failures_back_off_and_show_in_the_link(bench: Bench, fault: fc.Fault, reason: str) -> None:
    bench.feed.step()
    assert bench.feed.data_age_s() == 0.0
    bench.central.always(fc.CHANGES, fault)
    for expected in (LinkState.DEGRADED, LinkState.OFFLINE):
        wait_s = bench.feed.step()
        assert wait_s > 0
        bench.clock.now_s += wait_s
        assert (bench.link.link().state, bench.link.link().reason) == (expected, reason)
    assert bench.feed.last_error == reason
    assert bench.feed.data_age_s() == pytest.approx(bench.clock.now_s - 1_000.0)
    bench.central.always(fc.CHANGES, None)
    bench.feed.step()
    bench.feed.step()
    assert bench.link.link().state is LinkState.ONLINE
    assert bench.waits()[-2:] == ["0", "0"]


def test_an_hour_of_failures_is_few_requests(bench: Bench) -> None:
    bench.central.always(fc.CHANGES, fc.hangs_up)
    while bench.clock.now_s < 1_000.0 + 3_600:
        bench.clock.now_s += bench.feed.step() or pytest.fail("a step without a pause")
    assert 60 < len(bench.waits()) < 200


def test_retry_after_is_obeyed(bench: Bench) -> None:
    bench.central.next(fc.CHANGES, fc.fails(429, "slow_down", Retry_After="45"))
    assert bench.feed.step() >= 45.0


def test_a_page_that_cannot_be_applied_is_asked_for_again(bench: Bench) -> None:
    bench.central.tell(*stock(2))
    bench.replica.broken = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        bench.feed.step()
    assert bench.feed.data_age_s() is None
    assert bench.replica.cursor() == ""
    bench.replica.broken = None
    bench.feed.step()
    assert bench.replica.changes() == 2


def test_stopping_is_no_failure(bench: Bench) -> None:
    bench.feed.step()
    bench.stopping.set()
    bench.central.next(fc.CHANGES, fc.hangs_up)
    bench.feed.step()
    assert bench.link.link().state is LinkState.ONLINE
