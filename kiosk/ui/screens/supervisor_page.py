"""A supervisor decides: name and PIN, and for a locked serial what was checked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.staff import SignInRefusal
from kiosk.ui.language import translate
from kiosk.ui.presenters.states import Notice, SupervisorAsked, Task
from kiosk.ui.presenters.supervisor import SupervisorPresenter, SupervisorState
from kiosk.ui.screens.parts import Banner, push_button, set_icon, text_label
from kiosk.ui.screens.pin_pad import PinPad, typed_digit
from kiosk.ui.screens.review_note import ReviewNote
from kiosk.ui.screens.sign_in_screen import pin_message
from kiosk.ui.screens.staff_tiles import StaffTiles
from kiosk.ui.theme import Theme, View
from kiosk.ui.verdict_texts import verdict_text


class SupervisorPage(View):
    """Draws SupervisorAsked and SupervisorState; the clerk stays signed in."""

    def __init__(
        self,
        theme: Theme,
        presenter: SupervisorPresenter,
        on_back: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._presenter = presenter
        self._asked: SupervisorAsked | None = None
        self._headline = text_label("headline", wrap=True, parent=self)
        self._lead = text_label("soft", wrap=True, parent=self)
        self._message = Banner("refusal", "circle-alert", self)
        self._next = Banner("accent", "user-round", self)
        self.note = ReviewNote(theme, presenter.write, self)
        self.names = StaffTiles(theme, presenter.choose, columns=1, parent=self)
        self.pad = PinPad(theme, presenter.digit, presenter.erase, self)
        self._back = push_button("secondary", on_back, big=True, parent=self)
        self.decide = push_button("primary", presenter.submit, big=True, parent=self)
        self._left = QVBoxLayout()
        for widget in (self._headline, self._lead, self._message, self._next, self.note):
            self._left.addWidget(widget)
        self._left.addWidget(self.names, 100)
        self._left.addStretch(1)  # takes the room while there is only one name
        self._halves = QHBoxLayout()
        self._halves.addLayout(self._left, 6)
        self._halves.addWidget(self.pad, 5)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._back)
        self._foot.addWidget(self.decide, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._halves, 1)
        self._column.addLayout(self._foot)
        presenter.show = self._show_supervisor
        self.restyle()

    def show_state(self, state: SupervisorAsked) -> None:
        """Draw what it is about."""
        fresh = self._asked is None or self._asked.verdict != state.verdict
        self._asked = state
        self.reword()
        if fresh or not self.isAncestorOf(self.window().focusWidget() or self.window()):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """The page goes away: the next one begins anew."""
        self._asked = None
        self.note.clear()

    def _show_supervisor(self, _state: SupervisorState) -> None:
        self.reword()

    # ------------------------------------------------------------ drawing

    def reword(self) -> None:
        asked = self._asked
        if asked is None:
            return
        state = self._presenter.state
        approve = asked.task is Task.APPROVE
        self._headline.setText(
            translate("Supervisor", "Supervisor's approval")
            if approve
            else translate("Supervisor", "Supervisor's identity check")
        )
        self._lead.setText(self._lead_text(asked))
        message = self._message_text(asked, state)
        self._message.say(message)
        # Where room is short, what went wrong comes before what it is about.
        self._lead.setVisible(not message)
        self._next.say(
            translate("Supervisor", "Another customer's code was scanned.")
            if asked.notice is Notice.NEXT_WAITING
            else ""
        )
        self.note.setVisible(not approve)
        self.names.show_state(state.pin)
        self.names.setVisible(len(state.pin.members) > 1)
        self.pad.show_state(state.pin)
        self._back.setText(translate("Supervisor", "Back (Esc)"))
        self._back.setEnabled(not asked.working)
        self._show_decide(asked, state, approve=approve)
        self.setAccessibleName(f"{self._headline.text()}. {self._lead.text()}")

    def _show_decide(
        self, asked: SupervisorAsked, state: SupervisorState, *, approve: bool
    ) -> None:
        if asked.working or state.pin.checking:
            text = translate("Supervisor", "Checking…")
        elif approve:
            text = translate("Supervisor", "Approve this once")
        else:
            text = translate("Supervisor", "Clear the lock")
        self.decide.setText(f"  {text}")
        self.decide.setAccessibleName(text)
        self.decide.setEnabled(state.can_submit and not asked.working)

    @staticmethod
    def _lead_text(asked: SupervisorAsked) -> str:
        if asked.task is Task.APPROVE:
            recorded = translate(
                "Supervisor", "For this customer only. Name and reason go into the ledger."
            )
            return f"{verdict_text(asked.verdict).clerk}\n{recorded}"
        return translate(
            "Supervisor", "What was checked? It goes into the ledger together with the name."
        )

    @staticmethod
    def _message_text(asked: SupervisorAsked, state: SupervisorState) -> str:
        pin = state.pin
        if asked.failed:
            return translate(
                "Supervisor", "The review could not be recorded, so nothing was cleared. Try again."
            )
        if asked.refusal is ReviewRefusal.NOTE_UNUSABLE:
            return translate("Supervisor", "The note cannot be kept. Use plain words, and fewer.")
        if asked.refusal is ReviewRefusal.NOT_A_SUPERVISOR:
            return translate("Supervisor", "This name is no longer a supervisor's.")
        if pin.refusal is SignInRefusal.LOCKED:
            return translate(
                "Supervisor", "Locked after too many wrong tries. Wait, or ask another supervisor."
            )
        if pin.refusal is SignInRefusal.UNKNOWN_STAFF:
            return translate("Supervisor", "This name is no longer a supervisor's.")
        if pin.loaded and not pin.members:
            return translate("Supervisor", "This terminal knows no supervisor of this store.")
        return pin_message(pin)

    def restyle(self) -> None:
        px = self.skin.px
        edge = px(24)
        self._column.setContentsMargins(edge, px(20), edge, px(20))
        self._column.setSpacing(px(14))
        self._halves.setSpacing(px(24))
        self._left.setSpacing(px(10))
        self._foot.setSpacing(px(12))
        for banner in (self._message, self._next):
            banner.restyle(self.skin)
        set_icon(self.decide, "supervisor", self.skin.palette.on_accent, px(26))

    # ------------------------------------------------------------ keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if digit := typed_digit(event):
            self._presenter.digit(digit)
        elif event.key() == Qt.Key.Key_Backspace:
            self._presenter.erase()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.decide.isEnabled():
            self._presenter.submit()
        else:
            super().keyPressEvent(event)
