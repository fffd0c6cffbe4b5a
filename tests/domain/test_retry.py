import random

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.retry import (
    LONGEST_ASKED_S,
    LONGEST_DELAY_S,
    SHORTEST_DELAY_S,
    retry_delay_s,
)

attempts = st.integers(min_value=0, max_value=10_000)
seeds = st.integers()


@given(attempts, seeds)
def test_the_delay_is_bounded_and_never_a_hot_loop(tries: int, seed: int) -> None:
    delay_s = retry_delay_s(tries, random.Random(seed))
    bound_s = min(LONGEST_DELAY_S, 2.0 ** min(tries - 1, 10)) if tries else 1.0
    assert SHORTEST_DELAY_S <= delay_s <= max(bound_s, 1.0)


@given(attempts, seeds, st.floats(min_value=0, max_value=LONGEST_ASKED_S))
def test_central_gets_at_least_the_time_it_asked_for(tries: int, seed: int, asked_s: float) -> None:
    delay_s = retry_delay_s(tries, random.Random(seed), retry_after_s=asked_s)
    assert asked_s + SHORTEST_DELAY_S <= delay_s <= asked_s + LONGEST_DELAY_S


@given(seeds, st.floats(min_value=LONGEST_ASKED_S, allow_infinity=True, allow_nan=False))
def test_no_answer_silences_a_terminal_for_longer_than_an_hour(seed: int, asked_s: float) -> None:
    delay_s = retry_delay_s(1, random.Random(seed), retry_after_s=asked_s)
    assert delay_s <= LONGEST_ASKED_S + 1.0


@given(attempts, seeds, st.floats(min_value=1.0, max_value=600.0))
def test_the_longest_delay_is_the_callers(tries: int, seed: int, longest_s: float) -> None:
    assert retry_delay_s(tries, random.Random(seed), longest_s=longest_s) <= longest_s


def test_a_negative_retry_after_is_none() -> None:
    rng = random.Random(1)
    assert retry_delay_s(1, rng, retry_after_s=-30.0) <= 1.0


def test_full_jitter_spreads_a_fleet_over_the_whole_interval() -> None:
    rng = random.Random(20240521)
    delays = sorted(retry_delay_s(30, rng) for _ in range(10_000))
    quarters = [sum(low <= delay < low + 15 for delay in delays) for low in (0, 15, 30, 45)]
    assert all(2_300 < count < 2_700 for count in quarters)


def test_a_fleet_that_was_told_the_same_retry_after_does_not_return_as_one() -> None:
    rng = random.Random(7)
    delays = {retry_delay_s(6, rng, retry_after_s=60.0) for _ in range(100)}
    assert max(delays) - min(delays) > 20
