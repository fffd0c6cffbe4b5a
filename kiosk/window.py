"""A terminal with its camera and its window."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from kiosk.bootstrap import Terminal
from kiosk.devices.signals import SoundPlayer
from kiosk.domain.status import CameraState, CameraStatus
from kiosk.presentations import Presentations
from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.process import ScannerProcess
from kiosk.scanning.sighting import Sighting
from kiosk.scanning.state import ScannerState, StateChange
from kiosk.settings import CameraSettings, Settings
from kiosk.ui.app import run_window
from kiosk.ui.resources import resource
from kiosk.ui.window import CounterParts, CounterWindow

if TYPE_CHECKING:
    from kiosk.domain.staff import StaffMember
    from kiosk.ui.demo_panel import DemoActions, DemoCustomer
    from kiosk.ui.paint_watch import Painted

_log = structlog.get_logger(__name__)
_STATES = {ScannerState.OPENING: CameraState.STARTING, ScannerState.LIVE: CameraState.LIVE}


class Camera:
    """The scanning process and what it means for the counter."""

    def __init__(self, source: str | None, settings: CameraSettings, terminal: Terminal) -> None:
        """``source`` None: a terminal without a camera."""
        self._presentations = Presentations()
        self._clock = terminal.clock
        self._scanned: Callable[[str, float], None] = lambda _text, _at_s: None
        self.process = (
            ScannerProcess(
                source,
                on_sighting=self._sighted,
                on_state=_note,
                on_lacking=_note_lacking,
                options=_options(settings),
            )
            if source is not None
            else None
        )
        terminal.on_handover(self._served)

    def start(self, scanned: Callable[[str, float], None]) -> None:
        """Begin to read; ``scanned`` gets each new presentation, on the scanner's thread."""
        self._scanned = scanned
        if self.process is not None:
            self.process.start()

    def status(self) -> CameraStatus:
        """For the status bar; cheap."""
        if self.process is None:
            return CameraStatus(CameraState.OFF)
        change = self.process.state
        if change.state is ScannerState.STOPPED:
            return CameraStatus(CameraState.STARTING)  # not begun yet
        return CameraStatus(_STATES.get(change.state, CameraState.LOST), change.state.name.lower())

    def stop(self) -> None:
        """End the scanning process."""
        if self.process is not None:
            self.process.stop()

    def _sighted(self, sightings: tuple[Sighting, ...]) -> None:
        for sighting in self._presentations.admit(sightings):
            self._scanned(sighting.text, sighting.frame_at_s)

    def _served(self, voucher: bytes) -> None:
        self._presentations.served(voucher, self._clock.monotonic_s())


def _note(change: StateChange) -> None:
    usual = change.state in {*_STATES, ScannerState.STOPPED}
    (_log.info if usual else _log.warning)(
        "camera", state=change.state.name.lower(), reason=change.detail
    )


def _note_lacking(lacking: str) -> None:
    if lacking:
        _log.warning("scanning_not_fully_confined", lacking=lacking)


def _options(settings: CameraSettings) -> CameraOptions:
    return CameraOptions(
        rotate=settings.rotate,
        mirror=settings.mirror,
        pixel_format=settings.format,
        exposure=None if settings.exposure == "auto" else settings.exposure,
        focus=None if settings.focus == "auto" else settings.focus,
        torch=settings.torch,
    )


def show_terminal(  # noqa: PLR0913 - the demonstration and the benchmarks look inside
    terminal: Terminal,
    settings: Settings,
    source: str | None,
    *,
    full_screen: bool = False,
    demo: tuple[tuple[DemoCustomer, ...], DemoActions] | None = None,
    staff: StaffMember | None = None,
    on_painted: Painted | None = None,
    opened_at_s: float | None = None,
    on_ready: Callable[[CounterWindow], None] | None = None,
) -> int:
    """Show the counter of a terminal until it is closed; the exit status. Main thread."""
    camera = Camera(source, settings.camera, terminal)
    signals = SoundPlayer(resource("sounds"))
    signals.mute(settings.sound.muted)
    # Ctrl+C while Qt builds widgets would end inside of it: in an error of its own, or unheard.
    interrupted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())

    def ready(window: CounterWindow) -> None:
        # What is loaded by now stays. Looking through it for garbage again and again would stop
        # every thread for 45 ms each time, between a scan and its card as well.
        gc.freeze()
        terminal.on_change(window.status_changed)
        camera.start(window.scanned)
        if on_ready is not None:
            on_ready(window)
        if interrupted.is_set():
            window.bridge.post(lambda: _close(window))  # when Qt's loop runs and can end

    try:
        return run_window(
            CounterParts(
                desk=terminal.desk,
                store=terminal.ledger.identity.store,
                clock=terminal.clock,
                status=terminal.status,
                camera_status=camera.status,
                signals=signals,
                preview=camera.process,
                catalogue=terminal.desk.products,
                demo=demo,
                on_painted=on_painted,
                opened_at_s=opened_at_s,
            ),
            language=settings.language,
            skin=settings.skin,
            full_screen=full_screen,
            staff=staff,
            on_ready=ready,
        )
    finally:
        signal.signal(signal.SIGINT, before)
        camera.stop()
        signals.close()


def _close(window: CounterWindow) -> None:
    window.close()
