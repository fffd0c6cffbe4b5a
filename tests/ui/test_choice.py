"""Partial pickups never exceed what is left and never split a bundle."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.orders import OrderCard
from kiosk.domain.redemption import selection_fault
from kiosk.ui.presenters.choice import Choice
from tests.ui.fakes import CAKE, CRAB, TOOLS, VINEGAR, line, prepared


def card() -> OrderCard:
    made = prepared(
        1,
        line(CRAB, 3, 2),
        line(CAKE, 1, group=1),
        line(TOOLS, 2, group=1),
        line(VINEGAR, 4, 0),
    ).card
    assert made is not None
    return made


def test_everything_is_what_is_left() -> None:
    assert Choice.everything(card()).quantities == (2, 1, 2, 0)


def test_a_bundle_goes_all_or_none() -> None:
    choice = Choice.everything(card())
    without = choice.with_quantity(1, 0)
    assert without.quantities == (2, 0, 0, 0)
    assert without.with_quantity(2, 1).quantities == (2, 1, 2, 0)
    assert choice.with_quantity(2, 1).quantities == (2, 0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 9)), max_size=12))
def test_no_sequence_of_steps_makes_a_choice_that_the_ledger_refuses(
    steps: list[tuple[int, int]],
) -> None:
    choice = Choice.everything(card())
    for number, quantity in steps:
        choice = choice.with_quantity(number, quantity)
    fault = selection_fault(choice.selected, card().left)
    assert fault == (None if choice.pieces else "nothing_selected")
