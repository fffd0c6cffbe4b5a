"""Waiting for the next customer: one large sentence, and the way to type a code."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui.icons import paint_icon
from kiosk.ui.language import translate
from kiosk.ui.presenters.states import Judging, Notice, Ready
from kiosk.ui.screens.parts import Banner, push_button, set_icon, text_label
from kiosk.ui.theme import Theme, View


class RoundIcon(View):
    """An icon on a soft disc: the picture of an empty page."""

    def __init__(self, theme: Theme, icon_name: str, colour: str = "accent") -> None:
        super().__init__(theme)
        self._icon_name, self._colour = icon_name, colour
        self.restyle()

    def restyle(self) -> None:
        self.setFixedSize(self.skin.px(128), self.skin.px(128))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.skin.colour(f"{self._colour}_soft"))
        painter.drawEllipse(self.rect())
        inset = self.width() * 0.28
        ink = getattr(self.skin.palette, f"{self._colour}_ink")
        paint_icon(
            painter,
            QRectF(self.rect()).adjusted(inset, inset, -inset, -inset),
            self._icon_name,
            ink,
        )
        painter.end()


class ReadyPage(View):
    """Ready, and for the moments in which a code is judged."""

    def __init__(
        self, theme: Theme, on_type: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._state: Ready | Judging = Ready()
        self._banner = Banner("attention", "triangle-alert", self)
        self._icon = RoundIcon(theme, "scan-qr-code")
        self._headline = text_label("headline", wrap=True, parent=self)
        self._lead = text_label("leadSoft", wrap=True, parent=self)
        self._type = push_button("secondary", on_type, parent=self)
        for label in (self._headline, self._lead):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._banner)
        self._column.addStretch(3)
        self._column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(self._headline)
        self._column.addWidget(self._lead)
        self._column.addStretch(2)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._type)
        row.addStretch(1)
        self._column.addLayout(row)
        self.reword()
        self.restyle()

    def show_state(self, state: Ready | Judging) -> None:
        """Draw the state."""
        self._state = state
        self.reword()

    def reword(self) -> None:
        if isinstance(self._state, Judging):
            self._headline.setText(translate("Ready", "Checking the code…"))
            self._lead.setText(translate("Ready", "Signature, store, time and ledger"))
            self._banner.say("")
        else:
            self._headline.setText(translate("Ready", "Ready for the next customer"))
            self._lead.setText(translate("Ready", "Ask for the pickup code and scan the phone"))
            self._banner.say(self._notice_text(self._state.notice))
        self._type.setText("  " + translate("Ready", "Type a code (F3)"))

    @staticmethod
    def _notice_text(notice: Notice | None) -> str:
        if notice is Notice.CARD_EXPIRED:
            return translate(
                "Ready",
                "The order card was open too long and was closed. Nothing was recorded: "
                "scan the customer's code again.",
            )
        if notice is Notice.CHALLENGE_EXPIRED:
            return translate(
                "Ready",
                "The digits were not typed in time. Scan the customer's code again for new ones.",
            )
        return ""

    def restyle(self) -> None:
        edge = self.skin.px(24)
        self._column.setContentsMargins(edge, edge, edge, edge)
        self._column.setSpacing(self.skin.px(14))
        self._banner.restyle(self.skin)
        set_icon(self._type, "keyboard", self.skin.palette.ink, self.skin.px(20))
