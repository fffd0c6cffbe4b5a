import random
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync.pace import SHORTEST_REPEAT_S, Pace
from tests.sync.fakes import SteppedClock


def paced(clock: SteppedClock, seed: int = 1, longest_s: float = 60.0) -> Pace:
    return Pace(random.Random(seed), longest_s=longest_s, clock=clock)


def test_an_unharmed_loop_has_no_brake() -> None:
    assert paced(SteppedClock()).left_s() == 0.0


def test_the_brake_is_as_long_as_it_said() -> None:
    clock = SteppedClock()
    pace = paced(clock)
    delay_s = pace.failed()
    assert pace.left_s() == pytest.approx(delay_s)
    clock.now_s += delay_s
    assert pace.left_s() == 0.0


def test_a_success_starts_the_count_anew() -> None:
    pace = paced(SteppedClock())
    for _ in range(10):
        pace.failed()
    pace.succeeded()
    assert pace.left_s() == 0.0
    assert pace.failed() <= 1.0


def test_good_news_shortens_the_backoff_but_no_burst_follows() -> None:
    clock = SteppedClock()
    pace = paced(clock)
    while pace.failed() < 10.0:
        pass
    pace.hurry()
    assert pace.left_s() == pytest.approx(SHORTEST_REPEAT_S)
    clock.now_s += SHORTEST_REPEAT_S
    pace.hurry()
    assert pace.left_s() == 0.0


def test_good_news_do_not_shorten_what_central_asked_for() -> None:
    clock = SteppedClock()
    pace = paced(clock)
    pace.failed(retry_after_s=120.0)
    pace.hurry()
    assert pace.left_s() == pytest.approx(120.0)


def test_good_news_never_lengthen_a_wait() -> None:
    pace = paced(SteppedClock(), longest_s=0.06)
    delay_s = pace.failed()
    pace.hurry()
    assert pace.left_s() == pytest.approx(delay_s)


def test_the_bell_wakes_a_sleeper_and_is_heard_once() -> None:
    pace = paced(SteppedClock())
    sleeper = threading.Thread(target=pace.wait, args=(30.0,))
    sleeper.start()
    pace.ring()
    sleeper.join(5.0)
    assert not sleeper.is_alive()
    began_s = time.monotonic()
    pace.wait(0.05)
    assert time.monotonic() - began_s >= 0.04


def test_a_bell_rung_before_the_sleep_is_not_lost() -> None:
    pace = paced(SteppedClock())
    pace.ring()
    began_s = time.monotonic()
    pace.wait(30.0)
    assert time.monotonic() - began_s < 5.0


@given(st.integers(), st.lists(st.sampled_from(["fail", "hurry", "ask"]), max_size=60))
def test_tries_after_failures_never_come_in_bursts(seed: int, events: list[str]) -> None:
    """Whatever happens in between, n tries that all fail take time."""
    clock = SteppedClock()
    pace = paced(clock, seed)
    tries = 0
    for event in events:
        if event == "hurry":
            pace.hurry()
            continue
        clock.now_s += pace.left_s()
        pace.failed(5.0 if event == "ask" else None)
        tries += 1
    asked = events.count("ask")
    elapsed_s = clock.now_s - SteppedClock().now_s + pace.left_s()
    assert elapsed_s >= 0.05 * (tries - asked) + 5.0 * asked - 1e-6
