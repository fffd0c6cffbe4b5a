"""What stands behind the conflict badge: which redemptions, and who settles them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from kiosk.domain.ports import RecentRedemption
from kiosk.ui.formats import moment
from kiosk.ui.language import translate
from kiosk.ui.screens.parts import push_button, text_label
from kiosk.ui.skin import Skin

MOST_SHOWN = 8


class ConflictsDialog(QDialog):
    """A list to read; settling is the supervisor's."""

    def __init__(
        self,
        skin: Skin,
        count: int,
        rows: Sequence[RecentRedemption],
        now_unix_s: float,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("window")
        title = translate("Conflicts", "%n conflict(s) wait for the supervisor", "", count)
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
                "Central recorded these redemptions, but they contradict another fact, such as a "
                "redemption elsewhere during an outage. Nothing is lost; a supervisor decides.",
            )
        )
        column.addWidget(headline)
        column.addWidget(lead)
        shown = [row for row in rows if row.state == "conflict"][:MOST_SHOWN]
        for row in shown:
            line = text_label("strong", wrap=True, parent=self)
            parts = [
                moment(row.at_s, now_unix_s),
                row.order_no or row.voucher.hex()[:8].upper(),
                "  ".join(f"{item.sku} ×{item.quantity}" for item in row.items),
            ]
            line.setText("  ·  ".join(parts))
            column.addWidget(line)
        if len(shown) < count:
            rest = text_label("label", wrap=True, parent=self)
            rest.setText(translate("Conflicts", "and %n older one(s)", "", count - len(shown)))
            column.addWidget(rest)
        column.addStretch(1)
        close = push_button("primary", self.accept, big=True, parent=self)
        close.setText(translate("Conflicts", "Close"))
        column.addWidget(close)
        self.setMinimumWidth(skin.px(560))
