"""The clerk counter: scan → order card → confirm → verdict, as a state machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

import structlog

from kiosk.counter.prepare import Prepared
from kiosk.domain.orders import Handover, OrderCard
from kiosk.domain.ports import Clock, RecentRedemption
from kiosk.domain.staff import StaffMember
from kiosk.domain.verdicts import Verdict
from kiosk.ledger.errors import LedgerError
from kiosk.ui.ports import CounterDesk, Deliver, Signals
from kiosk.ui.presenters.choice import Choice
from kiosk.ui.presenters.states import (
    CardOpen,
    CounterState,
    Fault,
    Judging,
    Notice,
    Ready,
    SignedOut,
    Trouble,
    TypingCode,
    VerdictShown,
)
from kiosk.ui.verdict_looks import Look, look_of

_log = structlog.get_logger(__name__)

PROBE_EVERY_S = 3.0
NOTICE_S = 4.0
CARD_SETTLES_S = 0.4
"""So long a card is on screen before a press confirms it: whoever presses sooner meant what was
shown before."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long answers stay, and how long at least while the next code is there already."""

    accepted_s: float = 4.0
    refused_s: float = 8.0
    accepted_least_s: float = 1.0
    refused_least_s: float = 0.7

    def stays_s(self, look: Look) -> float:
        """Seconds until the screen goes on by itself."""
        return self.accepted_s if look.hands_over else self.refused_s

    def least_s(self, look: Look) -> float:
        """Seconds before another scan may take the answer's place."""
        return self.accepted_least_s if look.hands_over else self.refused_least_s


