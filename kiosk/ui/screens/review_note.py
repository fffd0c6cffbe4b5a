"""What a supervisor checked: one touch for the usual answers, a line for anything else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLineEdit, QPushButton, QWidget

from kiosk.ui.language import QT_TRANSLATE_NOOP, translate
from kiosk.ui.presenters.supervisor import LONGEST_NOTE
from kiosk.ui.screens.parts import push_button
from kiosk.ui.theme import Theme, View

_USUAL = (
    QT_TRANSLATE_NOOP("Supervisor", "ID document"),
    QT_TRANSLATE_NOOP("Supervisor", "Order and phone"),
)


class ReviewNote(View):
    """Tells the note whenever it changes; empty while nothing is chosen or written."""

    def __init__(
        self, theme: Theme, on_note: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._on_note = on_note
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self.usual: list[QPushButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for number, _text in enumerate(_USUAL):
            button = push_button("choice", self._tell, parent=self)
            button.setCheckable(True)
            self._group.addButton(button)
            self._grid.addWidget(button, 0, number)
            self.usual.append(button)
        self.edit = QLineEdit(self)
        self.edit.setMaxLength(LONGEST_NOTE)
        self.edit.textChanged.connect(lambda _text: self._tell())
        self._grid.addWidget(self.edit, 1, 0, 1, len(_USUAL))
        self.reword()
        self.restyle()

    def clear(self) -> None:
        """Nothing chosen, nothing written."""
        for button in self.usual:
            button.setChecked(False)
        self.edit.clear()

    def _tell(self) -> None:
        chosen = [button.text() for button in self.usual if button.isChecked()]
        written = self.edit.text().strip()
        self._on_note(" · ".join([*chosen, written] if written else chosen))

    def reword(self) -> None:
        for button, text in zip(self.usual, _USUAL, strict=True):
            button.setText(translate("Supervisor", text))
        self.edit.setPlaceholderText(translate("Supervisor", "or a few words"))
        self.edit.setAccessibleName(translate("Supervisor", "What was checked"))

    def restyle(self) -> None:
        self._grid.setSpacing(self.skin.px(8))
