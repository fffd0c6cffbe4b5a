"""The bottom of the window: always honest, with since when and why; loud only when it matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from kiosk.domain.link import LinkState
from kiosk.domain.status import CameraState, CameraStatus, TerminalStatus
from kiosk.ui.camera_texts import camera_text
from kiosk.ui.clock_texts import clock_text
from kiosk.ui.formats import ago, duration
from kiosk.ui.icons import IconLabel
from kiosk.ui.language import QT_TRANSLATE_NOOP, translate
from kiosk.ui.screens.parts import panel, push_button, text_label
from kiosk.ui.theme import Theme, View

Mood = Literal["calm", "attention", "refusal"]
Brief = Literal["whole", "short", "words", "icon"]

_REASONS = {
    "not_connected_yet": QT_TRANSLATE_NOOP("Status", "not connected yet"),
    "refused": QT_TRANSLATE_NOOP("Status", "connection refused"),
    "timeout": QT_TRANSLATE_NOOP("Status", "no answer in time"),
    "tls": QT_TRANSLATE_NOOP("Status", "certificate not accepted"),
    "slow": QT_TRANSLATE_NOOP("Status", "answers slowly"),
    "recovering": QT_TRANSLATE_NOOP("Status", "recovering"),
    "tls_certificate": QT_TRANSLATE_NOOP("Status", "certificate not accepted"),
    "tls_name": QT_TRANSLATE_NOOP("Status", "certificate of another host"),
    "dns": QT_TRANSLATE_NOOP("Status", "name not found"),
    "cut": QT_TRANSLATE_NOOP("Status", "connection cut off"),
    "network_off": QT_TRANSLATE_NOOP("Status", "network is switched off"),
    "stopped": QT_TRANSLATE_NOOP("Status", "synchronisation is stopped"),
    "not_allowed": QT_TRANSLATE_NOOP("Status", "central refuses this terminal"),
}
STALE_DATA_S = 3600.0
LEAST_HEIGHT = 50  # room for the badge, which is there to be touched


@dataclass(frozen=True, slots=True)
class Fact:
    """What one item of the bar says: `detail` goes first when room is short."""

    icon: str
    text: str
    detail: str = ""
    mood: Mood = "calm"
    short: str = ""
    """The part of the detail that goes last."""
    advice: str = ""
    """What to do about it; in the tip, and for screen readers."""


class StatusItem(QFrame):
    """Icon, words, and a fainter detail."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fact: Fact | None = None
        self._brief: Brief = "whole"
        self._icon = IconLabel(self)
        self._text = text_label("status", parent=self)
        self._detail = text_label("statusDetail", parent=self)
        self._row = QHBoxLayout(self)
        for widget in (self._icon, self._text, self._detail):
            self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def say(self, fact: Fact | None) -> bool:
        """Show a fact; None hides the item. True when something changed."""
        if fact == self._fact:
            return False
        if fact is not None:
            self._text.setText(fact.text)
            whole = f"{fact.text} · {fact.detail}" if fact.detail else fact.text
            self.setAccessibleName(whole)
            self.setToolTip(f"{whole}\n{fact.advice}" if fact.advice else whole)
            self.setAccessibleDescription(fact.advice)
        mood_before = self._fact.mood if self._fact else None
        self._fact = fact
        self.setVisible(fact is not None)
        self.shorten(self._brief)
        if fact is not None:
            self._dress(repolish=fact.mood != mood_before)
        return True

    def shorten(self, brief: Brief) -> None:
        """Leave the detail out, or the words of a calm fact too: its tip still says them."""
        self._brief = brief
        fact = self._fact
        details = {"whole": fact.detail, "short": fact.short} if fact else {}
        self._detail.setText(details.get(brief, ""))
        self._detail.setVisible(bool(self._detail.text()))
        self._text.setVisible(bool(fact and (brief != "icon" or fact.mood != "calm")))

    def wanted_width(self) -> int:
        """The width it needs as it is now; 0 while it says nothing."""
        if self._fact is None:
            return 0
        # The layout hears of hidden words only with the next event.
        self._row.invalidate()
        return self._row.sizeHint().width()

    def restyle(self) -> None:
        """After a change of skin."""
        self._dress(repolish=False)

    def _dress(self, *, repolish: bool) -> None:
        fact, skin = self._fact, self._theme.skin
        if fact is None:
            return
        if repolish:
            self.setProperty("panel", None if fact.mood == "calm" else fact.mood)
            for widget in (self, self._text, self._detail):
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        colour = "ink_soft" if fact.mood == "calm" else f"{fact.mood}_ink"
        self._icon.show_icon(fact.icon, getattr(skin.palette, colour), skin.px(18))
        self._row.setContentsMargins(skin.px(8), skin.px(4), skin.px(10), skin.px(4))
        self._row.setSpacing(skin.px(6))


