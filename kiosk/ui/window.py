"""The window: header, counter or sign-in, status bar; the one place where threads meet."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kiosk.devices.signals import SoundState
from kiosk.domain.orders import Product
from kiosk.domain.ports import Clock, OutboxStatus, RecentRedemption
from kiosk.domain.staff import StaffMember
from kiosk.domain.status import CameraState, CameraStatus, TerminalStatus
from kiosk.ui.bridge import Bridge
from kiosk.ui.counter_keys import CounterKeys
from kiosk.ui.demo_panel import DemoActions, DemoCustomer, DemoPanel
from kiosk.ui.language import Language, Languages, translate
from kiosk.ui.paint_watch import Painted, PaintWatch
from kiosk.ui.ports import CounterDesk, PreviewSource, Signals
from kiosk.ui.presenters.counter import CounterPresenter
from kiosk.ui.presenters.recent import RecentFeed
from kiosk.ui.presenters.sign_in import SignInPresenter, SignInState
from kiosk.ui.presenters.states import (
    CardOpen,
    CounterState,
    Judging,
    Notice,
    SignedOut,
)
from kiosk.ui.presenters.timing import Timing
from kiosk.ui.screens.counter_screen import CounterScreen
from kiosk.ui.screens.focus_ring import FocusRing
from kiosk.ui.screens.header_bar import HeaderActions, HeaderBar
from kiosk.ui.screens.names import Names
from kiosk.ui.screens.parts import lay_out
from kiosk.ui.screens.sign_in_screen import SignInScreen
from kiosk.ui.screens.status_bar import StatusBar
from kiosk.ui.skin import Skin
from kiosk.ui.theme import Theme

T = TypeVar("T")

STATUS_EVERY_MS = 500
TICK_EVERY_MS = 250


@dataclass(frozen=True, slots=True)
class CounterParts:
    """Everything a counter window stands on; the bootstrap hands it in."""

    desk: CounterDesk
    clock: Clock
    status: Callable[[], TerminalStatus]
    """Cheap; asked for twice a second on the Qt thread."""
    camera_status: Callable[[], CameraStatus]
    """Cheap; asked for on the Qt thread."""
    signals: Signals
    preview: PreviewSource | None = None
    catalogue: Callable[[tuple[str, ...]], Future[dict[str, Product]]] | None = None
    """Names of products, for redemptions whose order card was not seen since the start."""
    demo: tuple[tuple[DemoCustomer, ...], DemoActions] | None = None
    store: str = ""
    """This store's id; records of this store then tell its name."""
    on_painted: Painted | None = None
    """Told of each measured paint, on the Qt thread."""
    opened_at_s: float | None = None
    """Monotonic start of the program, for the measurement of the first paint."""


