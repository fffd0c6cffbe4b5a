"""Names to choose from: a tile for each member of staff, two beside each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from kiosk.domain.staff import Role, StaffMember
from kiosk.ui.language import translate
from kiosk.ui.presenters.sign_in import SignInState
from kiosk.ui.screens.staff_tile import StaffTile
from kiosk.ui.theme import Theme, View


class StaffTiles(View):
    """Draws the names of a SignInState; more of them than fit are scrolled."""

    def __init__(
        self,
        theme: Theme,
        on_choose: Callable[[str], None],
        *,
        columns: int = 2,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_choose, self._columns = on_choose, columns
        self._state = SignInState()
        self.tiles: dict[str, StaffTile] = {}
        self._group = QButtonGroup(self)
        inside = QWidget(self)
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(4, 4, 4, 4)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self.restyle()

    def show_state(self, state: SignInState) -> None:
        """Draw the state."""
        if state.members != self._state.members or len(self.tiles) != len(state.members):
            self._rebuild(state.members)
        self._state = state
        self.reword()

    def _rebuild(self, members: tuple[StaffMember, ...]) -> None:
        for tile in self.tiles.values():
            self._group.removeButton(tile)
            self._grid.removeWidget(tile)
            tile.deleteLater()
        self.tiles = {}
        for number, member in enumerate(members):
            tile = StaffTile(self.theme)
            tile.clicked.connect(partial(self._choose, member.staff))
            self._group.addButton(tile)
            self._grid.addWidget(tile, number // self._columns, number % self._columns)
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
        self._on_choose(staff)
        self.reword()  # a touch on the chosen tile must not leave it unchecked

    def reword(self) -> None:
        # An exclusive group would keep the last clerk's tile chosen after the sign-out.
        self._group.setExclusive(False)
        for member in self._state.members:
            tile = self.tiles.get(member.staff)
            if tile is not None:
                role = (
                    translate("SignIn", "supervisor")
                    if member.role is Role.SUPERVISOR
                    else translate("SignIn", "clerk")
                )
                tile.show_member(member.name, role, chosen=member == self._state.chosen)
        self._group.setExclusive(True)

    def restyle(self) -> None:
        self._grid.setSpacing(self.skin.px(12))
        for tile in self.tiles.values():
            tile.updateGeometry()