@dataclass(frozen=True, slots=True)
class _Scan:
    text: str
    frame_at_s: float | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A prepared code with the time of its frame."""

    prepared: Prepared
    scan: _Scan
    again: tuple[Prepared, ...] = ()
    """The voucher's later showings while its card was open: their claims end with the card's."""

    @property
    def voucher(self) -> bytes | None:
        card, verdict = self.prepared.card, self.prepared.verdict
        if card is not None:
            return card.code.voucher
        return verdict.voucher if verdict is not None else None


class CounterPresenter:
    """Holds what the counter shows and what comes next. One thread (the screens')."""

    def __init__(
        self,
        *,
        desk: CounterDesk,
        clock: Clock,
        deliver: Deliver,
        signals: Signals,
        show: Callable[[CounterState], None],
        committed: Callable[[], None],
        timing: Timing | None = None,
    ) -> None:
        """`show` draws each new state; `committed` is told of every answered confirmation."""
        self._desk, self._clock, self._deliver = desk, clock, deliver
        self._signals, self._show, self._committed = signals, show, committed
        self._timing = timing or Timing()
        self._open: _Judged | None = None
        self._selected: Choice | None = None
        self._waiting: _Judged | None = None
        self._in_flight = False
        self._next_scan: _Scan | None = None
        self._card_at_s = 0.0
        self._notice_until_s = 0.0
        self._probe_at_s = 0.0
        self.staff: StaffMember | None = None
        self.state: CounterState = SignedOut()

    # ------------------------------------------------------------ staff

    def signed_in(self, member: StaffMember) -> None:
        """A member of staff is at the counter."""
        self.staff = member
        self._move(Ready())

    def sign_out(self) -> None:
        """The clerk leaves; an open card is given back. Not while the ledger writes."""
        if isinstance(self.state, CardOpen) and self.state.committing:
            return
        self._give_back(self._open)
        self._give_back(self._waiting)
        self._open = self._waiting = self._selected = self._next_scan = None
        self.staff = None
        self._move(SignedOut())

    # ------------------------------------------------------------ scans

    def scanned(self, text: str, frame_at_s: float | None) -> None:
        """A code came into view, or was typed (`frame_at_s` None)."""
        if self.staff is None:
            self._move(SignedOut(Notice.SIGN_IN_FIRST))
            return
        scan = _Scan(text, frame_at_s)
        if self._in_flight:
            self._next_scan = scan  # The newest one counts; judging takes milliseconds.
            return
        self._judge(scan)

    def _judge(self, scan: _Scan) -> None:
        self._in_flight = True
        # What is on screen stays until the answer is there: no flicker between two customers.
        if isinstance(self.state, Ready | TypingCode) or self._at_fault(Trouble.JUDGING):
            self._move(Judging(scan.frame_at_s))
        self._deliver(self._desk.prepare(scan.text), partial(self._judged, scan))

    def _judged(self, scan: _Scan, done: Future[Prepared]) -> None:
        self._in_flight = False
        try:
            judged = _Judged(done.result(), scan)
        except Exception as fault:  # noqa: BLE001 - known and unknown faults both end on a page
            self._judging_failed(fault)
        else:
            self._place(judged)
        scan_after, self._next_scan = self._next_scan, None
        if scan_after is not None:
            self.scanned(scan_after.text, scan_after.frame_at_s)

    def _judging_failed(self, fault: Exception) -> None:
        _report(fault, "judging a code")
        # A card or an answer on screen is worth more than the next code: that one can come again.
        if isinstance(self.state, Judging):
            self._probe_at_s = self._now_s() + PROBE_EVERY_S
            self._move(Fault(Trouble.JUDGING, str(fault) or type(fault).__name__))

    def _place(self, judged: _Judged) -> None:
        match self.state:
            case SignedOut():
                self._give_back(judged)
            case CardOpen() | Fault(trouble=Trouble.CONFIRMING | Trouble.UNKNOWN_RESULT):
                self._offer(judged)
            case VerdictShown(handover=Handover(verdict=verdict)) if (
                verdict.handed_over and verdict.voucher == judged.voucher
            ):
                # The phone of the customer just served is still in view and changed its code.
                self._give_back(judged)
            case VerdictShown() if judged.voucher is None and self._waiting is not None:
                return  # Something that is no pickup code does not push a customer away.
            case VerdictShown() as answer if self._now_s() < self._stays_until_s(answer):
                self._follow(answer, judged)
            case _:
                self._give_back(self._waiting)
                self._waiting = None
                self._present(judged)

    def _offer(self, judged: _Judged) -> None:
        """Another code while a card is open: kept for later, never lost silently."""
        if self._open is not None and judged.voucher == self._open.voucher:
            # The same customer. Its claim is the open card's claim: both are given back together.
            self._open = replace(self._open, again=(*self._open.again, judged.prepared))
            return
        if judged.voucher is None:
            self._notice(Notice.NOT_A_CODE)
            return
        self._give_back(self._waiting)
        self._waiting = judged
        self._notice(Notice.NEXT_WAITING)

    def _stays_until_s(self, answer: VerdictShown) -> float:
        """Monotonic seconds; until then no scan takes the place of an answer."""
        return answer.shown_at_s + self._timing.least_s(look_of(answer.verdict))

    def _follow(self, answer: VerdictShown, judged: _Judged) -> None:
        """Several codes in view: the next one comes up as soon as the answer was to be seen."""
        self._give_back(self._waiting)
        self._waiting = judged
        another = judged.voucher not in {None, answer.verdict.voucher}
        until_s = min(answer.until_s, self._stays_until_s(answer))
        # It is on its way to the screen: a second drawing is not measured from the frame again.
        self._move(replace(answer, asked_at_s=None, until_s=until_s, next_waiting=another))

    def _present(self, judged: _Judged) -> None:
        card, verdict = judged.prepared.card, judged.prepared.verdict
        if card is not None:
            self._open, self._card_at_s = judged, self._now_s()
            self._move(CardOpen(Choice.everything(card), judged.scan.frame_at_s))
        elif verdict is not None:
            self._open = None
            self._answer(verdict, judged.scan.frame_at_s)

    # ------------------------------------------------------------ the card

    def start_partial(self) -> None:
        """Hand over less than everything: the lines get steppers."""
        if isinstance(self.state, CardOpen) and not self.state.committing:
            self._choose(replace(self.state.choice, partial=True))

    def set_quantity(self, line: int, quantity: int) -> None:
        """Hand over `quantity` of a line (its index on the card)."""
        if isinstance(self.state, CardOpen) and not self.state.committing:
            self._choose(self.state.choice.with_quantity(line, quantity))

    def _choose(self, choice: Choice) -> None:
        if isinstance(self.state, CardOpen):
            self._move(replace(self.state, choice=choice))

    def confirm(self) -> None:
        """The goods are handed over: ask the ledger to make it a fact."""
        state = self.state
        if not isinstance(state, CardOpen) or state.committing or not state.choice.pieces:
            return
        self._move(replace(state, committing=True))
        self._commit(state.choice)

    def retry(self) -> None:
        """Confirm the same card again; the request id is the same, so it cannot count twice."""
        if self._at_fault(Trouble.CONFIRMING, Trouble.UNKNOWN_RESULT) and self._selected:
            self._move(CardOpen(self._selected, None, committing=True))
            self._commit(self._selected)

    def _commit(self, choice: Choice) -> None:
        if self._open is None:
            return
        self._selected = choice
        staff = self.staff.staff if self.staff else None
        asked_at_s = self._now_s()
        future = self._desk.confirm(self._open.prepared, choice.selected, staff)
        self._deliver(future, partial(self._confirmed, asked_at_s, choice.card))

    def _confirmed(self, asked_at_s: float, card: OrderCard, done: Future[Handover]) -> None:
        try:
            handover = done.result()
        except Exception as fault:  # noqa: BLE001 - known and unknown faults both end on a page
            _report(fault, "confirming")
            known = isinstance(fault, LedgerError)
            trouble = Trouble.CONFIRMING if known else Trouble.UNKNOWN_RESULT
            self._move(Fault(trouble, str(fault) or type(fault).__name__))
            return
        if not handover.verdict.handed_over:
            self._give_back(self._open)
        self._open = self._selected = None
        self._answer(handover.verdict, asked_at_s, card, handover)
        self._committed()

    # ------------------------------------------------------------ answers

    def _answer(
        self,
        verdict: Verdict,
        asked_at_s: float | None,
        card: OrderCard | None = None,
        handover: Handover | None = None,
    ) -> None:
        now_s = self._now_s()
        look = look_of(verdict)
        until_s = now_s + self._timing.stays_s(look)
        waiting = self._waiting is not None
        self._move(VerdictShown(verdict, asked_at_s, now_s, until_s, card, handover, waiting))
        self._signals.play(look.tone.sound)

    def back(self) -> None:
        """Esc, a touch on the answer, cancel: one step back towards the next customer."""
        match self.state:
            case CardOpen(committing=True):
                return
            case CardOpen(choice=Choice(partial=True, card=card)):
                self._choose(Choice.everything(card))
            case CardOpen() | Fault(trouble=Trouble.CONFIRMING):
                self._give_back(self._open)
                self._go_on()
            case VerdictShown() | TypingCode() | Fault():
                self._go_on()
            case _:
                return

    def primary(self) -> None:
        """A person presses Enter or the largest button of the state.

        A card that has only just replaced something else is not confirmed by it.
        """
        match self.state:
            case CardOpen():
                if self._now_s() - self._card_at_s >= CARD_SETTLES_S:
                    self.confirm()
            case VerdictShown():
                self.back()
            case Fault():
                self.retry()
            case _:
                return

    def type_code(self) -> None:
        """Open the page where a code is typed or pasted."""
        if isinstance(self.state, Ready | VerdictShown) or self._at_fault(Trouble.JUDGING):
            self._move(TypingCode())

    def _go_on(self, notice: Notice | None = None) -> None:
        """The next customer: the one who waits, or whoever comes."""
        self._open = self._selected = None
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            self._move(Ready(notice))
            return
        card = waiting.prepared.card
        if card is not None and self._now_s() > card.valid_until_s:
            self._give_back(waiting)
            self._move(Ready(Notice.CARD_EXPIRED))
            return
        # Measured from the frame, a customer who waited would look like a slow screen.
        self._present(replace(waiting, scan=replace(waiting.scan, frame_at_s=None)))

    # ------------------------------------------------------------ time

    def tick(self) -> None:
        """Let time pass; called a few times a second."""
        now_s = self._now_s()
        match self.state:
            case CardOpen(committing=False) as state:
                if now_s > state.card.valid_until_s:
                    self._give_back(self._open)
                    self._go_on(Notice.CARD_EXPIRED)
                elif state.notice is Notice.NOT_A_CODE and now_s > self._notice_until_s:
                    self._move(replace(state, notice=self._standing_notice()))
            case VerdictShown(until_s=until_s) if now_s >= until_s:
                self._go_on()
            case Fault(trouble=Trouble.JUDGING) if now_s >= self._probe_at_s:
                self._probe_at_s = now_s + PROBE_EVERY_S
                self._deliver(self._desk.recent(1), self._probed)

    def _probed(self, done: Future[tuple[RecentRedemption, ...]]) -> None:
        if done.exception() is None and self._at_fault(Trouble.JUDGING):
            self._move(Ready())

    # ------------------------------------------------------------ small parts

    def _move(self, state: CounterState) -> None:
        if state != self.state:
            self.state = state
            self._show(state)

    def _notice(self, notice: Notice) -> None:
        self._notice_until_s = self._now_s() + NOTICE_S
        if isinstance(self.state, CardOpen):
            self._move(replace(self.state, notice=notice))

    def _standing_notice(self) -> Notice | None:
        return Notice.NEXT_WAITING if self._waiting is not None else None

    def _give_back(self, judged: _Judged | None) -> None:
        if judged is None:
            return
        for prepared in (judged.prepared, *judged.again):
            if prepared.card is not None:
                self._desk.dismiss(prepared)

    def _at_fault(self, *troubles: Trouble) -> bool:
        return isinstance(self.state, Fault) and self.state.trouble in troubles

    def _now_s(self) -> float:
        return self._clock.monotonic_s()


def _report(fault: Exception, doing: str) -> None:
    if isinstance(fault, LedgerError):
        _log.warning("ledger trouble", doing=doing, error=str(fault))
    else:
        _log.error("fault in the program", doing=doing, exc_info=fault)