class StatusBar(View):
    """Repaints only the items that changed."""

    def __init__(
        self, theme: Theme, on_conflicts: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._status: TerminalStatus | None = None
        self._camera = CameraStatus(CameraState.STARTING)
        self._frame = panel("status", self)
        names = ("link", "outbox", "quarantined", "data", "clock", "camera")
        self.items = {name: StatusItem(theme, self._frame) for name in names}
        self.conflicts = push_button("badge", on_conflicts, parent=self._frame)
        self._row = QHBoxLayout(self._frame)
        for name in names:
            if name == "data":
                self._row.addWidget(self.conflicts)
            if name == "clock":
                self._row.addStretch(1)
            self._row.addWidget(self.items[name])
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self.conflicts.hide()
        self.restyle()

    def show_status(self, status: TerminalStatus, camera: CameraStatus) -> None:
        """Tell the state of the terminal."""
        self._status, self._camera = status, camera
        facts = {
            "link": _link(status),
            "outbox": _outbox(status),
            "quarantined": _quarantined(status),
            "data": _data(status),
            "clock": _clock(status),
            "camera": _camera(camera),
        }
        changed = [self.items[name].say(fact) for name, fact in facts.items()]
        count = status.outbox.conflicts
        text = translate("Status", "%n conflict(s)", "", count) if count else ""
        if text != self.conflicts.text():
            self.conflicts.setText(text)
            self.conflicts.setAccessibleName(
                translate("Status", "%n conflict(s) to settle", "", count)
            )
            self.conflicts.setVisible(count > 0)
            changed.append(True)
        if any(changed):
            self._fit()

    def reword(self) -> None:
        if self._status is not None:
            self.show_status(self._status, self._camera)

    def restyle(self) -> None:
        self._row.setContentsMargins(self.skin.px(12), 2, self.skin.px(12), 2)
        self._row.setSpacing(self.skin.px(4))
        self.setFixedHeight(self._height())
        for item in self.items.values():
            item.restyle()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._height())

    def _height(self) -> int:
        return max(LEAST_HEIGHT, self.skin.px(LEAST_HEIGHT))

    def _fit(self) -> None:
        """Details give way, the least important first; then the words of calm facts."""
        for item in self.items.values():
            item.shorten("whole")
        steps: tuple[tuple[Brief, str], ...] = (
            ("words", "camera clock data outbox"),
            ("short", "link"),
            ("icon", "camera clock data"),
            ("words", "link"),
        )
        for brief, names in steps:
            for name in names.split():
                if self._wanted_width() <= self.width():
                    return
                self.items[name].shorten(brief)

    def _wanted_width(self) -> int:
        margins = self._row.contentsMargins()
        gaps = margins.left() + margins.right() + self._row.spacing() * self._row.count()
        badge = self.conflicts.sizeHint().width() if self.conflicts.text() else 0
        return gaps + badge + sum(item.wanted_width() for item in self.items.values())


def _link(status: TerminalStatus) -> Fact:
    link = status.link
    since = duration(status.monotonic_s - link.since_s)
    if link.state is LinkState.ONLINE:
        detail = translate("Status", "for {duration}").format(duration=since)
        return Fact("wifi", translate("Status", "Online"), detail)
    reason = translate("Status", _REASONS[link.reason]) if link.reason in _REASONS else link.reason
    parts = [translate("Status", "for {duration}").format(duration=since), reason]
    if link.state is LinkState.DEGRADED:
        detail = " · ".join(part for part in parts if part)
        return Fact("wifi-low", translate("Status", "Unsteady"), detail, "attention")
    left_s = status.offline_left_s
    mood: Mood = "attention"
    limit = ""
    if left_s is not None and left_s > 0:
        limit = translate("Status", "{duration} left").format(duration=duration(left_s))
    elif left_s is not None:
        limit = translate("Status", "offline limit reached")
        mood = "refusal"
    detail = " · ".join(part for part in (*parts, limit) if part)
    return Fact("wifi-off", translate("Status", "Offline"), detail, mood, limit)


def _outbox(status: TerminalStatus) -> Fact:
    outbox = status.outbox
    if not outbox.waiting:
        return Fact("cloud-check", translate("Status", "All synced"))
    text = translate("Status", "%n waiting to sync", "", outbox.waiting)
    if outbox.oldest_at_s is None:
        return Fact("cloud-upload", text)
    age = duration(status.now.unix_s - outbox.oldest_at_s)
    return Fact("cloud-upload", text, translate("Status", "oldest {age}").format(age=age))


def _quarantined(status: TerminalStatus) -> Fact | None:
    count = status.outbox.quarantined
    if not count:
        return None
    return Fact("cloud-alert", translate("Status", "%n set aside", "", count), "", "refusal")


def _data(status: TerminalStatus) -> Fact:
    age_s = status.data_age_s
    if age_s is None:
        return Fact("database", translate("Status", "No data yet"), "", "attention")
    mood: Mood = "attention" if age_s > STALE_DATA_S else "calm"
    return Fact("database", translate("Status", "Data {age}").format(age=ago(age_s)), "", mood)


def _clock(status: TerminalStatus) -> Fact:
    if status.now.sure:
        return Fact("clock-check", translate("Status", "Clock trusted"))
    detail, advice = clock_text(status.now.reason)
    words = translate("Status", "Clock not trusted")
    return Fact("clock-alert", words, detail, "attention", advice=advice)


def _camera(camera: CameraStatus) -> Fact:
    if camera.state is CameraState.LIVE:
        return Fact("camera", translate("Status", "Camera"))
    text, _advice = camera_text(camera)
    mood: Mood = "attention" if camera.state is CameraState.LOST else "calm"
    return Fact("camera-off" if mood == "attention" else "camera", text, "", mood)
