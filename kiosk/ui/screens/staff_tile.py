"""One member of staff to touch: initial, name, role."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from kiosk.ui.theme import Theme


class StaffTile(QPushButton):
    """A checkable tile; its text is also its accessible name."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = self._role = ""
        self.setProperty("kind", "tile")
        self.setCheckable(True)
        # By default a button keeps its preferred width: the second column would be cut off.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_member(self, name: str, role: str, *, chosen: bool) -> None:
        """Draw this person."""
        self._name, self._role = name, role
        self.setAccessibleName(f"{name}, {role}")
        self.setChecked(chosen)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.skin.px(200), self._theme.skin.px(84))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.skin.px(150), self._theme.skin.px(76))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        skin = self._theme.skin
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, gap = skin.px(48), skin.px(16)
        disc = QRectF(gap, (self.height() - side) / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(skin.colour("accent" if self.isChecked() else "accent_soft"))
        painter.drawEllipse(disc)
        painter.setFont(skin.font("title", "strong"))
        painter.setPen(skin.colour("on_accent" if self.isChecked() else "accent_ink"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, self._name[:1])
        left = disc.right() + skin.px(14)
        middle, width = self.height() / 2, self.width() - disc.right() - skin.px(26)
        for text, size, weight, colour, up in (
            (self._name, "title", "strong", "ink", True),
            (self._role, "label", "regular", "ink_soft", False),
        ):
            painter.setFont(skin.font(size, weight))
            painter.setPen(skin.colour(colour))
            metrics = painter.fontMetrics()
            top = middle - metrics.height() + skin.px(3) if up else middle + skin.px(3)
            painter.drawText(
                QRectF(left, top, width, metrics.height()),
                Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width)),
            )
        painter.end()
