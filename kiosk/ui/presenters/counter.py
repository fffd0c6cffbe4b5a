"""The clerk counter: scan → order card → confirm → verdict, as a state machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from kiosk.counter.prepare import Prepared
from kiosk.domain.approval import Approval
from kiosk.domain.orders import Handover, OrderCard
from kiosk.domain.ports import Clock, RecentRedemption
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.staff import StaffMember
from kiosk.domain.verdicts import Verdict
from kiosk.ledger.errors import LedgerError
from kiosk.ui.ports import CounterDesk, Deliver, Signals
from kiosk.ui.presenters.answers import answer_to, shown_anew
from kiosk.ui.presenters.choice import Choice
from kiosk.ui.presenters.faults import report
from kiosk.ui.presenters.judging import JudgingQueue
from kiosk.ui.presenters.offers import Offer, wants_challenge
from kiosk.ui.presenters.scans import CodeText, Judged, Scan, TypedSerial, serial_of
from kiosk.ui.presenters.states import (
    CardOpen,
    ChallengeShown,
    CounterState,
    Fault,
    Judging,
    Notice,
    Ready,
    SignedOut,
    SupervisorAsked,
    Task,
    Trouble,
    TypingCode,
    VerdictShown,
)
from kiosk.ui.presenters.supervisor import SupervisorPresenter
from kiosk.ui.presenters.timing import Timing
from kiosk.ui.verdict_looks import look_of

PROBE_EVERY_S = 3.0
NOTICE_S = 4.0
SUPERVISOR_COMES_S = 180.0
CARD_SETTLES_S = 0.4
"""So long a card is on screen before a press confirms it: whoever presses sooner meant what was
shown before."""


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
        self._open: Judged | None = None
        self._selected: Choice | None = None
        self._waiting: Judged | None = None
        self._queue = JudgingQueue(desk, deliver, began=self._began, judged=self._judged)
        self._asked: Scan | None = None
        """What is judged again when a supervisor approves: the newest showing of the voucher."""
        self._behind: VerdictShown | ChallengeShown | None = None
        self._card_at_s = 0.0
        self._notice_until_s = 0.0
        self._probe_at_s = 0.0
        self.staff: StaffMember | None = None
        self.state: CounterState = SignedOut()
        self.supervisor = SupervisorPresenter(
            desk=desk, clock=clock, deliver=deliver, decided=self._supervisor_decided
        )

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
        self._open = self._waiting = self._selected = self._asked = None
        self._queue.forget()
        self.staff = None
        self._move(SignedOut())

    # ------------------------------------------------------------ scans

    def scanned(self, text: str, frame_at_s: float | None) -> None:
        """A code came into view, or its text was typed (`frame_at_s` None)."""
        self._take(Scan(CodeText(text), frame_at_s))

    def typed_serial(self, serial: str, password: str) -> None:
        """A serial number and its password were typed, digits only."""
        staff = self.staff.staff if self.staff else None
        self._take(Scan(TypedSerial(serial, password), staff=staff))

    def _take(self, scan: Scan) -> None:
        if self.staff is None:
            self._move(SignedOut(Notice.SIGN_IN_FIRST))
        else:
            self._queue.take(scan)

    def _began(self, scan: Scan) -> None:
        # What is on screen stays until the answer is there: no flicker between two customers.
        typed = isinstance(self.state, TypingCode) and scan.frame_at_s is None
        if typed or isinstance(self.state, Ready) or self._at_fault(Trouble.JUDGING):
            self._move(Judging(scan.frame_at_s))

    def _judged(self, scan: Scan, done: Future[Prepared]) -> None:
        try:
            judged = Judged(done.result(), scan)
        except Exception as fault:  # noqa: BLE001 - known and unknown faults both end on a page
            self._judging_failed(scan, fault)
        else:
            self._place(judged)

    def _judging_failed(self, scan: Scan, fault: Exception) -> None:
        report(fault, "judging a code")
        # A card or an answer on screen is worth more than the next code: that one can come again.
        decided = isinstance(self.state, SupervisorAsked) and scan.approval is not None
        if isinstance(self.state, Judging) or decided:
            self._probe_at_s = self._now_s() + PROBE_EVERY_S
            self._move(Fault(Trouble.JUDGING, str(fault) or type(fault).__name__))

    def _place(self, judged: Judged) -> None:
        match self.state:
            case SignedOut():
                self._give_back(judged)
            case SupervisorAsked(working=True) if judged.scan.approval is not None:
                self._present(judged)
            case _ if judged.scan.approval is not None:
                self._give_back(judged)  # whoever asked for it has left the counter meanwhile
            case SupervisorAsked() | ChallengeShown():
                self._place_beside(judged)
            case TypingCode() if judged.voucher is None and judged.scan.frame_at_s is not None:
                return  # Something in view that is no pickup code does not disturb who is typing.
            case CardOpen() | Fault(trouble=Trouble.CONFIRMING | Trouble.UNKNOWN_RESULT):
                self._offer(judged)
            case VerdictShown(handover=Handover(verdict=verdict)) if (
                verdict.handed_over and verdict.voucher == judged.voucher
            ):
                # The phone of the customer just served is still in view and changed its code.
                self._give_back(judged)
            case VerdictShown() if judged.voucher is None and self._waiting is not None:
                return  # Something that is no pickup code does not push a customer away.
            case VerdictShown(offer=Offer.APPROVAL) as answer if judged.says(answer.verdict):
                self._asked = judged.scan  # a changing code was renewed; nothing else is new
            case VerdictShown() as answer if self._now_s() < self._stays_until_s(answer):
                self._follow(answer, judged)
            case _:
                self._give_back(self._waiting)
                self._waiting = None
                self._present(judged)

    def _place_beside(self, judged: Judged) -> None:
        """A code came while digits or a supervisor are waited for."""
        card, verdict = judged.prepared.card, judged.prepared.verdict
        state = self.state
        same = isinstance(state, ChallengeShown | SupervisorAsked) and (
            judged.voucher is not None and judged.voucher == state.verdict.voucher
        )
        if not same:
            self._offer(judged)
        elif isinstance(state, SupervisorAsked):
            # A changing code goes stale while the supervisor comes: the newest one is judged then.
            self._asked = judged.scan
            self._give_back(judged)
        elif isinstance(state, ChallengeShown) and verdict is not None and wants_challenge(verdict):
            self._asked = judged.scan
            self._move(replace(state, verdict=verdict))
        elif card is not None or verdict is not None:
            self._present(judged)

    def _offer(self, judged: Judged) -> None:
        """Another code while a card is open: kept for later, never lost silently."""
        if self._open is not None and judged.voucher == self._open.voucher:
            # The same customer. Its claim is the open card's claim: both are given back together.
            self._asked = judged.scan
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
        return answer.shown_at_s + self._timing.least_s(look_of(answer.verdict), answer.offer)

    def _follow(self, answer: VerdictShown, judged: Judged) -> None:
        """Several codes in view: the next one comes up as soon as the answer was to be seen."""
        self._give_back(self._waiting)
        self._waiting = judged
        another = judged.voucher not in {None, answer.verdict.voucher}
        until_s = min(answer.until_s, self._stays_until_s(answer))
        # It is on its way to the screen: a second drawing is not measured from the frame again.
        self._move(replace(answer, asked_at_s=None, until_s=until_s, next_waiting=another))

    def _present(self, judged: Judged) -> None:
        card, verdict, scan = judged.prepared.card, judged.prepared.verdict, judged.scan
        self._asked = scan
        if card is not None:
            self._open, self._card_at_s = judged, self._now_s()
            notice = self._standing_notice()
            self._move(CardOpen(Choice.everything(card), scan.frame_at_s, notice))
        elif verdict is not None and wants_challenge(verdict) and scan.approval is None:
            self._open = None
            self._move(ChallengeShown(self._desk.challenge(), verdict, scan.frame_at_s))
            self._signals.play(look_of(verdict).tone.sound)
        elif verdict is not None:
            self._open = None
            self._answer(verdict, scan.frame_at_s)

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
            report(fault, "confirming")
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
        answer = answer_to(
            self._asked,
            verdict,
            asked_at_s=asked_at_s,
            now_s=self._now_s(),
            timing=self._timing,
        )
        waiting = self._waiting is not None
        self._move(replace(answer, card=card, handover=handover, next_waiting=waiting))
        self._signals.play(look_of(verdict).tone.sound)

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
            case SupervisorAsked(working=True):
                return
            case SupervisorAsked():
                self._supervisor_gone()
            case VerdictShown() | ChallengeShown() | TypingCode() | Fault():
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
            case SupervisorAsked():
                self.supervisor.submit()
            case Fault():
                self.retry()
            case _:
                return

    def type_code(self) -> None:
        """Open the page where a code is typed or pasted; a serial that was wrong is there still."""
        again = isinstance(self.state, VerdictShown) and self.state.offer is Offer.RETYPE
        if isinstance(self.state, Ready | VerdictShown) or self._at_fault(Trouble.JUDGING):
            self._move(TypingCode(serial_of(self._asked) if again else ""))

    # ------------------------------------------------------------ a supervisor decides

    def call_supervisor(self) -> None:
        """Open the page on which a supervisor decides about what is refused."""
        match self.state:
            case VerdictShown(offer=Offer.APPROVAL) | ChallengeShown():
                task = Task.APPROVE
            case VerdictShown(offer=Offer.REVIEW):
                task = Task.REVIEW
            case _:
                return
        self._behind = self.state
        until_s = self._now_s() + SUPERVISOR_COMES_S
        notice = self._standing_notice()
        self._move(SupervisorAsked(task, self.state.verdict, until_s, notice))
        self.supervisor.open(note_wanted=task is Task.REVIEW)

    def _supervisor_decided(self, member: StaffMember, note: str) -> None:
        state, asked = self.state, self._asked
        if not isinstance(state, SupervisorAsked) or state.working or asked is None:
            return
        self._move(replace(state, working=True, failed=False, refusal=None))
        if state.task is Task.APPROVE:
            approval = Approval(member.staff, (state.verdict.reason,))
            self._take(replace(asked, approval=approval))
        elif state.verdict.voucher is not None:
            future = self._desk.review_serial(state.verdict.voucher, member.staff, note)
            self._deliver(future, self._reviewed)

    def _reviewed(self, done: Future[ReviewRefusal | None]) -> None:
        state = self.state
        if not isinstance(state, SupervisorAsked) or not state.working:
            return
        try:
            refusal = done.result()
        except Exception as fault:  # noqa: BLE001 - known and unknown faults both end on a page
            report(fault, "recording a review")
            self._move(replace(state, working=False, failed=True))
            self.supervisor.ask_again()
            return
        if refusal is None:
            self._move(TypingCode(serial_of(self._asked), unlocked=True))
        else:
            self._move(replace(state, working=False, refusal=refusal))
            self.supervisor.ask_again()

    def _supervisor_gone(self) -> None:
        """Back to what the supervisor was called for, as if it had only just come up."""
        now_s = self._now_s()
        match self._behind:
            case VerdictShown() as answer:
                renewed = shown_anew(answer, now_s, self._timing)
                self._move(replace(renewed, next_waiting=self._waiting is not None))
            case ChallengeShown() as shown if now_s <= shown.challenge.valid_until_s:
                self._move(replace(shown, asked_at_s=None, notice=self._standing_notice()))
            case _:
                self._go_on()

    def _go_on(self, notice: Notice | None = None) -> None:
        """The next customer: the one who waits, or whoever comes."""
        self._open = self._selected = self._asked = None
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
            case VerdictShown(until_s=until_s) if now_s >= until_s:
                self._go_on()
            case SupervisorAsked(working=False, until_s=until_s) if now_s >= until_s:
                self._go_on()
            case ChallengeShown(challenge=challenge) if now_s > challenge.valid_until_s:
                self._go_on(Notice.CHALLENGE_EXPIRED)
            case Fault(trouble=Trouble.JUDGING) if now_s >= self._probe_at_s:
                self._probe_at_s = now_s + PROBE_EVERY_S
                self._deliver(self._desk.recent(1), self._probed)
        noticed = self.state
        if isinstance(noticed, CardOpen | ChallengeShown | SupervisorAsked) and (
            noticed.notice is Notice.NOT_A_CODE and now_s > self._notice_until_s
        ):
            self._move(replace(noticed, notice=self._standing_notice()))

    def _probed(self, done: Future[tuple[RecentRedemption, ...]]) -> None:
        if done.exception() is None and self._at_fault(Trouble.JUDGING):
            self._move(Ready())

    # ------------------------------------------------------------ small parts

    def _move(self, state: CounterState) -> None:
        if state != self.state:
            if isinstance(self.state, SupervisorAsked) and not isinstance(state, SupervisorAsked):
                self._behind = None
                self.supervisor.close()
            self.state = state
            self._show(state)

    def _notice(self, notice: Notice) -> None:
        self._notice_until_s = self._now_s() + NOTICE_S
        if isinstance(self.state, CardOpen | ChallengeShown | SupervisorAsked):
            self._move(replace(self.state, notice=notice))

    def _standing_notice(self) -> Notice | None:
        return Notice.NEXT_WAITING if self._waiting is not None else None

    def _give_back(self, judged: Judged | None) -> None:
        if judged is None:
            return
        for prepared in (judged.prepared, *judged.again):
            if prepared.card is not None:
                self._desk.dismiss(prepared)

    def _at_fault(self, *troubles: Trouble) -> bool:
        return isinstance(self.state, Fault) and self.state.trouble in troubles

    def _now_s(self) -> float:
        return self._clock.monotonic_s()
