"""The visible focus: a ring outside the control, for whoever works by keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

from kiosk.ui.theme import Theme

_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide}


class FocusRing(QWidget):
    """Two strokes, dark and light, so that one of them shows on any background."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
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
            self._watch(target)
        self._place()

    def _watch(self, target: QWidget) -> None:
        """A control moves with whatever holds it: a page, a scrolled list, a folding strip."""
        widget: QWidget | None = target
        while widget is not None and not widget.isWindow():
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = widget.parentWidget()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._place()
        return False

    def _focus_moved(self, _old: QWidget | None, _new: QWidget | None) -> None:
        # Whoever touches or clicks sees what was touched; only keys need the ring (`show_on`).
        self._let_go()
        self._place()

    def _let_go(self) -> None:
        for widget in self._watched:
            # A control that is being deleted gives its focus away when half of it is gone.
            if isValid(widget):
                widget.removeEventFilter(self)
        self._watched.clear()
        self._target = None

    def _place(self) -> None:
        target = self._target
        if target is None or target.visibleRegion().isEmpty():
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
