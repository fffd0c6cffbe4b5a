"""Type in place of scanning: a serial number and its password, or the text of a code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui.language import translate
from kiosk.ui.presenters.states import TypingCode
from kiosk.ui.screens.parts import push_button, text_label
from kiosk.ui.screens.serial_form import SerialForm
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
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F4}:
            event.ignore()
            return
        super().keyPressEvent(event)


class TypingPage(View):
    """Draws TypingCode."""

    def __init__(
        self,
        theme: Theme,
        on_text: Callable[[str], None],
        on_serial: Callable[[str, str], None],
        on_back: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_text, self._on_serial = on_text, on_serial
        self._state: TypingCode | None = None
        self._headline = text_label("headline", parent=self)
        self._lead = text_label("soft", wrap=True, parent=self)
        self.by_serial = push_button("choice", partial(self.turn_to_serial), parent=self)
        self.by_text = push_button("choice", partial(self.turn_to_text, ""), parent=self)
        self._group = QButtonGroup(self)
        for button in (self.by_serial, self.by_text):
            button.setCheckable(True)
            self._group.addButton(button)
        self.form = SerialForm(
            theme,
            on_change=self._changed,
            on_submit=self._submit,
            on_letters=self.turn_to_text,
            parent=self,
        )
        self.edit = CodeEdit(self)
        self.edit.entered.connect(self._submit)
        self.edit.textChanged.connect(self._changed)
        self._ways = QStackedWidget(self)
        self._ways.addWidget(self.form)
        self._ways.addWidget(self.edit)
        self._cancel = push_button("secondary", on_back, big=True, parent=self)
        self.check = push_button("primary", self._submit, big=True, parent=self)
        self._lay_out()
        self.reword()
        self.restyle()
        self._changed()

    def _lay_out(self) -> None:
        self._choice = QHBoxLayout()
        self._choice.addWidget(self.by_serial)
        self._choice.addWidget(self.by_text)
        self._choice.addStretch(1)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._cancel)
        self._foot.addWidget(self.check, 1)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._headline)
        self._column.addLayout(self._choice)
        self._column.addWidget(self._lead)
        self._column.addWidget(self._ways, 1)
        self._column.addLayout(self._foot)

    def show_state(self, state: TypingCode) -> None:
        """Begin typing; a state that is shown already leaves what was typed alone."""
        if state is self._state:
            return
        self._state = state
        self.edit.clear()
        self.turn_to_serial()
        self.form.start(state.serial, unlocked=state.unlocked)

    def leave(self) -> None:
        """The page goes away, and with it what was typed."""
        self._state = None
        self.edit.clear()

    # ------------------------------------------------------------ two ways

    def turn_to_serial(self) -> None:
        """Type a serial number and its password."""
        self._turn(self.form)
        self.form.take_focus()

    def turn_to_text(self, text: str) -> None:
        """Type or paste a code's text, which begins with this."""
        self._turn(self.edit)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        if text:
            self.edit.insertPlainText(text)

    def _turn(self, way: QWidget) -> None:
        self._ways.setCurrentWidget(way)
        self.by_serial.setChecked(way is self.form)
        self.by_text.setChecked(way is self.edit)
        self.reword()
        self._changed()

    @property
    def _types_serial(self) -> bool:
        return self._ways.currentWidget() is self.form

    def reword(self) -> None:
        self._headline.setText(translate("Typing", "Type in place of scanning"))
        self.by_serial.setText(translate("Typing", "Serial and password"))
        self.by_text.setText(translate("Typing", "Text of the code"))
        self._lead.setText(
            translate("Typing", "From the order message or the printed slip.")
            if self._types_serial
            else translate("Typing", "Paste or type the text of the code, then press Enter.")
        )
        self.edit.setPlaceholderText("TH1:6BF…")
        self.edit.setAccessibleName(translate("Typing", "Text of the code"))
        self._cancel.setText(translate("Typing", "Back (Esc)"))
        self.check.setText(translate("Typing", "Check the code"))

    def restyle(self) -> None:
        px = self.skin.px
        edge = px(24)
        self._column.setContentsMargins(edge, px(20), edge, px(20))
        self._column.setSpacing(px(12))
        self._choice.setSpacing(px(8))
        self._foot.setSpacing(px(12))

    # ------------------------------------------------------------ done

    def _text(self) -> str:
        # Line ends come from copying, never from the code itself.
        return "".join(self.edit.toPlainText().splitlines()).strip()[:LONGEST_TEXT]

    def _changed(self) -> None:
        ready = self.form.entry.whole if self._types_serial else bool(self._text())
        self.check.setEnabled(ready)

    def _submit(self) -> None:
        if not self.check.isEnabled():
            return
        if self._types_serial:
            entry = self.form.take_entry()
            self._on_serial(entry.serial, entry.password)
        else:
            self._on_text(self._text())
