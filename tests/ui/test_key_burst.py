"""A hand scanner types faster than anybody."""

from kiosk.ui.key_burst import KeyBurst


def test_slow_keys_are_a_persons() -> None:
    burst = KeyBurst()
    assert [burst.within(at_s) for at_s in (0.0, 0.2, 0.5)] == [False, False, False]


def test_all_but_the_first_key_of_a_code_are_a_burst() -> None:
    burst = KeyBurst()
    assert [burst.within(number * 0.01) for number in range(5)] == [False, True, True, True, True]


def test_a_slow_hand_scanner_is_known_by_its_letters() -> None:
    burst = KeyBurst()
    text = "TH1:6BF +O-Q"
    seen = [
        burst.within(number * 0.08, stray=character not in "+-")
        for number, character in enumerate(text)
    ]
    assert seen == [False] + [True] * (len(text) - 1)
    assert burst.within(len(text) * 0.08), "its Enter"
    assert not burst.within(len(text) * 0.08 + 0.5), "a person, afterwards"


def test_a_person_may_count_quickly() -> None:
    burst = KeyBurst()
    assert [burst.within(number * 0.08) for number in range(4)] == [False] * 4
