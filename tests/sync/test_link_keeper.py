import threading

from kiosk.domain.link import LinkState
from kiosk.sync.errors import CentralUnreachable
from kiosk.sync.link_keeper import LinkKeeper
from tests.sync.fakes import SteppedClock

REFUSED = CentralUnreachable("refused")


def test_offline_time_counts_from_the_last_contact() -> None:
    clock = SteppedClock()
    link = LinkKeeper(clock=clock)
    clock.now_s += 5.0
    assert link.offline_s() == 5.0
    link.succeeded(0.1)
    clock.now_s += 60.0
    assert link.offline_s() == 0.0
    link.failed(REFUSED)
    assert link.offline_s() == 0.0
    link.failed(REFUSED)
    assert link.offline_s() == 60.0


def test_an_earlier_runs_contact_is_carried_on() -> None:
    clock = SteppedClock()
    link = LinkKeeper(last_contact_age_s=100.0, clock=clock)
    clock.now_s += 5.0
    assert link.offline_s() == 105.0


def test_an_answer_that_was_under_way_does_not_undo_the_switch() -> None:
    link = LinkKeeper(clock=SteppedClock())
    link.succeeded(0.1)
    link.cut("network_off")
    link.succeeded(0.1)
    assert (link.link().state, link.link().reason) == (LinkState.OFFLINE, "network_off")
    link.restored()
    link.succeeded(0.1)
    assert link.link().state is LinkState.DEGRADED


def test_listeners_hear_of_changes_only_and_of_the_return_once() -> None:
    link = LinkKeeper(clock=SteppedClock())
    heard: list[str] = []
    link.on_change = lambda: heard.append(link.link().state.value)
    link.on_return = lambda: heard.append("return")
    for _ in range(3):
        link.succeeded(0.1)
    for _ in range(3):
        link.failed(REFUSED)
    for _ in range(3):
        link.succeeded(0.1)
    assert heard == [
        *("online", "return"),
        *("degraded", "offline"),
        *("degraded", "return", "online"),
    ]


def test_listeners_may_look_at_the_link_from_any_thread() -> None:
    """No lock is held while they run: one that waits for another thread must not hang it."""
    link = LinkKeeper(clock=SteppedClock())
    seen: list[LinkState] = []

    def look() -> None:
        thread = threading.Thread(target=lambda: seen.append(link.link().state), daemon=True)
        thread.start()
        thread.join(5.0)

    link.on_change = look
    link.succeeded(0.1)
    assert seen == [LinkState.ONLINE]
