"""A hand scanner types faster than anybody."""

from kiosk.ui.key_burst import KeyBurst


def test_slow_keys_are_a_persons() -> None:
    burst = KeyBurst()
    assert [burst.within(at_s) for at_s in (0.0, 0.2, 0.5)] == [False, False, False]


def test_all_but_the_first_key_of_a_code_are_a_burst() -> None:
    burst = KeyBurst()
    assert [burst.within(number * 0.01) for number in range(5)] == [False, True, True, True, True]
