"""The answer, large: colour, icon, one word, what to tell the customer, what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.orders import OrderCard
from kiosk.domain.verdicts import Verdict
from kiosk.domain.vouchers import Item
from kiosk.ui.formats import moment, product_name
from kiosk.ui.icons import IconLabel
from kiosk.ui.language import QT_TRANSLATE_NOOP, translate
from kiosk.ui.presenters.offers import Offer
from kiosk.ui.presenters.states import VerdictShown
from kiosk.ui.screens.names import Names
from kiosk.ui.screens.parts import push_button, set_icon, set_role, text_label
from kiosk.ui.screens.verdict_parts import Block, TimeLeft
from kiosk.ui.theme import Theme, View
from kiosk.ui.verdict_looks import Tone, look_of
from kiosk.ui.verdict_texts import verdict_text

MOST_ITEMS = 5
LARGE_ITEMS = 4
LONG_HEADLINE = 24  # characters; three lines of it would leave no room in a small window
ROOMY_HEIGHT, ROOMY_WIDTH = 560, 500  # below, the type is smaller
_OFFERS = {
    Offer.APPROVAL: (QT_TRANSLATE_NOOP("Verdict", "Supervisor… (F4)"), "supervisor"),
    Offer.REVIEW: (QT_TRANSLATE_NOOP("Verdict", "Supervisor: identity check… (F4)"), "supervisor"),
    Offer.RETYPE: (QT_TRANSLATE_NOOP("Verdict", "Type it again (F3)"), "keyboard"),
}


class VerdictPage(View):
    """Draws VerdictShown; a touch anywhere goes on, except on what is offered."""

    def __init__(
        self,
        theme: Theme,
        on_touch: Callable[[], None],
        names: Names,
        *,
        on_offer: Callable[[Offer], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_touch, self._on_offer, self._names = on_touch, on_offer, names
        self._state: VerdictShown | None = None
        self._now_unix_s = 0.0
        self.painted = False
        self.setProperty("onVerdict", True)
        self._icon = IconLabel(self)
        self._headline = text_label("hero", wrap=True, parent=self)
        self._clerk = text_label("title", wrap=True, parent=self)
        self._record = Block(theme, "history", self)
        self._goods = Block(theme, "package", self)
        self._next = Block(theme, "arrow-right", self)
        self._customer = Block(theme, "user-round", self)
        self.offer = push_button("onVerdict", self._take_offer, parent=self)
        self._waiting = text_label("strong", parent=self)
        self._hint = text_label("label", parent=self)
        self._reason = text_label("caption", parent=self)
        self._time_left = TimeLeft(theme, self)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._headline)
        words.addWidget(self._clerk)
        self._head = QHBoxLayout()
        self._head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._head.addLayout(words, 1)
        self._column = QVBoxLayout(self)
        self._column.addStretch(1)
        self._column.addLayout(self._head)
        for block in (self._goods, self._record, self._next, self._customer):
            self._column.addWidget(block)
        self._column.addWidget(self.offer)
        self._column.addStretch(1)
        self._column.addWidget(self._waiting)
        foot = QHBoxLayout()
        foot.addWidget(self._hint, 1)
        foot.addWidget(self._reason, 0)
        self._column.addLayout(foot)
        self._column.addWidget(self._time_left)
        self.restyle()

    def show_state(self, state: VerdictShown, *, now_unix_s: float) -> None:
        """Draw an answer."""
        self._state, self._now_unix_s, self.painted = state, now_unix_s, False
        self._time_left.show_share(1.0)
        self.reword()
        self.update()

    def show_left(self, now_s: float) -> None:
        """Let the time line shorten; monotonic seconds."""
        if self._state is not None:
            whole_s = max(0.1, self._state.until_s - self._state.shown_at_s)
            self._time_left.show_share((self._state.until_s - now_s) / whole_s)

    def reword(self) -> None:
        state = self._state
        if state is None:
            return
        text, look = verdict_text(state.verdict), look_of(state.verdict)
        deep = self.skin.colour(f"{look.tone}_deep")
        self._headline.setText(text.headline)
        left = self._left_text(state)
        denied = (
            translate("Verdict", "A supervisor's approval is not accepted for it.")
            if state.approval_denied
            else ""
        )
        self._clerk.setText("\n".join(each for each in (text.clerk, left, denied) if each))
        self._record.say(*self._record_text(state), deep)
        goods, next_step = self._goods_text(state), text.next_step
        if state.approval_denied:
            next_step = translate("Verdict", "Do not hand over. The cause above comes first.")
        self._goods.say(next_step if goods else "", goods, deep)
        self._next.say(translate("Verdict", "What to do now"), "" if goods else next_step, deep)
        self._customer.say(translate("Verdict", "For the customer"), text.customer, deep)
        self._waiting.setText(
            translate("Verdict", "The next customer's code is already scanned.")
            if state.next_waiting
            else ""
        )
        self._waiting.setVisible(state.next_waiting)
        self._show_offer(state.offer)
        self._hint.setText(translate("Verdict", "Touch, Esc or the next code goes on"))
        self._reason.setText("" if look.hands_over else self._support_text(state.verdict))
        self.setAccessibleName(f"{text.headline}. {text.clerk} {text.next_step}")
        self._fit()

    def _show_offer(self, offer: Offer | None) -> None:
        self.offer.setVisible(offer is not None)
        if offer is not None:
            words, icon_name = _OFFERS[offer]
            text = translate("Verdict", words)
            self.offer.setText(f"  {text}")
            self.offer.setAccessibleName(text)
            set_icon(self.offer, icon_name, self.skin.palette.verdict_ink, self.skin.px(24))

    def _take_offer(self) -> None:
        if self._state is not None and self._state.offer is not None:
            self._on_offer(self._state.offer)

    def restyle(self) -> None:
        px = self.skin.px
        self._column.setContentsMargins(px(36), px(28), px(36), px(20))
        self._column.setSpacing(px(12))
        self._head.setSpacing(px(22))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        state, px = self._state, self.skin.px
        if state is None:
            return
        roomy = self.height() > ROOMY_HEIGHT and self.width() > ROOMY_WIDTH
        long = len(self._headline.text()) > LONG_HEADLINE
        set_role(self._headline, "hero" if roomy else "headline" if long else "display")
        set_role(self._clerk, "title" if roomy else "strong")
        for block in (self._record, self._next, self._customer):
            block.make_large(roomy)
        self._goods.make_large(roomy and self._goods.text.text().count("\n") < LARGE_ITEMS)
        icon = look_of(state.verdict).icon
        self._icon.show_icon(icon, self.skin.palette.on_verdict, px(92 if roomy else 68))

    @property
    def tone(self) -> Tone | None:
        """The mood of what is shown."""
        return look_of(self._state.verdict).tone if self._state is not None else None

    def _record_text(self, state: VerdictShown) -> tuple[str, str]:
        record = state.verdict.record
        made_now = state.handover is not None and look_of(state.verdict).hands_over
        if record is None or made_now:
            return "", ""
        own_store = self._names.own_store(record.store)
        if record.here:
            where = translate("Verdict", "at this terminal")
        elif own_store:
            where = translate("Verdict", "terminal {terminal}, this store ({store})").format(
                terminal=record.terminal, store=own_store
            )
        else:
            where = translate("Verdict", "terminal {terminal}, store {store}").format(
                terminal=record.terminal, store=record.store
            )
        parts = [moment(record.at_s, self._now_unix_s), where, self._names.staff(record.staff)]
        return (
            translate("Verdict", "Redeemed before"),
            "  ·  ".join(part for part in parts if part),
        )

    @staticmethod
    def _support_text(verdict: Verdict) -> str:
        code = verdict.reason or verdict.kind
        return translate("Verdict", "Code for support: {code}").format(code=code)

    @staticmethod
    def _left_text(state: VerdictShown) -> str:
        partly = look_of(state.verdict).tone is Tone.PARTIAL
        if state.card is None or state.handover is None or not partly:
            return ""
        left = sum(line.left for line in state.card.lines)
        left -= sum(item.quantity for item in state.handover.items)
        return translate("Verdict", "%n left", "", left)

    def _goods_text(self, state: VerdictShown) -> str:
        if state.handover is None or not look_of(state.verdict).hands_over:
            return ""
        items, card = state.handover.items, state.card
        lines = [self._item_text(item, card) for item in items[:MOST_ITEMS]]
        if len(items) > MOST_ITEMS:
            lines.append(translate("Verdict", "and %n more line(s)", "", len(items) - MOST_ITEMS))
        return "\n".join(lines)

    @staticmethod
    def _item_text(item: Item, card: OrderCard | None) -> str:
        products = {line.item.sku: line.product for line in card.lines} if card else {}
        return f"{item.quantity} × {product_name(products.get(item.sku), item.sku)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        tone = self.tone
        if tone is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.skin.colour(tone))
        radius = self.skin.px(self.skin.tokens.radius.large)
        painter.drawRoundedRect(self.rect(), radius, radius)
        painter.end()
        self.painted = True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._on_touch()
