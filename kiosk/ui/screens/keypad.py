"""Ten digits and an eraser to touch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from kiosk.ui.language import translate
from kiosk.ui.screens.parts import push_button, set_icon
from kiosk.ui.theme import Theme, View

LEAST_KEY = 44  # px, whatever the scale: a finger does not shrink


class Keypad(View):
    """Laid out as on a telephone. It tells digits; where they go is the screen's business."""

    def __init__(
        self,
        theme: Theme,
        on_digit: Callable[[str], None],
        on_erase: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_digit = on_digit
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.keys: dict[str, QPushButton] = {}
        for number, digit in enumerate("123456789"):
            self._add_key(digit, number // 3, number % 3)
        self._add_key("0", 3, 1)
        self.erase = push_button("key", on_erase, parent=self)
        self._grid.addWidget(self.erase, 3, 2)
        self.reword()
        self.restyle()

    def _add_key(self, digit: str, row: int, column: int) -> None:
        key = push_button("key", partial(self._on_digit, digit), parent=self)
        key.setText(digit)
        self.keys[digit] = key
        self._grid.addWidget(key, row, column)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """All of them, the eraser last."""
        return (*self.keys.values(), self.erase)

    def leave_focus(self) -> None:
        """Touching a key keeps the focus in the field that is being filled."""
        for button in self.buttons:
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def enable(self, enabled: bool) -> None:
        """Whether digits are wanted now."""
        for button in self.buttons:
            button.setEnabled(enabled)

    def reword(self) -> None:
        self.erase.setAccessibleName(translate("SignIn", "Erase the last digit"))

    def restyle(self) -> None:
        px = self.skin.px
        self._grid.setSpacing(px(10))
        for button in self.buttons:
            button.setMinimumHeight(max(LEAST_KEY, px(48)))
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        set_icon(self.erase, "delete", self.skin.palette.ink, px(26))
