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


class CounterKeys:
    """Enter, Space, F2: the large button · Esc: back · F3: type · + - and arrows: only some."""

    def __init__(
        self, presenter: CounterPresenter, card: CardPage, now_s: Callable[[], float]
    ) -> None:
        self._now_s = now_s
        self._burst = KeyBurst()
        primary = presenter.primary
        self._actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Return: primary,
            Qt.Key.Key_Enter: primary,
            Qt.Key.Key_Space: primary,
            Qt.Key.Key_F2: primary,
            Qt.Key.Key_F3: presenter.type_code,
            Qt.Key.Key_Escape: presenter.back,
            Qt.Key.Key_Plus: partial(card.step, 1),
            Qt.Key.Key_Equal: partial(card.step, 1),
            Qt.Key.Key_Minus: partial(card.step, -1),
            Qt.Key.Key_Up: partial(card.choose_line, -1),
            Qt.Key.Key_Down: partial(card.choose_line, 1),
        }

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key that no control took; True when it meant something."""
        typed = bool(event.text()) and event.text().isprintable()
        enter = event.key() in _ENTER
        if (typed or enter) and self._burst.within(self._now_s()):
            return True
        focused = QApplication.focusWidget()
        if enter and isinstance(focused, QAbstractButton):
            focused.click()
            return True
        action = self._actions.get(event.key())
        if action is not None:
            action()
        return action is not None
