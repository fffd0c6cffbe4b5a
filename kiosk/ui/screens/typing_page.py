"""Type or paste a pickup code."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from kiosk.ui.language import translate
from kiosk.ui.screens.parts import push_button, text_label
from kiosk.ui.theme import Theme, View

LONGEST_TEXT = 2000  # a code has at most 1,000 characters; the rest is room for a clear refusal


class CodeEdit(QPlainTextEdit):
    """Several lines to see a long code whole; Enter is done, as with a hand scanner."""

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setInputMethodHints(Qt.InputMethodHint.ImhLatinOnly)
        # A Chinese input method would swallow the letters of a code.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
            return
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_F2, Qt.Key.Key_F3}:
            event.ignore()
            return
        super().keyPressEvent(event)


class TypingPage(View):
    """Draws TypingCode."""

    def __init__(
        self,
        theme: Theme,
        on_text: Callable[[str], None],
        on_back: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_text = on_text
        self._headline = text_label("headline", parent=self)
        self._lead = text_label("leadSoft", wrap=True, parent=self)
        self.edit = CodeEdit(self)
        self.edit.entered.connect(self._submit)
        self.edit.textChanged.connect(self._changed)
        self._cancel = push_button("secondary", on_back, big=True, parent=self)
        self.check = push_button("primary", self._submit, big=True, parent=self)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._headline)
        self._column.addWidget(self._lead)
        self._column.addWidget(self.edit, 1)
        row = QHBoxLayout()
        row.addWidget(self._cancel)
        row.addWidget(self.check, 1)
        self._column.addLayout(row)
        self._row = row
        self.reword()
        self.restyle()
        self._changed()

    def start(self) -> None:
        """An empty page, ready for typing."""
        self.edit.clear()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def reword(self) -> None:
        self._headline.setText(translate("Typing", "Type a code"))
        self._lead.setText(
            translate("Typing", "Paste or type the text of the code, then press Enter.")
        )
        self.edit.setPlaceholderText("TH1:6BF…")
        self.edit.setAccessibleName(translate("Typing", "Text of the code"))
        self._cancel.setText(translate("Typing", "Back (Esc)"))
        self.check.setText(translate("Typing", "Check the code"))

    def restyle(self) -> None:
        edge = self.skin.px(28)
        self._column.setContentsMargins(edge, edge, edge, self.skin.px(20))
        self._column.setSpacing(self.skin.px(14))
        self._row.setSpacing(self.skin.px(12))

    def _text(self) -> str:
        # Line ends come from copying, never from the code itself.
        return "".join(self.edit.toPlainText().splitlines()).strip()[:LONGEST_TEXT]

    def _changed(self) -> None:
        self.check.setEnabled(bool(self._text()))

    def _submit(self) -> None:
        if self._text():
            self._on_text(self._text())
