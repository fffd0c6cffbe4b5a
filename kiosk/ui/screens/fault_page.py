"""When the ledger or the program fails: calm, honest, with the way on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui.language import translate
from kiosk.ui.presenters.states import Fault, Trouble
from kiosk.ui.screens.parts import panel, push_button, text_label
from kiosk.ui.screens.ready_page import RoundIcon
from kiosk.ui.theme import Theme, View


class FaultPage(View):
    """Draws Fault."""

    def __init__(
        self,
        theme: Theme,
        on_retry: Callable[[], None],
        on_back: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._state: Fault | None = None
        self._icon = RoundIcon(theme, "hard-drive", "attention")
        self._headline = text_label("headline", wrap=True, parent=self)
        self._lead = text_label("leadSoft", wrap=True, parent=self)
        for label in (self._headline, self._lead):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._detail_frame = panel("sunken", self)
        self._detail = text_label("label", wrap=True, parent=self._detail_frame)
        self._detail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = QVBoxLayout(self._detail_frame)
        inner.addWidget(self._detail)
        self._back = push_button("secondary", on_back, big=True, parent=self)
        self.retry = push_button("primary", on_retry, big=True, parent=self)
        self._column = QVBoxLayout(self)
        self._column.addStretch(2)
        self._column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(self._headline)
        self._column.addWidget(self._lead)
        self._column.addWidget(self._detail_frame)
        self._column.addStretch(3)
        self._row = QHBoxLayout()
        self._row.addWidget(self._back)
        self._row.addWidget(self.retry, 1)
        self._column.addLayout(self._row)
        self.restyle()

    def show_state(self, state: Fault) -> None:
        """Draw a fault."""
        self._state = state
        self.reword()
        if state.trouble is not Trouble.JUDGING:
            self.retry.setFocus(Qt.FocusReason.OtherFocusReason)

    def reword(self) -> None:
        if self._state is None:
            return
        match self._state.trouble:
            case Trouble.JUDGING:
                headline = translate("Fault", "The ledger cannot be read")
                lead = translate(
                    "Fault",
                    "Nothing was handed over. It is tried again every few seconds. If this stays: "
                    "check the disk, then start the program again.",
                )
            case Trouble.CONFIRMING:
                headline = translate("Fault", "Not recorded — do not hand over")
                lead = translate(
                    "Fault",
                    "The disk did not take the redemption, so nothing was redeemed. Free some "
                    "space or check the disk, then try again.",
                )
            case Trouble.UNKNOWN_RESULT:
                headline = translate("Fault", "The result is not known")
                lead = translate(
                    "Fault",
                    "The program had a fault while recording. Try again: asking twice never counts "
                    "twice. Do not hand over before the answer is there.",
                )
        self._headline.setText(headline)
        self._lead.setText(lead)
        self._detail.setText(self._state.detail)
        self._back.setText(translate("Fault", "Cancel (Esc)"))
        self.retry.setText(translate("Fault", "Try again"))
        self.retry.setVisible(self._state.trouble is not Trouble.JUDGING)
        self.setAccessibleName(f"{headline}. {lead}")

    def restyle(self) -> None:
        edge = self.skin.px(28)
        self._column.setContentsMargins(edge, edge, edge, self.skin.px(20))
        self._column.setSpacing(self.skin.px(14))
        self._row.setSpacing(self.skin.px(12))
