"""The demonstration's phone: who comes back is out of view long enough to count as new."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.demo import phone as phone_module
from kiosk.demo.customers import Showing
from kiosk.demo.phone import AWAY_S, Phone
from kiosk.scanning.gate import DEFAULT_WINDOW_S
from kiosk.scanning.scene import Scene

AWAY_HERE_S = 0.3


@dataclass
class View:
    """What the camera was given to see, and when."""

    scenes: list[tuple[str | None, float]] = field(default_factory=list)

    def write(self, _path: Path, scene: Scene) -> None:
        self.scenes.append((scene.text, time.monotonic()))

    @property
    def texts(self) -> list[str | None]:
        return [text for text, _ in self.scenes]


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> View:
    seen = View()
    monkeypatch.setattr(phone_module, "write_scene", seen.write)
    return seen


@pytest.fixture
def phone(view: View, tmp_path: Path) -> Iterator[Phone]:
    held = Phone(tmp_path / "scene.json", away_s=AWAY_HERE_S)
    yield held
    held.close()


def test_the_terminal_has_forgotten_who_was_away_so_long() -> None:
    assert AWAY_S > DEFAULT_WINDOW_S


def test_the_same_code_leaves_and_comes_back(phone: Phone, view: View) -> None:
    phone.show(Showing("first"))
    phone.show(Showing("first"))
    assert view.texts == [None, "first", None, "first"]
    (_, left_s), (_, back_s) = view.scenes[-2:]
    assert back_s - left_s >= AWAY_HERE_S


def test_nobody_waits_for_another_customer(view: View, tmp_path: Path) -> None:
    held = Phone(tmp_path / "scene.json", away_s=3600.0)
    held.show(Showing("first"))
    held.show(Showing("second"))  # would take an hour
    assert view.texts == [None, "first", "second"]
    held.close()


@pytest.mark.parametrize("leaves", [True, False])
def test_who_was_here_before_another_one_waits(phone: Phone, view: View, leaves: bool) -> None:
    phone.show(Showing("first"))
    if leaves:
        phone.leave()
    phone.show(Showing("second"))
    gone_s = view.scenes[2][1]
    phone.show(Showing("first"))
    assert view.texts[-1] == "first"
    assert view.scenes[-1][1] - gone_s >= AWAY_HERE_S


def test_closing_ends_a_wait(view: View, tmp_path: Path) -> None:
    held = Phone(tmp_path / "scene.json", away_s=3600.0)
    held.show(Showing("first"))
    held.close()
    held.show(Showing("first"))  # would take an hour
    assert view.texts[-2:] == [None, "first"]


def test_who_has_no_phone_leaves_the_view_empty(phone: Phone, view: View) -> None:
    phone.show(Showing("first"))
    phone.show(Showing("", typed=("123456789014", "135790")))
    assert view.texts == [None, "first", None]


def test_a_phone_with_a_key_of_its_own_shows_what_it_signed(phone: Phone, view: View) -> None:
    signed = iter(["signed now", "signed later"])
    phone.show(Showing("signed before", live=lambda: (next(signed), 15)))
    assert view.texts[-1] == "signed now"
