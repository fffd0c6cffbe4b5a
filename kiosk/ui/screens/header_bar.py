"""The top of the window: which store, what time, who, and which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.devices.signals import SoundState
from kiosk.domain.staff import StaffMember
from kiosk.domain.status import TerminalStatus
from kiosk.ui.formats import clock_time
from kiosk.ui.icons import IconLabel
from kiosk.ui.language import Language, translate
from kiosk.ui.screens.parts import panel, push_button, set_icon, text_label
from kiosk.ui.theme import Theme, View


@dataclass(frozen=True, slots=True)
class HeaderActions:
    """What the buttons of the header do."""

    use_language: Callable[[Language], None]
    toggle_mute: Callable[[], None]
    sign_out: Callable[[], None]


class HeaderBar(View):
    """Everything here changes rarely; it is set only when it differs."""

    def __init__(self, theme: Theme, actions: HeaderActions, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._sound = SoundState.ON
        self._staff: StaffMember | None = None
        self._status: TerminalStatus | None = None
        self._frame = panel("header", self)
        self._mark = IconLabel(self._frame)
        self._store = text_label("title", parent=self._frame)
        self._terminal = text_label("caption", parent=self._frame)
        self.chinese = push_button(
            "segment", lambda: actions.use_language(Language.CHINESE), parent=self._frame
        )
        self.english = push_button(
            "segment", lambda: actions.use_language(Language.ENGLISH), parent=self._frame
        )
        self.chinese.setText("中文")
        self.english.setText("EN")
        group = QButtonGroup(self)
        for button in (self.chinese, self.english):
            button.setCheckable(True)
            group.addButton(button)
        self.mute = push_button("icon", actions.toggle_mute, parent=self._frame)
        self._clock = text_label("title", parent=self._frame)
        self._clock.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name = text_label("strong", parent=self._frame)
        self.sign_out = push_button("icon", actions.sign_out, parent=self._frame)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._store)
        names.addWidget(self._terminal)
        self._row = QHBoxLayout(self._frame)
        self._row.addWidget(self._mark)
        self._row.addLayout(names, 1)
        for widget in (self.chinese, self.english, self.mute, self._name, self.sign_out):
            self._row.addWidget(widget)
        self._row.addWidget(self._clock)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self.show_staff(None)
        self.reword()
        self.restyle()

    def show_status(self, status: TerminalStatus) -> None:
        """Store, terminal and trusted time."""
        self._status = status
        self._store.setText(status.store_name)
        self._clock.setText(clock_time(status.now.unix_s))
        self._terminal.setText(translate("Header", "Terminal {name}").format(name=status.terminal))

    def show_staff(self, staff: StaffMember | None) -> None:
        """Who is signed in."""
        self._staff = staff
        self._name.setText(staff.name if staff else "")
        self._name.setVisible(staff is not None)
        self.sign_out.setVisible(staff is not None)

    def show_language(self, language: Language) -> None:
        """Which language is spoken."""
        self.chinese.setChecked(language is Language.CHINESE)
        self.english.setChecked(language is Language.ENGLISH)

    def show_sound(self, sound: SoundState) -> None:
        """Whether tones can be heard."""
        if sound is not self._sound:
            self._sound = sound
            self.reword()
            self.restyle()

    def reword(self) -> None:
        words = {
            SoundState.ON: translate("Header", "Sound is on; touch to mute"),
            SoundState.MUTED: translate("Header", "Muted; touch for sound"),
            SoundState.NO_PLAYER: translate("Header", "This machine has no sound player"),
            SoundState.FAILING: translate("Header", "The sound output does not work"),
        }
        self.mute.setAccessibleName(words[self._sound])
        self.mute.setToolTip(words[self._sound])
        self.sign_out.setAccessibleName(translate("Header", "Sign out"))
        self.sign_out.setToolTip(translate("Header", "Sign out"))
        self.chinese.setAccessibleName("中文")
        self.english.setAccessibleName("English")
        if self._status is not None:
            self.show_status(self._status)

    def restyle(self) -> None:
        px, palette = self.skin.px, self.skin.palette
        self._row.setContentsMargins(px(20), px(8), px(20), px(8))
        self._row.setSpacing(px(6))
        self._mark.show_icon("package", palette.accent, px(34))
        self._clock.setMinimumWidth(px(84))
        loud = self._sound is SoundState.ON
        set_icon(self.mute, "volume-2" if loud else "volume-x", palette.ink_soft, px(22))
        set_icon(self.sign_out, "log-out", palette.ink_soft, px(22))
