"""Who is at the counter: a tile for each member of staff, and a PIN pad."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kiosk.domain.staff import SignInRefusal
from kiosk.ui.language import translate
from kiosk.ui.presenters.sign_in import SignInPresenter, SignInState
from kiosk.ui.screens.parts import Banner, panel, push_button, text_label
from kiosk.ui.screens.pin_pad import PinPad, typed_digit
from kiosk.ui.screens.staff_tile import StaffTile
from kiosk.ui.screens.staff_tiles import StaffTiles
from kiosk.ui.theme import Theme, View


class SignInScreen(View):
    """Draws SignInState; digits come from the pad or from the keyboard."""

    def __init__(
        self, theme: Theme, presenter: SignInPresenter, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._presenter = presenter
        self._state = presenter.state
        self._scanned_too_early = False
        self._build_people()
        self._build_pad()
        self._row = QHBoxLayout(self)
        self._row.addStretch(1)
        self._row.addWidget(self._people, 6)
        self._row.addWidget(self._frame, 5)
        self._row.addStretch(1)
        self.reword()
        self.restyle()

    def _build_people(self) -> None:
        self._people = QWidget(self)
        self._headline = text_label("headline", wrap=True, parent=self._people)
        self._lead = text_label("leadSoft", wrap=True, parent=self._people)
        self._names = StaffTiles(self.theme, self._presenter.choose, parent=self._people)
        self._people_column = QVBoxLayout(self._people)
        self._people_column.setContentsMargins(0, 0, 0, 0)
        self._people_column.addWidget(self._headline)
        self._people_column.addWidget(self._lead)
        self._people_column.addWidget(self._names, 1)

    def _build_pad(self) -> None:
        self._frame = panel("surface", self)
        self._message = Banner("refusal", "circle-alert", self._frame)
        presenter = self._presenter
        self._pad = PinPad(self.theme, presenter.digit, presenter.erase, self._frame)
        self.enter = push_button("primary", presenter.submit, big=True, parent=self._frame)
        self._pad_column = QVBoxLayout(self._frame)
        self._pad_column.addWidget(self._message)
        self._pad_column.addWidget(self._pad, 1)
        self._pad_column.addWidget(self.enter)

    @property
    def tiles(self) -> dict[str, StaffTile]:
        """By staff id."""
        return self._names.tiles

    @property
    def keys(self) -> dict[str, QPushButton]:
        """By digit."""
        return self._pad.keypad.keys

    # ------------------------------------------------------------ drawing

    def show_state(self, state: SignInState) -> None:
        """Draw the state."""
        self._state = state
        if state.refusal is not None:
            self._scanned_too_early = False
        self.reword()

    def show_scanned_too_early(self) -> None:
        """A code was scanned although nobody is signed in: say why nothing happens."""
        self._scanned_too_early = True
        self.reword()

    def reword(self) -> None:
        state = self._state
        self._headline.setText(translate("SignIn", "Who is at the counter?"))
        self._lead.setText(self._lead_text(state))
        self._names.show_state(state)
        self._pad.show_state(state)
        self._message.say(self._message_text(state))
        self.enter.setText(
            translate("SignIn", "Checking…") if state.checking else translate("SignIn", "Sign in")
        )
        self.enter.setEnabled(state.can_submit)

    @staticmethod
    def _lead_text(state: SignInState) -> str:
        if state.members:
            return translate("SignIn", "Touch your name, then enter your PIN.")
        if state.failed:
            return translate("SignIn", "The staff list cannot be read. It is tried again.")
        if not state.loaded:
            return translate("SignIn", "The staff list is being read…")
        return translate(
            "SignIn", "No staff has been downloaded yet. It comes with the first synchronisation."
        )

    def _message_text(self, state: SignInState) -> str:
        message = pin_message(state)
        if not message and self._scanned_too_early:
            return translate("SignIn", "Sign in first, then scan the customer's code again.")
        return message

    def restyle(self) -> None:
        px = self.skin.px
        self._row.setContentsMargins(px(28), px(24), px(28), px(24))
        self._row.setSpacing(px(36))
        self._people_column.setSpacing(px(12))
        self._pad_column.setContentsMargins(px(24), px(20), px(24), px(20))
        self._pad_column.setSpacing(px(12))
        self._message.restyle(self.skin)

    # ------------------------------------------------------------ keyboard

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _can_submit(self) -> bool:
        """Else Enter goes on to the window, which presses the button in focus: a name, say."""
        return self._presenter.state.can_submit

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if digit := typed_digit(event):
            self._presenter.digit(digit)
        elif event.key() == Qt.Key.Key_Backspace:
            self._presenter.erase()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._can_submit():
            self._presenter.submit()
        else:
            super().keyPressEvent(event)


def pin_message(state: SignInState) -> str:
    """What was wrong with the last try; empty when nothing was."""
    match state.refusal:
        case SignInRefusal.WRONG_PIN:
            return translate("SignIn", "Wrong PIN. Five wrong tries lock it for a while.")
        case SignInRefusal.LOCKED:
            return translate(
                "SignIn", "Locked after too many wrong tries. Wait, or call the supervisor."
            )
        case SignInRefusal.UNKNOWN_STAFF:
            return translate("SignIn", "This name is no longer active. Call the supervisor.")
    if state.failed and state.members:
        return translate("SignIn", "The PIN could not be checked. Please try again.")
    return ""
