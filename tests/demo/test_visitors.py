"""Who comes to the counter: at once, when it is time, or not at all."""

import queue
import threading

import pytest

from kiosk.demo.customers import Customer, Showing
from kiosk.demo.programs import ProgramFailed
from kiosk.demo.visitors import Visitors
from kiosk.domain.verdicts import VerdictKind

WITHIN_S = 10.0


class Counter:
    """The phone's place, and what was said."""

    def __init__(self) -> None:
        self.shown: queue.Queue[str] = queue.Queue()
        self.said: queue.Queue[str] = queue.Queue()
        self.left = 0
        self.open = threading.Event()
        self.open.set()
        self.taken = threading.Event()

    def show(self, showing: Showing) -> None:
        self.taken.set()
        self.open.wait(WITHIN_S)
        self.shown.put(showing.text)

    def leave(self) -> None:
        self.left += 1


def kind(key: str, ready_in_s: float = 0.0) -> Customer:
    def show() -> Showing:
        if key == "broken":
            raise ProgramFailed("central gives no code")
        return Showing(key)

    return Customer(
        key, key, key, VerdictKind.ACCEPTED, "", "", show, ready_in_s=lambda: ready_in_s
    )


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def visitors(counter: Counter) -> Visitors:
    kinds = [kind("one"), kind("two"), kind("three"), kind("broken"), kind("old", 3600.0)]
    return Visitors(kinds, show=counter.show, leave=counter.leave, say=counter.said.put)


def test_a_customer_comes(visitors: Visitors, counter: Counter) -> None:
    visitors.bring("one")
    assert counter.shown.get(timeout=WITHIN_S) == "one"
    visitors.close()


def test_who_has_to_wait_is_announced_and_turns_round(visitors: Visitors, counter: Counter) -> None:
    visitors.bring("old")
    assert "3600 s" in counter.said.get(timeout=WITHIN_S)
    assert counter.left == 1, "nobody else stays in view meanwhile"
    visitors.bring("one")
    assert counter.shown.get(timeout=WITHIN_S) == "one"
    visitors.close()
    assert counter.shown.empty()


def test_the_latest_choice_counts(visitors: Visitors, counter: Counter) -> None:
    counter.open.clear()
    visitors.bring("one")
    assert counter.taken.wait(WITHIN_S)
    visitors.bring("two")
    visitors.bring("three")
    counter.open.set()
    shown = [counter.shown.get(timeout=WITHIN_S) for _ in range(2)]
    assert shown == ["one", "three"]
    visitors.close()
    assert counter.shown.empty()


def test_what_goes_wrong_is_said(visitors: Visitors, counter: Counter) -> None:
    visitors.bring("broken")
    assert "no code" in counter.said.get(timeout=WITHIN_S)
    visitors.close()
    assert counter.shown.empty()
