"""The order card: what is handed over, to whom, and the one large button that makes it a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from kiosk.domain.orders import OrderCard
from kiosk.domain.vouchers import Tier
from kiosk.ui.formats import distance, moment, pieces
from kiosk.ui.language import QT_TRANSLATE_NOOP, translate
from kiosk.ui.presenters.states import CardOpen, Notice
from kiosk.ui.reason_texts import reason_in_short
from kiosk.ui.screens.countdown import Countdown
from kiosk.ui.screens.order_line import OrderLineRow
from kiosk.ui.screens.parts import Banner, panel, push_button, set_icon, text_label
from kiosk.ui.theme import Theme, View

SCROLL_BAR = 10  # its width in the style sheet
ROOMY = 600  # width from which the buttons also name their keys; height with room for remarks
ROOMY_BANNERS = 2

_TIERS = {
    Tier.V0: QT_TRANSLATE_NOOP("Card", "Serial number"),
    Tier.V1: QT_TRANSLATE_NOOP("Card", "Static code"),
    Tier.V2: QT_TRANSLATE_NOOP("Card", "Live code"),
    Tier.V3: QT_TRANSLATE_NOOP("Card", "Phone-signed code"),
}


@dataclass(frozen=True, slots=True)
class CardActions:
    """What the buttons of the card do."""

    confirm: Callable[[], None]
    partial: Callable[[], None]
    back: Callable[[], None]
    set_quantity: Callable[[int, int], None]


class CardPage(View):
    """Draws CardOpen. `painted` is true once the card was painted after the last `show_state`."""

    def __init__(
        self,
        theme: Theme,
        actions: CardActions,
        staff_name: Callable[[str | None], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._actions, self._staff_name = actions, staff_name
        self._state: CardOpen | None = None
        self._now_unix_s = 0.0
        self._whole_s = 180.0
        self._rows: list[OrderLineRow] = []
        self.chosen_line = 0
        self.painted = False
        self._gap = SCROLL_BAR
        self._build_head()
        self._build_banners()
        self._build_lines()
        self._build_foot()
        self._last_stepper: QWidget = self.confirm_button
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._head)
        self._column.addLayout(self._banners)
        self._column.addWidget(self._scroll, 1)
        self._rule = QHBoxLayout()
        self._rule.addWidget(panel("divider", self))
        self._column.addLayout(self._rule)
        self._column.addLayout(self._foot)
        self.restyle()

    def _build_head(self) -> None:
        self._number_title = text_label("caption", parent=self)
        self._number = text_label("headline", parent=self)
        self._details = text_label("soft", parent=self)
        self._tier = text_label("labelStrong", parent=self)
        self._tier_frame = panel("accent", self)
        self._tier_row = QHBoxLayout(self._tier_frame)
        self._tier_row.addWidget(self._tier)
        self._countdown = Countdown(self.theme, self)
        left = QVBoxLayout()
        left.setSpacing(0)
        for label in (self._number_title, self._number, self._details):
            left.addWidget(label)
        self._head = QHBoxLayout()
        self._head.addLayout(left, 1)
        self._head.addWidget(self._tier_frame, 0, Qt.AlignmentFlag.AlignVCenter)
        self._head.addWidget(self._countdown, 0, Qt.AlignmentFlag.AlignVCenter)

    def _build_banners(self) -> None:
        self._next = Banner("accent", "user-round", self)
        self._note = Banner("attention", "sticky-note", self)
        self._earlier = Banner("accent", "history", self)
        self._approved = Banner("accent", "supervisor", self)
        self._place = Banner("accent", "place", self)
        self._no_place = Banner("accent", "place-unknown", self)
        self._banners = QVBoxLayout()
        for banner in self._all_banners:
            self._banners.addWidget(banner)

    @property
    def _all_banners(self) -> tuple[Banner, ...]:
        hints = (self._approved, self._place, self._no_place)
        return (self._next, self._note, *hints, self._earlier)

    def _build_lines(self) -> None:
        inside = QWidget(self)
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._keep_edge)

    def _build_foot(self) -> None:
        self._cancel = push_button("secondary", self._actions.back, big=True, parent=self)
        self._partial = push_button("secondary", self._actions.partial, big=True, parent=self)
        self.confirm_button = push_button("primary", self._actions.confirm, big=True, parent=self)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._cancel)
        self._foot.addWidget(self._partial)
        self._foot.addWidget(self.confirm_button, 1)

    # ------------------------------------------------------------ drawing

    def show_state(self, state: CardOpen, *, now_unix_s: float, left_s: float) -> None:
        """Draw a card. `left_s`: seconds for which it stays valid."""
        fresh = self._state is None or state.card is not self._state.card
        if fresh:
            self.chosen_line = next(
                (number for number, line in enumerate(state.card.lines) if line.left), 0
            )
            self._whole_s = max(1.0, left_s)
            self._scroll.verticalScrollBar().setValue(0)
        self._state, self._now_unix_s, self.painted = state, now_unix_s, False
        self.reword()
        self.show_left(left_s)
        if fresh:
            self.confirm_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_left(self, left_s: float) -> None:
        """Let the countdown go on."""
        self._countdown.show_left(left_s, self._whole_s)

    def step(self, by: int) -> None:
        """The + and - keys."""
        if self._state is not None and self._state.choice.partial:
            quantity = self._state.choice.quantities[self.chosen_line]
            self._actions.set_quantity(self.chosen_line, quantity + by)

    def choose_line(self, by: int) -> None:
        """The up and down keys."""
        if self._state is None or not self._state.choice.partial:
            return
        lines = self._state.card.lines
        number = self.chosen_line + by
        while 0 <= number < len(lines) and not lines[number].left:
            number += by
        if 0 <= number < len(lines):
            self.chosen_line = number
            self._show_lines(self._state)
            self._scroll.ensureWidgetVisible(self._rows[number])

    def reword(self) -> None:
        state = self._state
        if state is None:
            return
        self._show_head(state.card)
        self._show_banners(state)
        self._show_lines(state)
        self._show_foot(state)

    def restyle(self) -> None:
        px = self.skin.px
        edge = px(24)
        gap = max(SCROLL_BAR, edge - px(8))
        # The scroll bar has its place in the margin, so that nothing moves when it comes.
        self._column.setContentsMargins(edge, px(20), edge - gap, px(20))
        for row in (self._head, self._banners, self._rule, self._foot):
            row.setContentsMargins(0, 0, gap, 0)
        self._gap = gap
        self._keep_edge()
        self._column.setSpacing(px(14))
        self._head.setSpacing(px(14))
        self._foot.setSpacing(px(12))
        self._tier_row.setContentsMargins(px(12), px(5), px(12), px(5))
        self._fit_banners()
        set_icon(self.confirm_button, "check", self.skin.palette.on_accent, px(26))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._state is not None:
            self._show_foot(self._state)
            self._fit_banners()

    def _fit_banners(self) -> None:
        """Several remarks in a small window leave the lines of the order their room."""
        said = sum(bool(banner.text) for banner in self._all_banners)
        tight = said > ROOMY_BANNERS and self.height() < self.skin.px(ROOMY)
        for banner in self._all_banners:
            banner.restyle(self.skin, tight=tight)
        self._banners.setSpacing(self.skin.px(4 if tight else 8))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted = self._state is not None

    def _keep_edge(self) -> None:
        bar = SCROLL_BAR if self._scroll.verticalScrollBar().maximum() > 0 else 0
        self._lines.setContentsMargins(0, 0, self._gap - bar, 0)

    def _show_head(self, card: OrderCard) -> None:
        details = card.details
        if details.pickup_no:
            title, number = translate("Card", "Pickup number"), details.pickup_no
            order = translate("Card", "Order {number}").format(number=details.order_no)
            parts = [order if details.order_no else "", details.phone_masked]
        elif details.order_no:
            title, number = translate("Card", "Order"), details.order_no
            parts = [details.phone_masked]
        else:
            title, number = translate("Card", "Voucher"), card.code.voucher.hex()[:8].upper()
            parts = [translate("Card", "Order details have not been downloaded yet")]
        self._number_title.setText(title)
        self._number.setText(number)
        self._details.setText("  ·  ".join(part for part in parts if part))
        self._details.setVisible(bool(self._details.text()))
        self._tier.setText(translate("Card", _TIERS[card.code.tier]))

    def _show_banners(self, state: CardOpen) -> None:
        notices = {
            Notice.NEXT_WAITING: translate(
                "Card", "Another customer's code was scanned. Finish or cancel this one first."
            ),
            Notice.NOT_A_CODE: translate(
                "Card", "Something that is not a pickup code came into view and was left out."
            ),
        }
        self._next.say(notices.get(state.notice, "") if state.notice else "")
        note = state.card.details.note
        self._note.say(translate("Card", "Note: {note}").format(note=note) if note else "")
        self._earlier.say(self._earlier_text(state.card))
        self._approved.say(self._approved_text(state.card))
        warnings = state.card.warnings
        self._place.say(self._place_text(state.card) if "place_far" in warnings else "")
        self._no_place.say(
            translate("Card", "The phone does not say where it is.")
            if "place_unknown" in warnings
            else ""
        )
        self._fit_banners()

    def _approved_text(self, card: OrderCard) -> str:
        if card.approval is None:
            return ""
        name = self._staff_name(card.approval.staff)
        said = set(card.warnings)  # in a line of its own
        others = (reason for reason in card.approval.reasons if reason not in said)
        reasons = [reason_in_short(reason) for reason in others]
        text = translate("Card", "Approved by {name}").format(name=name)
        return "  ·  ".join([text, *reasons])

    @staticmethod
    def _place_text(card: OrderCard) -> str:
        if card.distance_m is None:
            return translate("Card", "The phone is not near the store.")
        return translate("Card", "The phone is {distance} from the store.").format(
            distance=distance(card.distance_m)
        )

    def _earlier_text(self, card: OrderCard) -> str:
        if card.earlier is None:
            return ""
        whole = sum(line.item.quantity for line in card.lines)
        taken = whole - sum(line.left for line in card.lines)
        where = (
            translate("Card", "this terminal")
            if card.earlier.here
            else translate("Card", "terminal {name}").format(name=card.earlier.terminal)
        )
        text = translate("Card", "Picked up {taken} of {whole}").format(taken=taken, whole=whole)
        parts = [
            text,
            moment(card.earlier.at_s, self._now_unix_s),
            where,
            self._staff_name(card.earlier.staff),
        ]
        return "  ·  ".join(part for part in parts if part)

    def _show_lines(self, state: CardOpen) -> None:
        lines = state.card.lines
        while len(self._rows) < len(lines):
            row = OrderLineRow(self.theme, self._actions.set_quantity)
            self._lines.insertWidget(len(self._rows), row)
            self._rows.append(row)
            self._last_stepper = row.follow(self._last_stepper)
        groups = [line.item.group for line in lines]
        for number, row in enumerate(self._rows):
            if number >= len(lines):
                row.hide()
                continue
            group = groups[number]
            row.show_line(
                number,
                lines[number],
                state.choice.quantities[number],
                partial=state.choice.partial,
                chosen=state.choice.partial and number == self.chosen_line,
                bundle_top=number == 0 or groups[number - 1] != group,
                bundle_bottom=number == len(lines) - 1 or groups[number + 1] != group,
            )
            row.show()

    def _show_foot(self, state: CardOpen) -> None:
        count = state.choice.pieces
        several = sum(line.left for line in state.card.lines) > 1
        partial = state.choice.partial
        back = translate("Card", "All of it") if partial else translate("Card", "Cancel")
        self._cancel.setText(f"{back} (Esc)" if self.width() > self.skin.px(ROOMY) else back)
        self._partial.setText(translate("Card", "Only some"))
        self._partial.setVisible(several and not partial)
        if state.committing:
            text = translate("Card", "Writing to the ledger…")
        elif not count:
            text = translate("Card", "Choose what is handed over")
        else:
            text = translate("Card", "Confirm {pieces}").format(pieces=pieces(count))
        self.confirm_button.setText(f"  {text}")
        self.confirm_button.setAccessibleName(text)
        self.confirm_button.setEnabled(bool(count) and not state.committing)
        self._cancel.setEnabled(not state.committing)
        self._partial.setEnabled(not state.committing)
