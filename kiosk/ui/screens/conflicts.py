"""What stands behind the conflict badge: which redemptions, and who settles them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from kiosk.domain.ports import RecentRedemption
from kiosk.ui.formats import moment
from kiosk.ui.language import translate
from kiosk.ui.screens.parts import push_button, text_label
from kiosk.ui.skin import Skin

MOST_SHOWN = 5


class ConflictsDialog(QDialog):
    """A list to read; supervisors settle with a command."""

    def __init__(
        self,
        skin: Skin,
        count: int,
        rows: Sequence[RecentRedemption],
        items_text: Callable[[RecentRedemption], str],
        now_unix_s: float,
        parent: QWidget,
    ) -> None:
        """`count` may exceed the conflicts among `rows`: those are the recent ones only."""
        super().__init__(parent)
        self.setObjectName("window")
        title = translate("Conflicts", "%n conflict(s) to settle", "", count)
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        edge = skin.px(28)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(skin.px(12))
        headline = text_label("title", wrap=True, parent=self)
        headline.setText(title)
        lead = text_label("soft", wrap=True, parent=self)
        lead.setText(
            translate(
                "Conflicts",
                "Central has recorded these redemptions, but they contradict another fact, such as "
                "a redemption elsewhere during an outage. Nothing is lost. Supervisors settle them "
                "with the command kiosk conflicts.",
            )
        )
        column.addWidget(headline)
        column.addWidget(lead)
        shown = [row for row in rows if row.state == "conflict"][:MOST_SHOWN]
        for row in shown:
            goods = text_label("strong", wrap=True, parent=self)
            goods.setText(items_text(row))
            number = row.order_no or row.voucher.hex()[:8].upper()
            when = text_label("label", wrap=True, parent=self)
            when.setText(f"{moment(row.at_s, now_unix_s)}  ·  {number}")
            column.addWidget(goods)
            column.addWidget(when)
        if len(shown) < count:
            rest = text_label("label", wrap=True, parent=self)
            rest.setText(
                translate("Conflicts", "%n older one(s), not listed here", "", count - len(shown))
            )
            column.addWidget(rest)
        column.addStretch(1)
        close = push_button("primary", self.accept, big=True, parent=self)
        close.setText(translate("Conflicts", "Close"))
        column.addWidget(close)
        self.setMinimumWidth(skin.px(560))
