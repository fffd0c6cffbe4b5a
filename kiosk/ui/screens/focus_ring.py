"""The visible focus: a ring outside the control, for whoever works by keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from kiosk.ui.theme import Theme

_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide}


class FocusRing(QWidget):
    """Two strokes, dark and light, so that one of them shows on any background."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._target: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def show_on(self, target: QWidget | None) -> None:
        """Focus came here by keyboard: ring it."""
        self._let_go()
        if isinstance(target, QAbstractButton) and target.window() is self.window():
            self._target = target
            target.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._target and event.type() in _MOVES:
            self._place()
        return False

    def _focus_moved(self, _old: QWidget | None, _new: QWidget | None) -> None:
        # Whoever touches or clicks sees what was touched; only keys need the ring (`show_on`).
        self._let_go()
        self._place()

    def _let_go(self) -> None:
        if self._target is not None:
            self._target.removeEventFilter(self)
            self._target = None

    def _place(self) -> None:
        target = self._target
        if target is None or not target.isVisible():
            self.hide()
            return
        gap = self._theme.skin.px(5)
        corner = target.mapTo(self.window(), QPoint(0, 0))
        self.setGeometry(QRect(corner, target.size()).adjusted(-gap, -gap, gap, gap))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        skin = self._theme.skin
        radius = skin.px(skin.tokens.radius.medium) + 2
        for colour, inset in (("surface", 3), ("ink", 1)):
            painter.setPen(QPen(skin.colour(colour), 2))
            painter.drawRoundedRect(
                self.rect().adjusted(inset, inset, -inset, -inset), radius, radius
            )
        painter.end()
