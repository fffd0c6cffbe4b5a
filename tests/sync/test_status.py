"""Status lists: fetched at start, on a hint and hourly; nothing else waits for them."""

from __future__ import annotations

import random
import threading
import time

import pytest

from kiosk.domain.link import LinkState
from kiosk.protocol import messages as m
from kiosk.sync.client import CentralClient
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.loop import Loop
from kiosk.sync.pace import Pace
from kiosk.sync.service import SyncService
from kiosk.sync.status import EVERY_S, MAX_LISTS, StatusFollower
from tests.sync import fake_central as fc
from tests.sync.conftest import MakeTerminal, Terminal
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import MemoryStatusLists, SteppedClock


class Following:
    """A follower whose clock the test moves."""

    def __init__(self, client: CentralClient) -> None:
        self.clock, self.lists = SteppedClock(), MemoryStatusLists()
        pace = Pace(random.Random(1), clock=self.clock)
        link = LinkKeeper(last_contact_age_s=None, clock=self.clock)
        loop = Loop(client, link, pace, threading.Event(), lambda: None, self.clock)
        self.follower = StatusFollower(loop, self.lists)

    def step_until_idle(self) -> float:
        while (wait_s := self.follower.step()) == 0:
            pass
        return wait_s


@pytest.fixture
def following(client: CentralClient) -> Following:
    return Following(client)


def asked(central: FakeCentral) -> list[tuple[str, str]]:
    return [(seen.query["list"], seen.query["have"]) for seen in central.requests(fc.STATUS)]


def test_the_whole_list_first_then_hourly_what_changed(
    following: Following, central: FakeCentral
) -> None:
    assert following.step_until_idle() == EVERY_S
    assert asked(central) == [("0", "0")]
    following.clock.now_s += EVERY_S - 1
    assert following.step_until_idle() == 1
    following.clock.now_s += 1
    following.step_until_idle()
    assert asked(central)[1:] == [("0", "1")]
    assert following.lists.taken == [(0, b"1"), (0, b"1>1")]


def test_a_hint_is_followed_at_once_and_an_old_one_is_not(
    following: Following, central: FakeCentral
) -> None:
    following.step_until_idle()
    central.set_status(5)
    following.follower.hint(m.StatusHint(0, 5))
    following.step_until_idle()
    assert following.lists.held == {0: 5}
    following.follower.hint(m.StatusHint(0, 4))
    following.step_until_idle()
    assert len(asked(central)) == 2


def test_a_hint_that_central_does_not_live_up_to_is_no_loop(
    following: Following, central: FakeCentral
) -> None:
    following.follower.hint(m.StatusHint(0, 2**50))
    assert following.step_until_idle() == EVERY_S
    assert len(asked(central)) == 1


def test_a_delta_that_does_not_fit_brings_the_whole_list(
    following: Following, central: FakeCentral
) -> None:
    following.step_until_idle()
    central.set_status(9)
    central.next(fc.STATUS, fc.says(200, b"7>9", "application/cose"))
    following.follower.hint(m.StatusHint(0, 9))
    central.always(fc.STATUS, None)
    following.step_until_idle()
    assert asked(central)[1:] == [("0", "1"), ("0", "0")]


def test_a_refused_list_is_asked_for_later_not_at_once(
    following: Following, central: FakeCentral
) -> None:
    following.lists.refusal = "document_signature"
    wait_s = following.follower.step()
    assert wait_s > 0
    assert following.follower.step() > 0
    assert len(asked(central)) == 1
    following.lists.refusal = ""
    following.clock.now_s += wait_s
    following.step_until_idle()
    assert following.lists.held == {0: 1}


def test_a_central_without_a_list_is_asked_hourly(
    following: Following, central: FakeCentral
) -> None:
    central.status_versions.clear()
    assert following.step_until_idle() == EVERY_S
    assert following.lists.held == {}


def test_a_feed_that_names_lists_without_end_is_followed_for_some(
    following: Following, central: FakeCentral
) -> None:
    for list_id in range(100):
        following.follower.hint(m.StatusHint(list_id, 1))
    following.step_until_idle()
    assert len({list_id for list_id, _ in asked(central)}) <= MAX_LISTS


@pytest.mark.parametrize(
    "fault", [fc.portal, fc.hangs_up, fc.garbage, fc.huge, fc.gzip_bomb, fc.fails(503)]
)
def test_whatever_comes_instead_of_a_list_is_a_later_try(
    following: Following, central: FakeCentral, fault: fc.Fault
) -> None:
    central.next(fc.STATUS, fault)
    wait_s = following.follower.step()
    assert wait_s > 0
    assert following.follower.last_error
    following.clock.now_s += wait_s
    following.step_until_idle()
    assert following.lists.held == {0: 1}


@pytest.fixture
def running(terminal: Terminal, central: FakeCentral) -> Terminal:
    terminal.service.start()
    assert terminal.status_lists.wait_for(lambda: terminal.status_lists.held == {0: 1})
    return terminal


def test_a_new_version_is_here_within_a_second(running: Terminal, central: FakeCentral) -> None:
    began_s = time.monotonic()
    central.set_status(2)
    assert running.status_lists.wait_for(lambda: running.status_lists.held == {0: 2})
    assert time.monotonic() - began_s < 1.0


def test_a_list_that_never_comes_delays_neither_push_nor_feed(
    make_terminal: MakeTerminal, central: FakeCentral
) -> None:
    central.always(fc.STATUS, fc.hangs)
    terminal = make_terminal()
    terminal.service.start()
    assert central.wait_until(lambda: bool(central.requests(fc.STATUS)))
    terminal.outbox.add(b"entry")
    terminal.service.nudge()
    assert terminal.outbox.wait_for(lambda: terminal.outbox.all_in("acked"))
    central.tell(m.StockChange("A", 1))
    assert terminal.replica.wait_for(lambda: terminal.replica.changes() == 1)
    assert terminal.service.link().state is LinkState.ONLINE


def until_empty(service: SyncService) -> tuple[bool, str]:
    summary = service.run_until_empty(10)
    return summary.caught_up, summary.last_error


def test_a_run_until_empty_brings_the_list(terminal: Terminal) -> None:
    assert until_empty(terminal.service) == (True, "")
    assert terminal.status_lists.held == {0: 1}


def test_a_run_until_empty_says_why_there_is_no_list(
    terminal: Terminal, central: FakeCentral
) -> None:
    terminal.status_lists.refusal = "status_rollback"
    summary = terminal.service.run_until_empty(1.0)
    assert (summary.emptied, summary.caught_up) == (True, False)
    assert summary.last_error == "status_rollback"
