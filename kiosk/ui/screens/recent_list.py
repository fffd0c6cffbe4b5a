"""The recent redemptions of this terminal, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.orders import Product
from kiosk.domain.ports import RecentRedemption
from kiosk.ui.formats import clock_time, product_name
from kiosk.ui.icons import paint_icon
from kiosk.ui.language import QT_TRANSLATE_NOOP, chinese, translate
from kiosk.ui.screens.parts import panel, text_label
from kiosk.ui.theme import Theme, View

Index = QModelIndex | QPersistentModelIndex

SCROLL_ROOM = 12  # kept free at the right of a row, so that the scroll bar covers no words

# Outbox state → icon, colour token, words.
_STATES = {
    "queued": ("cloud-upload", "ink_faint", QT_TRANSLATE_NOOP("Recent", "waiting")),
    "in_flight": ("cloud-upload", "ink_faint", QT_TRANSLATE_NOOP("Recent", "sending")),
    "acked": ("cloud-check", "ink_faint", QT_TRANSLATE_NOOP("Recent", "synced")),
    "conflict": ("git-compare-arrows", "refusal_ink", QT_TRANSLATE_NOOP("Recent", "conflict")),
    "undone": ("history", "ink_faint", QT_TRANSLATE_NOOP("Recent", "undone")),
    "quarantined": ("cloud-alert", "refusal_ink", QT_TRANSLATE_NOOP("Recent", "set aside")),
}
_ASKING = frozenset({"conflict", "quarantined"})


def _look(row: RecentRedemption) -> tuple[str, str, str]:
    """That it was undone, unless something about it asks for a person."""
    state = "undone" if row.undone and row.state not in _ASKING else row.state
    return _STATES.get(state, _STATES["queued"])


class RecentModel(QAbstractListModel):
    """The list as Qt wants it; the text of a row is also its accessible name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[RecentRedemption, ...] = ()
        self.products: dict[str, Product] = {}

    def show_rows(self, rows: tuple[RecentRedemption, ...]) -> None:
        """Replace the list; where only states changed, the scroll position stays."""
        if rows == self.rows:
            return
        if [row.seq for row in rows] == [row.seq for row in self.rows]:
            before, self.rows = self.rows, rows
            # Row by row: for a range, Qt paints all that is visible, a millisecond a row.
            for number, row in enumerate(rows):
                if row != before[number]:
                    self.dataChanged.emit(self.index(number), self.index(number))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def know(self, products: dict[str, Product]) -> None:
        """Names of products, as they become known."""
        if products.items() - self.products.items():
            self.products |= products
            self.layoutChanged.emit()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        row = self.rows[index.row()]
        word = translate("Recent", _look(row)[2])
        return f"{clock_time(row.at_s)}, {self.items_text(row)}, {row.order_no}, {word}"

    def items_text(self, row: RecentRedemption) -> str:
        """What was handed over, in one line."""
        return ("、" if chinese() else ", ").join(
            f"{product_name(self.products.get(item.sku), item.sku)} ×{item.quantity}"
            for item in row.items
        )


class RecentDelegate(QStyledItemDelegate):
    """Two lines a row: what, and when with the order number; the outbox state at the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self._theme.skin.px(56))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, RecentModel):
            return
        skin, row = self._theme.skin, model.rows[index.row()]
        rect = QRectF(option.rect).adjusted(0, 0, -skin.px(SCROLL_ROOM), 0)
        painter.save()
        if index.row():
            painter.fillRect(QRectF(rect.x(), rect.y(), rect.width(), 1), skin.colour("line"))
        icon_name, colour, word = _look(row)
        word = translate("Recent", word)
        painter.setFont(skin.font("caption"))
        metrics, size, gap = painter.fontMetrics(), skin.px(18), skin.px(6)
        word_width = metrics.horizontalAdvance(word)
        right = rect.right() - word_width
        line = metrics.height()
        painter.setPen(skin.colour(colour))
        middle = rect.center().y()
        painter.drawText(
            QRectF(right, middle - line / 2, word_width + 1, line),
            Qt.AlignmentFlag.AlignVCenter,
            word,
        )
        paint_icon(
            painter,
            QRectF(right - size - gap, middle - size / 2, size, size),
            icon_name,
            getattr(skin.palette, colour),
        )
        width = right - size - gap * 3 - rect.x()
        details = "  ·  ".join(part for part in (clock_time(row.at_s), row.order_no) if part)
        painter.setPen(skin.colour("ink_faint"))
        painter.drawText(
            QRectF(rect.x(), middle + skin.px(2), width, line),
            Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(details, Qt.TextElideMode.ElideRight, int(width)),
        )
        painter.setFont(skin.font("label", "strong"))
        metrics = painter.fontMetrics()
        painter.setPen(skin.colour("ink"))
        painter.drawText(
            QRectF(rect.x(), middle - metrics.height() - skin.px(1), width, metrics.height()),
            Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(model.items_text(row), Qt.TextElideMode.ElideRight, int(width)),
        )
        painter.restore()


class _Rows(QListView):
    """All rows are equally high: one that changes is painted, and nothing is laid out anew."""

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] | None = None) -> None:
        QAbstractItemView.dataChanged(self, first, last, list(roles or ()))


class RecentList(View):
    """A card with the list, or one quiet sentence while it is empty."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._card = panel("surface", self)
        self._title = text_label("strong", parent=self._card)
        self._empty = text_label("label", wrap=True, parent=self._card)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.model = RecentModel(self)
        self.list = _Rows(self._card)
        self.list.setModel(self.model)
        self.list.setItemDelegate(RecentDelegate(theme, self))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inner = QVBoxLayout(self._card)
        self._inner.addWidget(self._title)
        self._inner.addWidget(self._empty, 1)
        self._inner.addWidget(self.list, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._card)
        self.model.modelReset.connect(self._swap)
        self._swap()
        self.reword()
        self.restyle()

    def reword(self) -> None:
        self._title.setText(translate("Recent", "Recent redemptions"))
        self._empty.setText(translate("Recent", "Nothing redeemed on this terminal yet."))
        self.list.setAccessibleName(self._title.text())
        self.list.viewport().update()

    def restyle(self) -> None:
        across, down = self.skin.px(18), self.skin.px(14)
        self._inner.setContentsMargins(across, down, self.skin.px(8), self.skin.px(8))
        self._inner.setSpacing(self.skin.px(8))
        self.list.doItemsLayout()

    def _swap(self) -> None:
        some = bool(self.model.rows)
        self._empty.setVisible(not some)
        self.list.setVisible(some)