class CounterWindow(QWidget):
    """The clerk's window. Made and used on the Qt thread, except where a method says otherwise."""

    def __init__(self, parts: CounterParts, skin: Skin, languages: Languages) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        desk, clock, signals = parts.desk, parts.clock, parts.signals
        self._clock, self._signals = clock, signals
        self._status, self._camera_status = parts.status, parts.camera_status
        self._languages, self._catalogue = languages, parts.catalogue
        self._store = parts.store
        self._base_skin = skin
        self._outbox_seen: OutboxStatus | None = None
        self._outbox_shown: OutboxStatus | None = None
        self._status_posted = self._warm = False
        self._watch = PaintWatch(parts.on_painted, clock.monotonic_s, parts.opened_at_s)
        self.theme = Theme(skin, self)
        self.bridge = Bridge(self)
        motion = skin.tokens.motion
        self.counter_presenter = CounterPresenter(
            desk=desk,
            clock=clock,
            deliver=self.bridge.deliver,
            signals=signals,
            show=self._show_counter,
            committed=self._committed,
            timing=Timing(motion.accepted_s, motion.refused_s),
        )
        self.sign_in_presenter = SignInPresenter(
            desk=desk,
            clock=clock,
            deliver=self.bridge.deliver,
            show=self._show_sign_in,
            signed_in=self.sign_in_as,
        )
        self._recent = RecentFeed(desk=desk, deliver=self._deliver_recent, show=self._show_recent)
        self._build(parts)
        self._start_timers(motion.preview_fps, motion.reason_after_s)
        self.theme.dress(self)
        self.header.show_language(languages.language)
        self.header.show_sound(signals.state)
        self.refresh_status()
        self.sign_in_presenter.start()
        self._recent.refresh()
        self._reword()

    def _build(self, parts: CounterParts) -> None:
        actions = HeaderActions(self.use_language, self.toggle_mute, self.sign_out)
        self.header = HeaderBar(self.theme, actions)
        self.counter = CounterScreen(
            self.theme,
            self.counter_presenter,
            parts.preview,
            Names(self._staff_name, self._own_store_name),
        )
        self.sign_in = SignInScreen(self.theme, self.sign_in_presenter)
        self.screens = QStackedWidget()
        self.screens.addWidget(self.sign_in)
        self.screens.addWidget(self.counter)
        self.status_bar = StatusBar(self.theme, self.show_conflicts)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.screens, 1)
        column.addWidget(self.status_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(column, 1)
        self.demo: DemoPanel | None = None
        if parts.demo is not None:
            self.demo = DemoPanel(self.theme, *parts.demo)
            self.demo.folded.connect(self._rescale)
            row.addWidget(self.demo)
        self._ring = FocusRing(self.theme, self)
        self._keys = CounterKeys(self.counter_presenter, self.counter.card, self._clock.monotonic_s)
        self.setMinimumSize(960, 560)

    def _start_timers(self, preview_fps: int, reason_after_s: float) -> None:
        self._timers = []
        for every_ms, call in (
            (STATUS_EVERY_MS, self.refresh_status),
            (TICK_EVERY_MS, self._tick),
            (1000 // preview_fps, self._refresh_preview),
        ):
            timer = QTimer(self)
            timer.setInterval(every_ms)
            timer.timeout.connect(call)
            timer.start()
            self._timers.append(timer)
        self._reason_timer = QTimer(self)
        self._reason_timer.setSingleShot(True)
        self._reason_timer.setInterval(round(reason_after_s * 1000))
        self._reason_timer.timeout.connect(self._show_reason)

    # ------------------------------------------------------------ from other threads

    def scanned(self, text: str, frame_at_s: float | None) -> None:
        """A scanner read a code in the frame that arrived at `frame_at_s`. Any thread."""
        self.bridge.post(partial(self.counter_presenter.scanned, text, frame_at_s))

    def status_changed(self) -> None:
        """Something that the status bar or the list shows has changed. Any thread."""
        if not self._status_posted:
            self._status_posted = True
            self.bridge.post(self._status_arrived)

    def _status_arrived(self) -> None:
        self._status_posted = False
        self.refresh_status()
        self._recent.refresh()

    # ------------------------------------------------------------ staff

    def sign_in_as(self, member: StaffMember) -> None:
        """This member of staff is at the counter (a PIN was right, or the program vouches)."""
        self.header.show_staff(member)
        if self.demo is not None:
            self.demo.show_signed_in(True)
        self.counter_presenter.signed_in(member)

    def sign_out(self) -> None:
        """Nobody is at the counter any more."""
        self.counter_presenter.sign_out()

    def _staff_name(self, staff: str | None) -> str:
        members = self.sign_in_presenter.state.members
        return next((each.name for each in members if each.staff == staff), staff or "")

    def _own_store_name(self, store: str) -> str:
        return self._status().store_name if store and store == self._store else ""

    def _show_sign_in(self, state: SignInState) -> None:
        self.sign_in.show_state(state)

    # ------------------------------------------------------------ states

    def _show_counter(self, state: CounterState) -> None:
        if isinstance(state, SignedOut):
            self._show_signed_out(state)
            return
        waiting = isinstance(state, Judging) or (isinstance(state, CardOpen) and state.committing)
        if waiting:
            # Most answers are there at once; only a wait that is felt gets a reason.
            self._reason_timer.start()
            return
        self._reason_timer.stop()
        self._draw(state)

    def _show_reason(self) -> None:
        self._draw(self.counter_presenter.state)

    def _draw(self, state: CounterState) -> None:
        if isinstance(state, SignedOut):
            return
        self._watch.drawn(state)
        now_unix_s = self._status().now.unix_s
        self.counter.show_state(state, now_unix_s=now_unix_s, now_s=self._clock.monotonic_s())
        if self.screens.currentWidget() is not self.counter:
            self.screens.setCurrentWidget(self.counter)
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        lay_out()
        if isinstance(state, CardOpen):
            self._learn_products(state)

    def _show_signed_out(self, state: SignedOut) -> None:
        self._reason_timer.stop()
        self.header.show_staff(None)
        if self.demo is not None:
            self.demo.show_signed_in(False)
        if state.notice is Notice.SIGN_IN_FIRST:
            self.sign_in.show_scanned_too_early()
            return
        self.sign_in_presenter.start()
        self.screens.setCurrentWidget(self.sign_in)

    def _committed(self) -> None:
        self._recent.refresh()
        self.refresh_status()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        # An update request paints everything that waits for it before it returns.
        if event.type() is QEvent.Type.UpdateRequest:
            if not self._warm:
                self._warm = True
                QTimer.singleShot(0, self, self.counter.warm_up)
            self._watch.finished(
                card=self.counter.card.painted, verdict=self.counter.verdict.painted
            )
        return handled

    # ------------------------------------------------------------ status and lists

    def refresh_status(self) -> None:
        """Ask for the terminal's status and draw what changed."""
        status, camera = self._status(), self._camera_status()
        self.header.show_status(status)
        self.header.show_sound(self._signals.state)
        self.counter.show_camera(camera)
        if status.outbox != self._outbox_seen:
            self._outbox_seen = status.outbox
            self._recent.refresh()
        shown = self._outbox_shown or status.outbox
        self.status_bar.show_status(replace(status, outbox=shown), camera)

    def _deliver_recent(self, future: Future[T], then: Callable[[Future[T]], None]) -> None:
        """The bar says "all synced" only together with a list that says so too, never before."""
        asked_for = self._outbox_seen

        def arrived(done: Future[T]) -> None:
            then(done)
            self._outbox_shown = asked_for
            self.refresh_status()

        self.bridge.deliver(future, arrived)

    @property
    def up_to_date(self) -> bool:
        """Whether bar and list show what the terminal last told. Any thread."""
        return self._outbox_shown == self._status().outbox

    def _tick(self) -> None:
        if self.counter_presenter.staff is None:
            self.sign_in_presenter.tick()
        self.counter_presenter.tick()
        self.counter.show_time(self.counter_presenter.state, self._clock.monotonic_s())

    def _refresh_preview(self) -> None:
        camera = self._camera_status()
        if camera.state is not CameraState.LIVE:
            self.counter.show_camera(camera)
        self.counter.viewfinder.refresh()

    def _show_recent(self, rows: tuple[RecentRedemption, ...]) -> None:
        model = self.counter.recent.model
        model.show_rows(rows)
        unknown = {item.sku for row in rows for item in row.items} - model.products.keys()
        if unknown and self._catalogue is not None:
            self.bridge.deliver(self._catalogue(tuple(sorted(unknown))), self._products_came)

    def _products_came(self, done: Future[dict[str, Product]]) -> None:
        if done.exception() is None:
            self.counter.recent.model.know(done.result())

    def _learn_products(self, state: CardOpen) -> None:
        products = {line.item.sku: line.product for line in state.card.lines if line.product}
        self.counter.recent.model.know(products)

    def show_conflicts(self) -> None:
        """The list behind the conflict badge."""
        from kiosk.ui.screens.conflicts import ConflictsDialog

        status = self._status()
        dialog = ConflictsDialog(
            self.theme.skin,
            status.outbox.conflicts,
            self.counter.recent.model.rows,
            self.counter.recent.model.items_text,
            status.now.unix_s,
            self,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # ------------------------------------------------------------ language, sound, size

    def use_language(self, language: Language) -> None:
        """Speak this language from now on."""
        self._languages.use(language)
        self.header.show_language(language)

    def toggle_mute(self) -> None:
        """Silence, or sound again."""
        self._signals.mute(self._signals.state is not SoundState.MUTED)
        self.header.show_sound(self._signals.state)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._reword()
        super().changeEvent(event)

    def _reword(self) -> None:
        self.setWindowTitle(translate("Window", "Pickup counter"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rescale()

    def _rescale(self) -> None:
        strip = self.demo.width() if self.demo is not None else 0
        scale = scale_for(self.width() - strip, self.height())
        if scale != self.theme.skin.scale:
            self.theme.use(self._base_skin.at_scale(scale), self)

    # ------------------------------------------------------------ keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if self.demo is not None:
            self.demo.come_last()
        moved = super().focusNextPrevChild(forward)
        self._ring.show_on(QApplication.focusWidget())
        return moved

    # ------------------------------------------------------------ the end

    def closeEvent(self, event: QCloseEvent) -> None:
        self._ring.show_on(None)
        self.counter_presenter.sign_out()
        for timer in (*self._timers, self._reason_timer):
            timer.stop()
        self.bridge.close()
        super().closeEvent(event)


def scale_for(width: int, height: int) -> float:
    """How large to draw in a window of this size (logical pixels), in steps of 0.06."""
    wanted = min(1.12 * width / 1280, height / 800)
    steps = math.floor((wanted - 1.0) / 0.06 + 1e-6)
    return round(min(1.42, max(0.88, 1.0 + steps * 0.06)), 2)
