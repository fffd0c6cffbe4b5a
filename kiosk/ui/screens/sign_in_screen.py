"""Who is at the counter: a tile for each member of staff, and a PIN pad."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.staff import PIN_MIN_DIGITS, Role, SignInRefusal, StaffMember
from kiosk.ui.language import translate
from kiosk.ui.presenters.sign_in import SignInPresenter, SignInState
from kiosk.ui.screens.parts import Banner, panel, push_button, set_icon, text_label
from kiosk.ui.screens.staff_tile import StaffTile
from kiosk.ui.theme import Theme, View


class PinDots(View):
    """How many digits were entered; never which."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._digits = 0
        self.restyle()

    def show_digits(self, digits: int) -> None:
        """Draw this many dots filled."""
        self._digits = digits
        self.reword()

    def reword(self) -> None:
        self.setAccessibleName(translate("SignIn", "%n digit(s) entered", "", self._digits))
        self.update()

    def restyle(self) -> None:
        self.setFixedHeight(self.skin.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = max(PIN_MIN_DIGITS, self._digits)
        size, gap = self.skin.px(14), self.skin.px(14)
        x = (self.width() - shown * size - (shown - 1) * gap) / 2
        for number in range(shown):
            dot = QRectF(x + number * (size + gap), (self.height() - size) / 2, size, size)
            filled = number < self._digits
            painter.setPen(self.skin.colour("accent" if filled else "boundary"))
            painter.setBrush(self.skin.colour("accent" if filled else "surface"))
            painter.drawEllipse(dot)
        painter.end()


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
        self.tiles: dict[str, StaffTile] = {}
        self._group = QButtonGroup(self)
        self._build_people()
        self._build_pad()
        self._row = QHBoxLayout(self)
        self._row.addStretch(1)
        self._row.addWidget(self._people, 6)
        self._row.addWidget(self._pad, 5)
        self._row.addStretch(1)
        self.reword()
        self.restyle()

    def _build_people(self) -> None:
        self._people = QWidget(self)
        self._headline = text_label("headline", wrap=True, parent=self._people)
        self._lead = text_label("leadSoft", wrap=True, parent=self._people)
        inside = QWidget(self._people)
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(4, 4, 4, 4)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea(self._people)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self._people_column = QVBoxLayout(self._people)
        self._people_column.setContentsMargins(0, 0, 0, 0)
        self._people_column.addWidget(self._headline)
        self._people_column.addWidget(self._lead)
        self._people_column.addWidget(scroll, 1)

    def _build_pad(self) -> None:
        self._pad = panel("surface", self)
        self._who = text_label("title", parent=self._pad)
        self._who.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._dots = PinDots(self.theme, self._pad)
        self._message = Banner("refusal", "circle-alert", self._pad)
        self._keys = QGridLayout()
        self.keys: dict[str, QPushButton] = {}
        for number, digit in enumerate("123456789"):
            self._add_key(digit, number // 3, number % 3)
        self._add_key("0", 3, 1)
        self._erase = push_button("key", self._presenter.erase, parent=self._pad)
        self._keys.addWidget(self._erase, 3, 2)
        self.enter = push_button("primary", self._presenter.submit, big=True, parent=self._pad)
        self._pad_column = QVBoxLayout(self._pad)
        self._pad_column.addWidget(self._who)
        self._pad_column.addWidget(self._dots)
        self._pad_column.addWidget(self._message)
        self._pad_column.addLayout(self._keys, 1)
        self._pad_column.addWidget(self.enter)

    def _add_key(self, digit: str, row: int, column: int) -> None:
        key = push_button("key", partial(self._presenter.digit, digit), parent=self._pad)
        key.setText(digit)
        self.keys[digit] = key
        self._keys.addWidget(key, row, column)

    # ------------------------------------------------------------ drawing

    def show_state(self, state: SignInState) -> None:
        """Draw the state."""
        if state.members != self._state.members or len(self.tiles) != len(state.members):
            self._rebuild_tiles(state.members)
        self._state = state
        if state.refusal is not None:
            self._scanned_too_early = False
        self.reword()

    def show_scanned_too_early(self) -> None:
        """A code was scanned although nobody is signed in: say why nothing happens."""
        self._scanned_too_early = True
        self.reword()

    def _rebuild_tiles(self, members: tuple[StaffMember, ...]) -> None:
        for tile in self.tiles.values():
            self._group.removeButton(tile)
            self._grid.removeWidget(tile)
            tile.deleteLater()
        self.tiles = {}
        for number, member in enumerate(members):
            tile = StaffTile(self.theme)
            tile.clicked.connect(partial(self._choose, member.staff))
            self._group.addButton(tile)
            self._grid.addWidget(tile, number // 2, number % 2)
            self.tiles[member.staff] = tile
        self._order_tiles()
        self.restyle()

    def _order_tiles(self) -> None:
        """Tab comes to the names before the keys, although they were made later."""
        before: QWidget = self
        for tile in self.tiles.values():
            QWidget.setTabOrder(before, tile)
            before = tile

    def _choose(self, staff: str, _checked: bool = False) -> None:
        self._presenter.choose(staff)
        self.reword()  # a touch on the chosen tile must not leave it unchecked

    def reword(self) -> None:
        state = self._state
        self._headline.setText(translate("SignIn", "Who is at the counter?"))
        self._lead.setText(self._lead_text(state))
        # An exclusive group would keep the last clerk's tile chosen after the sign-out.
        self._group.setExclusive(False)
        for member in state.members:
            tile = self.tiles.get(member.staff)
            if tile is not None:
                role = (
                    translate("SignIn", "supervisor")
                    if member.role is Role.SUPERVISOR
                    else translate("SignIn", "clerk")
                )
                tile.show_member(member.name, role, chosen=member == state.chosen)
        self._group.setExclusive(True)
        self._who.setText(
            state.chosen.name if state.chosen else translate("SignIn", "Choose your name")
        )
        self._dots.show_digits(state.digits)
        self._message.say(self._message_text(state))
        self._erase.setAccessibleName(translate("SignIn", "Erase the last digit"))
        self.enter.setText(
            translate("SignIn", "Checking…") if state.checking else translate("SignIn", "Sign in")
        )
        self.enter.setEnabled(state.can_submit)
        for key in (*self.keys.values(), self._erase):
            key.setEnabled(state.chosen is not None and not state.checking)

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
        if self._scanned_too_early:
            return translate("SignIn", "Sign in first, then scan the customer's code again.")
        return ""

    def restyle(self) -> None:
        px = self.skin.px
        self._row.setContentsMargins(px(28), px(24), px(28), px(24))
        self._row.setSpacing(px(36))
        self._people_column.setSpacing(px(12))
        self._grid.setSpacing(px(12))
        self._pad_column.setContentsMargins(px(24), px(20), px(24), px(20))
        self._pad_column.setSpacing(px(12))
        self._keys.setSpacing(px(10))
        self._message.restyle(self.skin)
        for key in (*self.keys.values(), self._erase):
            key.setMinimumHeight(px(48))
            policy = key.sizePolicy()
            policy.setVerticalPolicy(policy.Policy.Expanding)
            key.setSizePolicy(policy)
        for tile in self.tiles.values():
            tile.updateGeometry()
        set_icon(self._erase, "delete", self.skin.palette.ink, px(26))

    # ------------------------------------------------------------ keyboard

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _can_submit(self) -> bool:
        """Else Enter goes on to the window, which presses the button in focus: a name, say."""
        return self._presenter.state.can_submit

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isascii() and event.text().isdigit():
            self._presenter.digit(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self._presenter.erase()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._can_submit():
            self._presenter.submit()
        else:
            super().keyPressEvent(event)
