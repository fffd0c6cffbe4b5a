"""Where a PIN is typed: whose it is, how many digits are there, the keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.domain.staff import PIN_MIN_DIGITS
from kiosk.ui.language import translate
from kiosk.ui.presenters.sign_in import SignInState
from kiosk.ui.screens.keypad import Keypad
from kiosk.ui.screens.parts import text_label
from kiosk.ui.theme import Theme, View


class PinDots(View):
    """How many digits were entered; never which."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._digits = 0
        self.restyle()

    def show_digits(self, digits: int) -> None:
        """Draw this many dots filled."""
        self._digits = digits
        self.reword()

    def reword(self) -> None:
        self.setAccessibleName(translate("SignIn", "%n digit(s) entered", "", self._digits))
        self.update()

    def restyle(self) -> None:
        self.setFixedHeight(self.skin.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = max(PIN_MIN_DIGITS, self._digits)
        size, gap = self.skin.px(14), self.skin.px(14)
        x = (self.width() - shown * size - (shown - 1) * gap) / 2
        for number in range(shown):
            dot = QRectF(x + number * (size + gap), (self.height() - size) / 2, size, size)
            filled = number < self._digits
            painter.setPen(self.skin.colour("accent" if filled else "boundary"))
            painter.setBrush(self.skin.colour("accent" if filled else "surface"))
            painter.drawEllipse(dot)
        painter.end()


class PinPad(View):
    """Draws the PIN's part of a SignInState."""

    def __init__(
        self,
        theme: Theme,
        on_digit: Callable[[str], None],
        on_erase: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._who = text_label("title", parent=self)
        self._who.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.dots = PinDots(theme, self)
        self.keypad = Keypad(theme, on_digit, on_erase, self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._who)
        self._column.addWidget(self.dots)
        self._column.addWidget(self.keypad, 1)
        self.restyle()

    def show_state(self, state: SignInState) -> None:
        """Draw the state."""
        nobody = translate("SignIn", "Choose your name")
        self._who.setText(state.chosen.name if state.chosen else nobody)
        self.dots.show_digits(state.digits)
        self.keypad.enable(state.chosen is not None and not state.checking)

    def restyle(self) -> None:
        self._column.setSpacing(self.skin.px(12))


def typed_digit(event: QKeyEvent) -> str:
    """The digit that a key types; empty for any other key."""
    text = event.text()
    return text if len(text) == 1 and text.isascii() and text.isdigit() else ""
