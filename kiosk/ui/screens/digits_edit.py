"""A line for digits: tidied while they are typed or pasted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from kiosk.domain.serials import grouped
from kiosk.ui.presenters.serial_entry import digits_in, place_in_groups


class DigitsEdit(QLineEdit):
    """Holds at most `most` digits. Full-width ones become plain, anything else is left out.

    A secret one shows dots, and keeps nothing that could be copied or undone.
    """

    entered = Signal()
    changed = Signal()
    wrote_letters = Signal(str)
    """Letters are no serial: a code's text is being typed or pasted here."""

    def __init__(self, most: int, *, secret: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most, self._secret = most, secret
        self.setProperty("digits", True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        if secret:
            self.setEchoMode(QLineEdit.EchoMode.Password)
        hints = Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhNoPredictiveText
        self.setInputMethodHints(hints)
        self.textChanged.connect(self._tidy)

    @property
    def digits(self) -> str:
        """What it holds, without the gaps."""
        return digits_in(self.text(), self._most)

    def show_digits(self, digits: str) -> None:
        """Hold these; what was there before cannot be brought back."""
        self.setText(digits if self._secret else grouped(digits))

    def put(self, digit: str) -> None:
        """A digit from the keys on screen, where the cursor is."""
        self.insert(digit)

    def reveal(self, shown: bool) -> None:
        """Show a secret in clear, or hide it again."""
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.setEchoMode(mode)

    def _tidy(self, text: str) -> None:
        if not self._secret and any(each.isascii() and each.isalpha() for each in text):
            self.setText("")
            self.wrote_letters.emit(text)
            return
        digits = digits_in(text, self._most)
        wanted = digits if self._secret else grouped(digits)
        if wanted != text:
            before = len(digits_in(text[: self.cursorPosition()], self._most))
            self.blockSignals(True)
            self.setText(wanted)
            self.setCursorPosition(before if self._secret else place_in_groups(before))
            self.blockSignals(False)
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
            return
        super().keyPressEvent(event)
