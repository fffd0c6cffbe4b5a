"""The demonstration's own strip beside the window: next customer, network, what to expect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui.language import chinese, translate
from kiosk.ui.screens.parts import panel, push_button, set_icon, text_label
from kiosk.ui.theme import Theme, View

RAIL = 54  # width of the folded strip: a button and its margins


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """One scene of the demonstration, in both languages."""

    key: str
    label_zh: str
    label_en: str
    expected_zh: str
    """What the terminal is expected to answer, and why."""
    expected_en: str


@dataclass(frozen=True, slots=True)
class DemoActions:
    """What the strip does; called on the Qt thread, must return at once."""

    customer: Callable[[str], None]
    """The customer with this key comes to the counter."""
    network: Callable[[bool], None]
    """Central is in reach, or not."""
    leave: Callable[[], None] | None = None
    """The phone leaves the view."""
    sign_in_zh: str = ""
    """How to sign in; shown while nobody is at the counter."""
    sign_in_en: str = ""


class DemoPanel(View):
    """A dark strip, clearly not part of the product. Folds away to a rail."""

    folded = Signal()

    def __init__(
        self,
        theme: Theme,
        customers: Sequence[DemoCustomer],
        actions: DemoActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._customers = {customer.key: customer for customer in customers}
        self._actions = actions
        self._chosen: str | None = None
        self._online = True
        self._signed_in = False
        self.collapsed = False
        self._frame = QFrame(self)
        self._frame.setObjectName("demo")
        self._mark = QLabel(self._frame)
        self._mark.setObjectName("demoMark")
        self.fold = push_button("icon", self._toggle, parent=self._frame)
        self._lead = text_label("caption", wrap=True, parent=self._frame)
        self.buttons: dict[str, QPushButton] = {}
        self._body = QWidget(self._frame)
        self._build_body()
        head = QHBoxLayout()
        head.addWidget(self._mark, 1)
        head.addWidget(self.fold)
        self._column = QVBoxLayout(self._frame)
        self._column.addLayout(head)
        self._column.addWidget(self._body, 1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self.reword()
        self.restyle()

    def _build_body(self) -> None:
        inside = QWidget(self._body)
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        for key in self._customers:
            button = push_button("demo", partial(self._choose, key), parent=inside)
            button.setCheckable(True)
            self.buttons[key] = button
            self._list.addWidget(button)
        self._leave = push_button("demo", self._clear, parent=inside)
        self._leave.setVisible(self._actions.leave is not None)
        self._list.addWidget(self._leave)
        self._list.addStretch(1)
        scroll = QScrollArea(self._body)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self._box = panel("demo", self._body)
        self._expected_title = text_label("caption", parent=self._box)
        self._expected = text_label("labelStrong", wrap=True, parent=self._box)
        self._expected.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._box_column = QVBoxLayout(self._box)
        self._box_column.addWidget(self._expected_title)
        self._box_column.addWidget(self._expected)
        self.network = push_button("demo", self._switch_network, parent=self._body)
        self.network.setCheckable(True)
        self.network.setChecked(True)
        self._body_column = QVBoxLayout(self._body)
        self._body_column.setContentsMargins(0, 0, 0, 0)
        self._body_column.addWidget(self._lead)
        self._body_column.addWidget(scroll, 1)
        self._body_column.addWidget(self._box)
        self._body_column.addWidget(self.network)

    def show_signed_in(self, signed_in: bool) -> None:
        """Whether somebody is at the counter; without, the strip says how to sign in."""
        if signed_in != self._signed_in:
            self._signed_in = signed_in
            self.reword()

    def come_last(self) -> None:
        """Let Tab come here only after all of the product, also what was made later."""
        last = self.window().previousInFocusChain()
        while last is not None and not last.focusPolicy() & Qt.FocusPolicy.TabFocus:
            last = last.previousInFocusChain()
        if last is None or self.isAncestorOf(last):
            return
        for button in (self.fold, *self.buttons.values(), self._leave, self.network):
            QWidget.setTabOrder(last, button)
            last = button

    def _choose(self, key: str) -> None:
        self._chosen = key
        self.reword()
        self._actions.customer(key)

    def _clear(self) -> None:
        self._chosen = None
        self.reword()
        if self._actions.leave is not None:
            self._actions.leave()

    def _switch_network(self) -> None:
        self._online = self.network.isChecked()
        self.reword()
        self.restyle()
        self._actions.network(self._online)

    def _toggle(self) -> None:
        self.collapsed = not self.collapsed
        self._body.setVisible(not self.collapsed)
        self._mark.setVisible(not self.collapsed)
        self.reword()
        self.restyle()
        self.folded.emit()

    def reword(self) -> None:
        self._mark.setText(translate("Demo", "DEMONSTRATION"))
        self._lead.setText(translate("Demo", "Not the product. Who comes next?"))
        for key, button in self.buttons.items():
            customer = self._customers[key]
            button.setText(customer.label_zh if chinese() else customer.label_en)
            button.setChecked(key == self._chosen)
        self._leave.setText(translate("Demo", "Phone leaves"))
        self._expected_title.setText(translate("Demo", "What should happen"))
        self._expected.setText(self._expected_text())
        self.network.setChecked(self._online)
        on, off = translate("Demo", "Network is on"), translate("Demo", "Network is off")
        self.network.setText("  " + (on if self._online else off))
        fold = (
            translate("Demo", "Open the strip")
            if self.collapsed
            else translate("Demo", "Fold the strip away")
        )
        self.fold.setAccessibleName(fold)
        self.fold.setToolTip(fold)
        if not self.collapsed:
            self._fit_box()

    def _expected_text(self) -> str:
        chosen = self._customers.get(self._chosen or "")
        if not self._signed_in and self._sign_in_text():
            return self._sign_in_text()
        if chosen is None:
            return translate("Demo", "Nobody at the counter yet.")
        return chosen.expected_zh if chinese() else chosen.expected_en

    def _sign_in_text(self) -> str:
        return self._actions.sign_in_zh if chinese() else self._actions.sign_in_en

    def _fit_box(self) -> None:
        """Room for the longest text, so that nothing moves when another one comes."""
        texts = [self._sign_in_text()]
        texts += [
            each.expected_zh if chinese() else each.expected_en for each in self._customers.values()
        ]
        margins = self._column.contentsMargins(), self._box_column.contentsMargins()
        across = sum(each.left() + each.right() for each in margins)
        room = QRect(0, 0, self.width() - across, 1000)
        self._expected.ensurePolished()
        metrics = self._expected.fontMetrics()
        heights = (
            metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() for text in texts
        )
        self._expected.setFixedHeight(max(heights) + 2)

    def restyle(self) -> None:
        px, palette = self.skin.px, self.skin.palette
        self.setFixedWidth(max(RAIL, px(RAIL)) if self.collapsed else px(236))
        edge = px(4 if self.collapsed else 12)
        self._column.setContentsMargins(edge, px(8), edge, px(12))
        self._column.setSpacing(px(8))
        self._list.setSpacing(px(5))
        self._body_column.setSpacing(px(8))
        self._box_column.setContentsMargins(px(12), px(10), px(12), px(10))
        self._box_column.setSpacing(px(4))
        arrow = "chevron-left" if self.collapsed else "chevron-right"
        set_icon(self.fold, arrow, palette.on_demo, px(22))
        network = "wifi" if self._online else "wifi-off"
        set_icon(self.network, network, palette.demo_mark, px(20))
        if not self.collapsed:
            self._fit_box()
