"""One line of the order card: how many of what, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.orders import OrderLine
from kiosk.ui.formats import product_name, product_unit
from kiosk.ui.icons import paint_icon
from kiosk.ui.language import translate
from kiosk.ui.screens.parts import push_button, set_icon
from kiosk.ui.theme import Theme, View

TARGET = 46  # the style sheet's smallest target with its border
UNIT_HEIGHT = 18  # of the box with the quantity, for the unit under it
CHOSEN_INSET = 8  # how far the mark of the chosen line reaches beyond its content


class OrderLineRow(View):
    """Painted in one go, since a card has to be there at once; steppers only when asked for."""

    def __init__(
        self, theme: Theme, change: Callable[[int, int], None], parent: QWidget | None = None
    ) -> None:
        """`change(line, quantity)` is called when a stepper is used."""
        super().__init__(theme, parent)
        self._change = change
        self._number = 0
        self._line: OrderLine | None = None
        self._quantity = 0
        self._partial = self._chosen = False
        self._bundle_top = self._bundle_bottom = True
        self._minus = push_button("step", lambda: self._step(-1), parent=self)
        self._plus = push_button("step", lambda: self._step(1), parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.restyle()

    def show_line(
        self,
        number: int,
        line: OrderLine,
        quantity: int,
        *,
        partial: bool,
        chosen: bool,
        bundle_top: bool,
        bundle_bottom: bool,
    ) -> None:
        """Draw a line of the card with what of it is handed over now.

        `chosen` marks the line that the + and - keys change; `bundle_top` and `bundle_bottom`
        say whether it is the first and the last line of its bundle.
        """
        self._number, self._line, self._quantity = number, line, quantity
        self._partial, self._chosen = partial, chosen
        self._bundle_top, self._bundle_bottom = bundle_top, bundle_bottom
        for button in (self._minus, self._plus):
            button.setVisible(partial and line.left > 0)
        self._minus.setEnabled(quantity > 0)
        self._plus.setEnabled(quantity < line.left)
        self.reword()

    def follow(self, before: QWidget) -> QWidget:
        """Let Tab come to the steppers after `before`; the last of them."""
        QWidget.setTabOrder(before, self._minus)
        QWidget.setTabOrder(self._minus, self._plus)
        return self._plus

    def _step(self, by: int) -> None:
        self._change(self._number, self._quantity + by)

    def reword(self) -> None:
        if self._line is None:
            return
        name = product_name(self._line.product, self._line.item.sku)
        count = f"{self._count()} {product_unit(self._line.product)}".strip()
        self.setAccessibleName(f"{name}, {count}, {self._left_text()}")
        self._minus.setAccessibleName(translate("Card", "One less: {name}").format(name=name))
        self._plus.setAccessibleName(translate("Card", "One more: {name}").format(name=name))
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        ink = self.skin.palette.ink
        set_icon(self._minus, "minus", ink, self.skin.px(20))
        set_icon(self._plus, "plus", ink, self.skin.px(20))
        self.updateGeometry()

    def _count(self) -> str:
        return f"×{self._quantity}"

    def _left_text(self) -> str:
        line = self._line
        if line is None:
            return ""
        entitled, taken = line.item.quantity, line.item.quantity - line.left
        if not line.left:
            return translate("Card", "all {count} picked up").format(count=entitled)
        if self._partial:
            return translate("Card", "of {count} left").format(count=line.left)
        if taken:
            return translate("Card", "picked up {taken} of {count}").format(
                taken=taken, count=entitled
            )
        return ""

    def _details(self) -> str:
        line = self._line
        if line is None:
            return ""
        parts = [line.item.sku] if line.product is not None else []
        if line.item.group is not None and self._bundle_top:
            parts.insert(0, translate("Card", "Bundle, leaves together"))
        return "  ·  ".join(parts)

    def _stock_text(self) -> str:
        line = self._line
        if line is None or line.on_hand is None or line.on_hand >= line.left:
            return ""
        return translate("Card", "stock says {count}").format(count=max(0, line.on_hand))

    # ------------------------------------------------------------ geometry

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        pad = self.skin.px(11)
        name = self._text_rect(width)
        box = self.skin.px(52)
        return max(box, name.height() + self._small_height()) + 2 * pad

    def sizeHint(self) -> QSize:
        return QSize(self.skin.px(300), self.heightForWidth(max(self.width(), self.skin.px(300))))

    def _small_height(self) -> int:
        return QFontMetrics(self.skin.font("label")).height() + self.skin.px(2)

    def _right_width(self) -> int:
        if self._partial and self._line is not None and self._line.left:
            return 2 * self._button_side() + self.skin.px(64 + CHOSEN_INSET)
        return self.skin.px(132) if self._left_text() else 0

    def _button_side(self) -> int:
        return max(TARGET, self.skin.px(TARGET))

    def _text_rect(self, width: int) -> QRect:
        """Where the name goes, wrapped; its top is not set."""
        left = self._text_left()
        room = max(self.skin.px(80), width - left - self._right_width() - self.skin.px(8))
        name = product_name(self._line.product, self._line.item.sku) if self._line else ""
        metrics = QFontMetrics(self.skin.font("title", "strong"))
        bounds = metrics.boundingRect(QRect(0, 0, room, 1000), Qt.TextFlag.TextWordWrap, name)
        return QRect(left, 0, room, bounds.height())

    def _text_left(self) -> int:
        bundle = 14 if self._line is not None and self._line.item.group is not None else 0
        inset = CHOSEN_INSET if self._partial else 0
        return self.skin.px(inset + bundle + 52 + 16)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side, gap = self._button_side(), self.skin.px(64)
        top = (self.height() - side) // 2
        right = self.width() - self.skin.px(CHOSEN_INSET)
        self._plus.setGeometry(right - side, top, side, side)
        self._minus.setGeometry(self._plus.x() - gap - side, top, side, side)

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        line = self._line
        if line is None:
            return
        skin = self.skin
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(skin.colour("accent_soft"))
            painter.drawRoundedRect(self.rect(), skin.px(10), skin.px(10))
        self._paint_bundle(painter)
        gone = not line.left or not self._quantity
        self._paint_count(painter, gone=gone)
        name = self._text_rect(self.width())
        small = self._details(), self._stock_text()
        block = name.height() + (self._small_height() if any(small) else 0)
        top = (self.height() - block) // 2
        painter.setFont(skin.font("title", "strong"))
        painter.setPen(skin.colour("ink_faint" if gone else "ink"))
        painter.drawText(
            name.translated(0, top),
            Qt.TextFlag.TextWordWrap,
            product_name(line.product, line.item.sku),
        )
        self._paint_small(painter, name.x(), top + name.height(), *small)
        self._paint_right(painter)
        painter.end()

    def _paint_bundle(self, painter: QPainter) -> None:
        if self._line is None or self._line.item.group is None:
            return
        pen = QPen(self.skin.colour("accent"), self.skin.px(3))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        inset = self.skin.px(14)
        top = inset if self._bundle_top else 0
        bottom = self.height() - (inset if self._bundle_bottom else 0)
        x = self.skin.px(4 + (CHOSEN_INSET if self._partial else 0))
        painter.drawLine(x, top, x, bottom)

    def _paint_count(self, painter: QPainter, *, gone: bool) -> None:
        side = self.skin.px(52)
        box = QRectF(
            self._text_left() - side - self.skin.px(16), (self.height() - side) / 2, side, side
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.skin.colour("sunken" if gone else "accent_soft"))
        if self._chosen:
            painter.setBrush(self.skin.colour("surface"))
        painter.drawRoundedRect(box, self.skin.px(12), self.skin.px(12))
        if self._line is not None and not self._line.left:
            inset = self.skin.px(14)
            mark = box.adjusted(inset, inset, -inset, -inset)
            paint_icon(painter, mark, "check", self.skin.palette.ink_faint)
            return
        painter.setPen(self.skin.colour("ink_faint" if gone else "accent_ink"))
        unit = product_unit(self._line.product) if self._line is not None else ""
        lower = self.skin.px(UNIT_HEIGHT) if unit else 0
        wide = self._quantity > 99
        painter.setFont(self.skin.font("body" if wide else "title", "heavy"))
        upper = box.adjusted(0, 0, 0, -lower)
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, self._count())
        painter.setFont(self.skin.font("caption"))
        shown = painter.fontMetrics().elidedText(
            unit, Qt.TextElideMode.ElideRight, side - self.skin.px(4)
        )
        under = box.adjusted(0, side - lower - self.skin.px(4), 0, -self.skin.px(4))
        painter.drawText(under, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_small(self, painter: QPainter, x: int, y: int, details: str, stock: str) -> None:
        painter.setFont(self.skin.font("label"))
        metrics = painter.fontMetrics()
        base = y + metrics.ascent() + self.skin.px(2)
        painter.setPen(self.skin.colour("ink_faint"))
        painter.drawText(x, base, details)
        if stock:
            x += metrics.horizontalAdvance(details) + (self.skin.px(14) if details else 0)
            painter.setFont(self.skin.font("label", "strong"))
            painter.setPen(self.skin.colour("attention_ink"))
            size = self.skin.px(16)
            mark = QRectF(x, y + (self._small_height() - size) / 2, size, size)
            paint_icon(painter, mark, "triangle-alert", self.skin.palette.attention_ink)
            painter.drawText(x + size + self.skin.px(5), base, stock)

    def _paint_right(self, painter: QPainter) -> None:
        line, text = self._line, self._left_text()
        if line is None or not text:
            return
        skin = self.skin
        if self._partial and line.left:
            between = QRectF(
                self._minus.geometry().right(),
                0,
                self._plus.x() - self._minus.geometry().right(),
                self.height(),
            )
            painter.setFont(skin.font("title", "heavy"))
            painter.setPen(skin.colour("ink"))
            up = between.adjusted(0, 0, 0, -skin.px(16))
            painter.drawText(up, Qt.AlignmentFlag.AlignCenter, str(self._quantity))
            painter.setFont(skin.font("caption"))
            painter.setPen(skin.colour("ink_soft"))
            painter.drawText(
                between.adjusted(0, skin.px(24), 0, 0), Qt.AlignmentFlag.AlignCenter, text
            )
            return
        painter.setFont(skin.font("label"))
        painter.setPen(skin.colour("ink_soft"))
        room = QRectF(self.width() - skin.px(140), 0, skin.px(140), self.height())
        painter.drawText(
            room,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap,
            text,
        )
