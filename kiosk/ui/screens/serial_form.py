"""A serial number and its password: two lines and the keys to fill them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.serials import PASSWORD_DIGITS, SERIAL_DIGITS
from kiosk.ui.language import translate
from kiosk.ui.presenters.serial_entry import SerialEntry
from kiosk.ui.screens.digits_edit import DigitsEdit
from kiosk.ui.screens.keypad import Keypad
from kiosk.ui.screens.parts import Banner, push_button, set_icon, text_label
from kiosk.ui.theme import Theme, View


class SerialForm(View):
    """Holds a SerialEntry. The password leaves it once, and is gone when the page is."""

    def __init__(
        self,
        theme: Theme,
        *,
        on_change: Callable[[], None],
        on_submit: Callable[[], None],
        on_letters: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_change, self._on_submit = on_change, on_submit
        self._unlocked = False
        self._serial_title = text_label("label", parent=self)
        self.serial = DigitsEdit(SERIAL_DIGITS, parent=self)
        self._password_title = text_label("label", parent=self)
        self.password = DigitsEdit(PASSWORD_DIGITS, secret=True, parent=self)
        self.eye = push_button("step", self._nothing, parent=self)
        self.eye.pressed.connect(lambda: self.password.reveal(True))
        self.eye.released.connect(lambda: self.password.reveal(False))
        self._wrong = Banner("attention", "triangle-alert", self)
        self._done = Banner("accent", "check", self)
        self.keypad = Keypad(theme, self._digit, self._erase, self)
        self.keypad.leave_focus()
        self._into = self.serial
        self._lay_out()
        self.serial.wrote_letters.connect(on_letters)
        self.serial.changed.connect(self._serial_changed)
        self.password.changed.connect(self._changed)
        self.serial.entered.connect(self._serial_entered)
        self.password.entered.connect(self._password_entered)
        self.reword()
        self.restyle()

    def _lay_out(self) -> None:
        self._secret_row = QHBoxLayout()
        self._secret_row.addWidget(self.password, 1)
        self._secret_row.addWidget(self.eye)
        self._left = QVBoxLayout()
        self._left.addWidget(self._serial_title)
        self._left.addWidget(self.serial)
        self._left.addWidget(self._password_title)
        self._left.addLayout(self._secret_row)
        self._left.addWidget(self._wrong)
        self._left.addWidget(self._done)
        self._left.addStretch(1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addLayout(self._left, 6)
        self._row.addWidget(self.keypad, 5)

    # ------------------------------------------------------------ what is typed

    @property
    def entry(self) -> SerialEntry:
        """What was typed so far."""
        return SerialEntry(self.serial.digits, self.password.digits)

    def start(self, serial: str, *, unlocked: bool) -> None:
        """Begin; a serial that was typed before needs only its password."""
        self._unlocked = unlocked
        self._forget_password()
        self.serial.show_digits(serial)
        self.take_focus()
        self.reword()

    def take_focus(self) -> None:
        """The line that is to be filled next."""
        wanted = self.password if self.entry.serial_whole else self.serial
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)
        self._into = wanted

    def take_entry(self) -> SerialEntry:
        """What was typed, for a judgement; the password is no longer here afterwards."""
        entry = self.entry
        self._forget_password()
        return entry

    def _forget_password(self) -> None:
        self.password.reveal(False)
        self.password.setText("")  # unlike clear(), it cannot be undone

    def hideEvent(self, event: QHideEvent) -> None:
        self._forget_password()
        super().hideEvent(event)

    def _nothing(self) -> None:
        """The eye acts while it is held, not when it was pressed."""

    def _target(self) -> DigitsEdit:
        for edit in (self.serial, self.password):
            if edit.hasFocus():
                self._into = edit
        return self._into

    def _digit(self, digit: str) -> None:
        self._target().put(digit)

    def _erase(self) -> None:
        self._target().backspace()

    def _serial_changed(self) -> None:
        self._changed()
        if self.entry.serial_whole and self._target() is self.serial and self.isVisible():
            self.take_focus()

    def _changed(self) -> None:
        if self.entry.password:
            self._unlocked = False
        self.reword()
        self._on_change()

    def _serial_entered(self) -> None:
        if self.entry.serial_whole:
            self.take_focus()

    def _password_entered(self) -> None:
        if self.entry.whole:
            self._on_submit()
        else:
            self.take_focus()

    # ------------------------------------------------------------ drawing

    def reword(self) -> None:
        self._serial_title.setText(translate("Typing", "Serial number (12 digits)"))
        self._password_title.setText(translate("Typing", "Password (6 digits)"))
        self.serial.setAccessibleName(self._serial_title.text())
        self.password.setAccessibleName(self._password_title.text())
        self.serial.setPlaceholderText("0000 0000 0000")
        self.eye.setAccessibleName(translate("Typing", "Show the password while held"))
        self.eye.setToolTip(self.eye.accessibleName())
        mistyped = self.entry.mistyped
        self._wrong.say(
            translate(
                "Typing", "The last digit does not fit the others: compare them. No try was used."
            )
            if mistyped
            else ""
        )
        self._done.say(
            translate("Typing", "The lock is cleared. Type the password again.")
            if self._unlocked and not mistyped
            else ""
        )

    def restyle(self) -> None:
        px = self.skin.px
        self._row.setSpacing(px(24))
        self._left.setSpacing(px(8))
        self._secret_row.setSpacing(px(8))
        for banner in (self._wrong, self._done):
            banner.restyle(self.skin)
        set_icon(self.eye, "eye", self.skin.palette.ink, px(24))
