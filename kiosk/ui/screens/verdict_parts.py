"""What an answer is made of: boxes of words, and the time that is left."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui.icons import IconLabel
from kiosk.ui.screens.parts import set_role, text_label
from kiosk.ui.theme import Theme, View


class TimeLeft(View):
    """A thin line that shortens until the screen goes on by itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._share = 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.restyle()

    def restyle(self) -> None:
        self.setFixedHeight(self.skin.px(4))

    def show_share(self, share: float) -> None:
        """How much of the time is left, 0 to 1."""
        self._share = min(1.0, max(0.0, share))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = self.skin.colour("on_verdict")
        for share, alpha in ((1.0, 60), (self._share, 220)):
            colour.setAlpha(alpha)
            painter.setBrush(colour)
            width = self.width() * share
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), 2, 2)
        painter.end()


class Block(View):
    """A darker box on the verdict's colour: an icon beside a few lines."""

    def __init__(self, theme: Theme, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._icon_name = icon_name
        self._colour = QColor(0, 0, 0)
        self._icon = IconLabel(self)
        self.title = text_label("label", parent=self)
        self.text = text_label("title", wrap=True, parent=self)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self.title)
        lines.addWidget(self.text)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(lines, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.restyle()

    def restyle(self) -> None:
        px = self.skin.px
        self._row.setContentsMargins(px(18), px(13), px(18), px(13))
        self._row.setSpacing(px(14))
        self._icon.show_icon(self._icon_name, self.skin.palette.on_verdict, px(26))

    def say(self, title: str, text: str, colour: QColor) -> None:
        """Show the block, or hide it when there is nothing to say."""
        self.title.setText(title)
        self.text.setText(text)
        self._colour = colour
        self.setVisible(bool(text))
        self.update()

    def make_large(self, large: bool) -> None:
        """Large type for a few words, smaller type for a list."""
        set_role(self.text, "title" if large else "strong")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        radius = self.skin.px(self.skin.tokens.radius.medium)
        painter.drawRoundedRect(self.rect(), radius, radius)
        painter.end()
