from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.link import SLOW_S, LinkMonitor, LinkState

ONLINE, DEGRADED, OFFLINE = LinkState.ONLINE, LinkState.DEGRADED, LinkState.OFFLINE


def states(events: str) -> list[LinkState]:
    """g = good, s = slow, x = failed, b = claim's budget ran out; one second apart."""
    monitor = LinkMonitor(0.0)
    seen = []
    for now_s, event in enumerate(events, start=1):
        if event == "x":
            monitor.failed(float(now_s), "refused")
        elif event == "b":
            monitor.slowed(float(now_s))
        else:
            monitor.succeeded(float(now_s), SLOW_S + 1 if event == "s" else 0.01)
        seen.append(monitor.link.state)
    return seen


def test_starts_offline_and_says_why() -> None:
    link = LinkMonitor(5.0).link
    assert (link.state, link.since_s, link.reason) == (OFFLINE, 5.0, "not_connected_yet")
    assert link.last_contact_s is None


def test_the_first_contact_is_online_at_once() -> None:
    assert states("g") == [ONLINE]


def test_one_lost_packet_does_not_flip_the_display() -> None:
    assert states("ggxgg") == [ONLINE, ONLINE, DEGRADED, DEGRADED, ONLINE]


def test_two_failures_in_a_row_are_offline() -> None:
    assert states("gxx") == [ONLINE, DEGRADED, OFFLINE]


def test_one_failure_while_degraded_is_not_offline() -> None:
    assert states("gsx") == [ONLINE, DEGRADED, DEGRADED]


def test_failures_before_any_contact_stay_offline() -> None:
    assert states("xxx") == [OFFLINE] * 3


def test_coming_back_takes_two_successes() -> None:
    assert states("gxxgg")[-2:] == [DEGRADED, ONLINE]


def test_a_flapping_link_never_looks_healthy() -> None:
    assert ONLINE not in states("gxx" + "gx" * 10)[1:]


def test_slow_is_degraded_until_two_quick_answers() -> None:
    assert states("gsgg") == [ONLINE, DEGRADED, DEGRADED, ONLINE]


def test_a_claim_without_an_answer_degrades_but_is_no_proof_of_absence() -> None:
    assert states("gbbbb")[1:] == [DEGRADED] * 4
    assert states("gxxb")[-1] is OFFLINE
    assert states("gxbx")[-1] is OFFLINE


def test_since_is_when_the_state_began_and_the_reason_is_the_latest() -> None:
    monitor = LinkMonitor(0.0)
    monitor.succeeded(1.0, 0.1)
    monitor.failed(2.0, "timeout")
    monitor.failed(3.0, "timeout")
    link = monitor.failed(9.0, "refused")
    assert (link.state, link.since_s, link.reason) == (OFFLINE, 3.0, "refused")
    assert link.last_contact_s == 1.0


def test_switching_the_network_off_needs_no_second_failure() -> None:
    monitor = LinkMonitor(0.0)
    monitor.succeeded(1.0, 0.1)
    link = monitor.cut(2.0, "network_off")
    assert (link.state, link.reason, link.last_contact_s) == (OFFLINE, "network_off", 1.0)
    assert monitor.succeeded(3.0, 0.1).state is DEGRADED


def test_an_earlier_runs_last_contact_is_carried_on() -> None:
    assert LinkMonitor(100.0, last_contact_age_s=30.0).link.last_contact_s == 70.0
    assert LinkMonitor(100.0, last_contact_age_s=-5.0).link.last_contact_s == 100.0


@given(st.text(alphabet="gsxb", max_size=40))
def test_the_rules_hold_for_every_history(events: str) -> None:
    history = states(events)
    for index, state in enumerate(history):
        past = events[: index + 1]
        last_two = past.replace("b", "")[-2:]
        if state is ONLINE:
            assert past[-1] == "g"
            assert "x" not in past or last_two == "gg"
        if last_two == "xx":
            assert state is OFFLINE
        if past[-1] in "gs":
            assert state is not OFFLINE
