"""A ring that empties while an order card stays valid."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from kiosk.ui.formats import countdown
from kiosk.ui.language import translate
from kiosk.ui.theme import Theme, View

SHORT_S = 30.0


class Countdown(View):
    """Repaints once a second, and only itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._left_s, self._whole_s = 0.0, 1.0
        self.restyle()

    def show_left(self, left_s: float, whole_s: float) -> None:
        """`left_s` of `whole_s` seconds are left."""
        if int(left_s) != int(self._left_s) or whole_s != self._whole_s:
            self._left_s, self._whole_s = max(0.0, left_s), max(1.0, whole_s)
            self.reword()

    def reword(self) -> None:
        self.setAccessibleName(
            translate("Card", "valid for {time}").format(time=countdown(self._left_s))
        )
        self.setToolTip(self.accessibleName())
        self.update()

    def restyle(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        side = self.skin.px(56)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.skin.px(4)
        ring = QRectF(self.rect()).adjusted(width, width, -width, -width)
        short = self._left_s < SHORT_S
        painter.setPen(QPen(self.skin.colour("line"), width))
        painter.drawEllipse(ring)
        pen = QPen(self.skin.colour("attention" if short else "accent"), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(ring, 90 * 16, round(360 * 16 * self._left_s / self._whole_s))
        painter.setFont(self.skin.font("label", "strong"))
        painter.setPen(self.skin.colour("attention_ink" if short else "ink"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, countdown(self._left_s))
        painter.end()
