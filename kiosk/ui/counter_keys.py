"""The counter by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication

from kiosk.ui.key_burst import KeyBurst
from kiosk.ui.presenters.counter import CounterPresenter
from kiosk.ui.screens.card_page import CardPage

_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_PRIMARY = {*_ENTER, Qt.Key.Key_F2}
_REPEATING = {
    *(Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus),
    *(Qt.Key.Key_Up, Qt.Key.Key_Down),
}


class CounterKeys:
    """Enter, F2: the large button · Esc: back · F3: type · F4: supervisor · + - arrows: only some.

    Not Space: codes have spaces in them. A key that is held counts once, except for quantities.
    """

    def __init__(
        self, presenter: CounterPresenter, card: CardPage, now_s: Callable[[], float]
    ) -> None:
        self._now_s = now_s
        self._burst = KeyBurst()
        primary = presenter.primary
        self._actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Return: primary,
            Qt.Key.Key_Enter: primary,
            Qt.Key.Key_F2: primary,
            Qt.Key.Key_F3: presenter.type_code,
            Qt.Key.Key_F4: presenter.call_supervisor,
            Qt.Key.Key_Escape: presenter.back,
            Qt.Key.Key_Plus: partial(card.step, 1),
            Qt.Key.Key_Equal: partial(card.step, 1),
            Qt.Key.Key_Minus: partial(card.step, -1),
            Qt.Key.Key_Up: partial(card.choose_line, -1),
            Qt.Key.Key_Down: partial(card.choose_line, 1),
        }

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key that no control took; True when it meant something."""
        action = self._actions.get(event.key())
        if event.isAutoRepeat() and event.key() not in _REPEATING:
            return action is not None
        typed = bool(event.text()) and event.text().isprintable()
        if (typed or event.key() in _PRIMARY) and self._burst.within(
            self._now_s(), stray=typed and action is None
        ):
            return True
        focused = QApplication.focusWidget()
        if event.key() in _ENTER and isinstance(focused, QAbstractButton):
            focused.click()
            return True
        if action is not None:
            action()
        return action is not None
