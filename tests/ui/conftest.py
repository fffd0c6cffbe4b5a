"""A counter window on fakes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from pytestqt.qtbot import QtBot

from kiosk.domain.status import TerminalStatus
from kiosk.ui.app import application
from kiosk.ui.demo_panel import DemoActions, DemoCustomer
from kiosk.ui.language import Language, Languages
from kiosk.ui.skin import Skin, load_skin
from kiosk.ui.window import CounterParts, CounterWindow
from tests.ui.fakes import LI, FakeCamera, FakeClock, FakeDesk, FakeSignals, status


@dataclass
class Terminal:
    """A window with everything that it stands on."""

    window: CounterWindow
    desk: FakeDesk
    clock: FakeClock
    signals: FakeSignals
    camera: FakeCamera
    languages: Languages
    painted: list[tuple[str, float, float]]
    statuses: list[TerminalStatus]
    qtbot: QtBot

    def settle(self) -> None:
        """Let everything posted so far run, and paint."""
        for _ in range(6):
            QCoreApplication.processEvents()

    def scan(self, text: str) -> None:
        """A code comes into view, and its answer is drawn."""
        self.window.scanned(text, self.clock.now_s)
        self.settle()

    def show_status(self, **changes: object) -> None:
        """The terminal is like this from now on."""
        self.statuses.append(status(**changes))
        self.window.refresh_status()
        self.settle()


MakeTerminal = Callable[..., Terminal]


@pytest.fixture(scope="session")
def skin() -> Skin:
    return load_skin()


@pytest.fixture
def languages(qapp: object) -> Iterator[Languages]:
    """The language of the application, taken back after the test."""
    made = Languages()
    yield made
    for translator in made_translators(made):
        QCoreApplication.removeTranslator(translator)


def made_translators(languages: Languages) -> list[QTranslator]:
    return [languages._translator] if languages._translator is not None else []


@pytest.fixture
def make_terminal(qtbot: QtBot, skin: Skin, languages: Languages) -> Iterator[MakeTerminal]:
    """Opens windows; they are closed after the test."""
    application(skin)
    windows: list[CounterWindow] = []

    def make(
        *,
        desk: FakeDesk | None = None,
        language: Language = Language.CHINESE,
        size: tuple[int, int] = (1280, 800),
        signed_in: bool = True,
        scheme: str = "light",
        demo: tuple[tuple[DemoCustomer, ...], DemoActions] | None = None,
    ) -> Terminal:
        languages.use(language)
        desk, clock, signals, camera = desk or FakeDesk(), FakeClock(), FakeSignals(), FakeCamera()
        camera.show()
        painted: list[tuple[str, float, float]] = []
        statuses = [status()]
        parts = CounterParts(
            desk=desk,
            clock=clock,
            status=lambda: statuses[-1],
            camera_status=lambda: camera.status,
            signals=signals,
            preview=camera,
            demo=demo,
            store="S001",
            on_painted=lambda kind, asked_s, painted_s: painted.append((kind, asked_s, painted_s)),
            opened_at_s=999.0,
        )
        window = CounterWindow(parts, load_skin(scheme=scheme), languages)
        terminal = Terminal(
            window, desk, clock, signals, camera, languages, painted, statuses, qtbot
        )
        windows.append(window)
        qtbot.addWidget(window)
        if signed_in:
            window.sign_in_as(LI)
        window.resize(*size)
        window.show()
        terminal.settle()
        return terminal

    yield make
    for window in windows:
        window.close()
