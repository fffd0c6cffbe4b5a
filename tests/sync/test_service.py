"""The service as a whole: threads, switch, real sockets, real time."""

import threading
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from urllib.parse import parse_qs

import pytest
import structlog.testing

from kiosk.domain.link import LinkState
from kiosk.domain.ports import Central, ClaimAnswer
from kiosk.protocol import messages as m
from kiosk.sync.service import Changed
from tests.sync import fake_central as fc
from tests.sync.conftest import KEY, MakeTerminal, Terminal
from tests.sync.fake_central import FakeCentral

VOUCHER = b"v" * 16


def becomes(condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    """Poll for something that has no event of its own."""
    pause = threading.Event()
    ends_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > ends_s:
            return False
        pause.wait(0.005)
    return True


def is_polling(central: FakeCentral) -> Callable[[], bool]:
    return lambda: any(
        seen.query.get("wait") == "25" for seen in central.seen if seen.path == fc.CHANGES
    )


@pytest.fixture
def running(terminal: Terminal, central: FakeCentral) -> Terminal:
    """A terminal that is online with its long poll open."""
    terminal.service.start()
    assert central.wait_until(is_polling(central))
    return terminal


def test_the_service_is_what_the_counter_asks_for(terminal: Terminal) -> None:
    port: Central = terminal.service
    assert port.offline_s() >= 0.0


def test_a_nudge_arrives_within_a_second(running: Terminal, central: FakeCentral) -> None:
    took_s = []
    for number in range(5):
        running.outbox.add(b"entry %d" % number)
        began_s = time.monotonic()
        running.service.nudge()
        assert running.outbox.wait_for(lambda: running.outbox.all_in("acked"))
        took_s.append(time.monotonic() - began_s)
    assert median(took_s) < 1.0, took_s
    assert len(central.entries) == 5
    assert Changed.OUTBOX in running.told


def test_news_arrive_within_a_second(running: Terminal, central: FakeCentral) -> None:
    took_s = []
    for number in range(1, 6):
        began_s = time.monotonic()
        central.tell(m.StockChange("CRAB-4", number))
        assert running.replica.wait_for(partial(_has_changes, running, number))
        took_s.append(time.monotonic() - began_s)
    assert median(took_s) < 1.0, took_s
    assert becomes(lambda: Changed.REPLICA in running.told)


def _has_changes(terminal: Terminal, number: int) -> bool:
    return terminal.replica.changes() == number


def test_online_it_says_so(running: Terminal) -> None:
    assert running.service.link().state is LinkState.ONLINE
    assert running.service.offline_s() == 0.0
    age_s = running.service.data_age_s()
    assert age_s is not None
    assert age_s < 5.0
    assert running.service.claim(VOUCHER).wait(5.0) == ClaimAnswer(granted=True)


@pytest.mark.parametrize("path", [fc.CHANGES, fc.BATCH, fc.CLAIMS, fc.TOKEN])
def test_it_stops_within_two_seconds_whatever_hangs(
    terminal: Terminal, central: FakeCentral, path: str
) -> None:
    central.always(path, fc.hangs)
    terminal.outbox.add(b"one")
    terminal.service.start()
    if path == fc.CLAIMS:
        assert central.wait_until(is_polling(central))
        terminal.service.claim(VOUCHER)
    assert central.wait_until(lambda: any(seen.path == path for seen in central.seen))
    began_s = time.monotonic()
    assert terminal.service.stop(10.0)
    assert time.monotonic() - began_s < 2.0
    names = {thread.name for thread in threading.enumerate()}
    assert not {name for name in names if name.startswith(("sync-", "claims-"))}


def test_stopped_it_can_be_started_again(running: Terminal, central: FakeCentral) -> None:
    with pytest.raises(RuntimeError):
        running.service.start()
    assert running.service.stop()
    assert running.service.claim(VOUCHER).wait(5.0) is None
    running.outbox.add(b"while it was stopped")
    running.service.start()
    assert running.outbox.wait_for(lambda: running.outbox.all_in("acked"))


def test_entries_in_flight_at_the_crash_are_sent_after_the_restart(
    terminal: Terminal, central: FakeCentral
) -> None:
    terminal.outbox.add(b"one", b"two")
    terminal.outbox.take(2, 1_000)
    terminal.service.start()
    assert terminal.outbox.wait_for(lambda: terminal.outbox.all_in("acked"))


def test_network_off_is_offline_at_once_and_on_is_back_soon(
    running: Terminal, central: FakeCentral
) -> None:
    running.service.set_network(False)
    link = running.service.link()
    assert (link.state, link.reason) == (LinkState.OFFLINE, "network_off")
    seen = len(central.seen)
    running.outbox.add(*(b"offline %d" % number for number in range(20)))
    running.service.nudge()
    began_s = time.monotonic()
    for _ in range(40):
        assert running.service.claim(VOUCHER).wait(0.25) is None
    assert time.monotonic() - began_s < 40 * 0.25 / 4, "waiting would take four times as long"
    assert becomes(lambda: running.service.offline_s() > 0.3)
    assert running.service.link().state is LinkState.OFFLINE
    assert len(central.seen) == seen
    running.service.set_network(True)
    assert running.outbox.wait_for(lambda: running.outbox.all_in("acked"))
    assert becomes(lambda: running.service.link().state is LinkState.ONLINE)
    assert len(central.entries) == 20


def test_network_off_aborts_what_runs(running: Terminal, central: FakeCentral) -> None:
    central.next(fc.BATCH, fc.hangs)
    running.outbox.add(b"one")
    running.service.nudge()
    assert central.wait_until(lambda: any(seen.path == fc.BATCH for seen in central.seen))
    running.service.set_network(False)
    assert running.outbox.wait_for(lambda: running.outbox.states() == ["queued"], 5.0)
    assert [answer for answer, _ in running.outbox.give_backs] == ["network_off"]


def test_a_quick_off_and_on_does_not_leave_a_dead_poll_behind(
    running: Terminal, central: FakeCentral
) -> None:
    polls = len(central.requests(fc.CHANGES))
    running.service.set_network(False)
    running.service.set_network(True)
    assert central.wait_until(lambda: len(central.requests(fc.CHANGES)) > polls, 3.0)
    assert becomes(lambda: running.service.link().state is LinkState.ONLINE)


def test_twenty_redemptions_while_central_is_down_arrive_when_it_is_back(
    make_terminal: MakeTerminal, central: FakeCentral
) -> None:
    gone = FakeCentral()
    gone.terminal_key = KEY.public_key()
    terminal = make_terminal(gone.url)
    terminal.service.start()
    assert gone.wait_until(is_polling(gone))
    gone.close()
    assert becomes(lambda: terminal.service.link().state is LinkState.OFFLINE)
    for number in range(20):
        terminal.outbox.add(b"offline %d" % number)
        terminal.service.nudge()
    assert terminal.service.offline_s() > 0.0
    back = FakeCentral(port=gone.port)
    back.terminal_key = KEY.public_key()
    try:
        assert terminal.outbox.wait_for(lambda: terminal.outbox.all_in("acked"))
        assert len(back.entries) == 20
        assert becomes(lambda: terminal.service.link().state is LinkState.ONLINE)
        assert terminal.service.offline_s() == 0.0
    finally:
        assert terminal.service.stop()
        back.close()


@pytest.fixture
def very_patient(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> Terminal:
    """After one failure each loop would wait an hour."""
    monkeypatch.setattr("kiosk.domain.retry.FIRST_DELAY_S", 3_600.0)
    monkeypatch.setattr("random.Random.uniform", lambda _self, _low, high: high)
    terminal.service._push_loop.pace._longest_s = 3_600.0
    return terminal


def test_the_feeds_success_sends_the_push_at_once(
    very_patient: Terminal, central: FakeCentral
) -> None:
    central.always(fc.BATCH, fc.hangs_up)
    central.always(fc.CHANGES, fc.hangs_up)
    very_patient.outbox.add(b"one")
    very_patient.service.start()
    assert very_patient.outbox.wait_for(lambda: very_patient.outbox.give_backs != [])
    assert becomes(lambda: very_patient.service._push_loop.pace.left_s() > 3_000)
    central.always(fc.BATCH, None)
    central.always(fc.CHANGES, None)
    assert very_patient.outbox.wait_for(lambda: very_patient.outbox.all_in("acked"))


def test_network_on_does_not_sit_out_a_backoff(
    very_patient: Terminal, central: FakeCentral
) -> None:
    service = very_patient.service
    service._feed_loop.pace._longest_s = 3_600.0
    service.set_network(False)
    service.start()
    assert becomes(lambda: service._feed_loop.pace.left_s() > 3_000)
    service.set_network(True)
    assert central.wait_until(is_polling(central))


def test_no_hot_loop_against_a_central_that_is_broken(
    terminal: Terminal, central: FakeCentral
) -> None:
    """Nudges and claims by the hundred, everything fails: requests stay few."""
    for path in (fc.BATCH, fc.CHANGES, fc.CLAIMS):
        central.always(path, fc.fails(500))
    terminal.outbox.add(*(b"%d" % number for number in range(50)))
    terminal.service.start()
    assert central.wait_until(lambda: len(central.seen) >= 3)
    pause = threading.Event()
    ends_s = time.monotonic() + 2.0
    while time.monotonic() < ends_s:
        terminal.service.nudge()
        terminal.service.claim(VOUCHER)
        pause.wait(0.005)
    # Delays are uniform up to one second here: about two tries a second, each loop.
    assert len(central.seen) < 40


def test_a_broken_ledger_does_not_end_sync(running: Terminal, central: FakeCentral) -> None:
    running.outbox.broken = OSError("disk full")
    running.outbox.add(b"one")
    running.service.nudge()
    running.replica.broken = OSError("disk full")
    central.tell(m.StockChange("CRAB-4", 3))
    assert central.wait_until(lambda: len(central.requests(fc.CHANGES)) >= 4)
    running.outbox.broken = running.replica.broken = None
    assert running.outbox.wait_for(lambda: running.outbox.all_in("acked"))
    assert running.replica.wait_for(lambda: running.replica.changes() == 1)


def test_an_unusable_address_is_a_state_not_a_crash(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal("http://central.example")
    terminal.service.start()
    assert becomes(lambda: terminal.service.link().reason == "plain_http")
    assert terminal.service.claim(VOUCHER).wait(0.25) is None


def test_offline_is_counted_from_the_last_contact_of_an_earlier_run(
    make_terminal: MakeTerminal,
) -> None:
    assert make_terminal().service.offline_s() < 1.0
    assert make_terminal(last_contact_age_s=7_200.0).service.offline_s() >= 7_200.0


# --- run_until_empty ------------------------------------------------------------------------


def test_one_run_sends_everything_and_fetches_everything(
    terminal: Terminal, central: FakeCentral
) -> None:
    terminal.outbox.add(*(b"%d" % number for number in range(700)))
    terminal.outbox.take(10, 1_000)
    central.page_size = 10
    central.tell(*(m.StockChange(f"SKU-{number}", 1) for number in range(25)))
    summary = terminal.service.run_until_empty(10.0)
    assert (summary.sent, summary.applied, summary.emptied) == (700, 700, True)
    assert (summary.caught_up, summary.last_error) == (True, "")
    assert terminal.replica.changes() == 25
    again = terminal.service.run_until_empty(10.0)
    assert (again.emptied, again.caught_up) == (True, True)


def test_one_run_outlasts_a_short_trouble(terminal: Terminal, central: FakeCentral) -> None:
    terminal.outbox.add(b"one")
    central.next(fc.BATCH, fc.hangs_up, fc.fails(503), fc.takes_then_hangs_up)
    summary = terminal.service.run_until_empty(20.0)
    assert (summary.sent, summary.emptied, summary.last_error) == (1, True, "")


@pytest.mark.parametrize("fault", [fc.hangs, fc.hangs_up, fc.fails(503, Retry_After="60")])
def test_one_run_ends_in_time_and_says_why_it_is_not_done(
    terminal: Terminal, central: FakeCentral, fault: fc.Fault
) -> None:
    central.always(fc.BATCH, fault)
    terminal.outbox.add(b"one")
    began_s = time.monotonic()
    summary = terminal.service.run_until_empty(1.0)
    assert time.monotonic() - began_s < 2.0
    assert not summary.emptied
    assert summary.last_error in {"out_of_time", "cut", "http_503"}
    assert terminal.outbox.states() == ["queued"]


def test_one_run_needs_the_threads_stopped(running: Terminal) -> None:
    with pytest.raises(RuntimeError):
        running.service.run_until_empty(1.0)
    assert running.service.stop()
    running.outbox.add(b"one")
    assert running.service.run_until_empty(5.0).emptied


def test_a_resync_while_it_runs_begins_after_the_poll(
    running: Terminal, central: FakeCentral
) -> None:
    running.service.resync()
    central.tell(m.StockChange("CRAB-4", 3))
    assert central.wait_until(
        lambda: [seen.query for seen in central.requests(fc.CHANGES)].count({"wait": "25"}) == 1
    )
    assert running.replica.restarts == 1


def test_listeners_hear_of_the_link(running: Terminal) -> None:
    assert Changed.LINK in running.told
    running.told.clear()
    running.service.set_network(False)
    assert running.told[0] is Changed.LINK


def test_no_secret_reaches_the_log(terminal: Terminal, central: FakeCentral) -> None:
    with structlog.testing.capture_logs() as lines:
        terminal.outbox.add(b"sealed entry")
        central.next(fc.BATCH, fc.fails(401), fc.fails(401), fc.fails(500))
        central.next(fc.CLAIMS, fc.portal)
        terminal.service.start()
        assert central.wait_until(is_polling(central))
        assert terminal.service.claim(VOUCHER).wait(5.0) is None
        assert terminal.outbox.wait_for(lambda: terminal.outbox.all_in("acked"))
        assert terminal.service.stop()
    text = repr(lines)
    assert "push_failed" in text
    assert "claim_failed" in text
    form = parse_qs(central.requests(fc.TOKEN)[0].body.decode())
    secrets = [
        "token-",
        form["client_assertion"][0],
        "sealed entry",
        VOUCHER.decode(),
        VOUCHER.hex(),
    ]
    assert not [secret for secret in secrets if secret in text]
