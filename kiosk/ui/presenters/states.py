"""What the counter shows: one value at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kiosk.domain.challenge import Challenge
from kiosk.domain.orders import Handover, OrderCard
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.verdicts import Verdict
from kiosk.ui.presenters.choice import Choice
from kiosk.ui.presenters.offers import Offer


class Notice(StrEnum):
    """A short remark beside what is shown; it takes nothing away."""

    NEXT_WAITING = "next_waiting"
    """Another voucher was scanned; it comes up when this customer is done."""
    NOT_A_CODE = "not_a_code"
    """Something that is no pickup code came into view; it was left out."""
    CARD_EXPIRED = "card_expired"
    """The card was open too long; the customer's code must be scanned again."""
    CHALLENGE_EXPIRED = "challenge_expired"
    """The digits were shown too long; the customer's code must be scanned again."""
    SIGN_IN_FIRST = "sign_in_first"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody is signed in: no scan is judged."""

    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Waiting for a customer's code."""

    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """A text is being judged; takes some milliseconds."""

    scanned_at_s: float | None


@dataclass(frozen=True, slots=True)
class TypingCode:
    """The clerk types or pastes a code, or a serial number and its password."""

    serial: str = ""
    """The digits that were typed before, when they are to be tried again."""
    unlocked: bool = False
    """A supervisor has just cleared the wrong passwords of this serial."""


@dataclass(frozen=True, slots=True)
class CardOpen:
    """An order card waits for its confirmation."""

    choice: Choice
    scanned_at_s: float | None
    """Monotonic seconds of the frame that held the code; None when it was typed."""
    notice: Notice | None = None
    committing: bool = False
    """Confirmed; the ledger is writing. Nothing may look done yet."""

    @property
    def card(self) -> OrderCard:
        """The card itself."""
        return self.choice.card


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """The answer, large."""

    verdict: Verdict
    asked_at_s: float | None
    """Monotonic seconds of the frame or of the confirmation that led here."""
    shown_at_s: float
    until_s: float
    """Monotonic seconds when the screen goes on by itself."""
    card: OrderCard | None = None
    handover: Handover | None = None
    """Set when the answer followed a confirmation."""
    next_waiting: bool = False
    offer: Offer | None = None
    """What else can be done about it."""
    approval_denied: bool = False
    """A supervisor approved, and it was refused all the same."""


@dataclass(frozen=True, slots=True)
class ChallengeShown:
    """Digits for the customer's phone; the voucher's next showing that signed them opens a card."""

    challenge: Challenge
    verdict: Verdict
    """Why the digits are wanted: ``challenge_required``, or ``challenge_wrong`` for other ones."""
    asked_at_s: float | None
    notice: Notice | None = None


class Task(StrEnum):
    """What a supervisor is asked for."""

    APPROVE = "approve"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class SupervisorAsked:
    """A supervisor is to decide; the PIN is the supervisor presenter's business."""

    task: Task
    verdict: Verdict
    """The refusal that it is about."""
    until_s: float
    """Monotonic seconds when the page closes by itself."""
    notice: Notice | None = None
    working: bool = False
    """Decided; the ledger is reading or writing."""
    failed: bool = False
    """The ledger could not take the review."""
    refusal: ReviewRefusal | None = None
    """Why the review does not count."""


class Trouble(StrEnum):
    """What could not be done."""

    JUDGING = "judging"
    CONFIRMING = "confirming"
    """The ledger could not write: nothing was handed over."""
    UNKNOWN_RESULT = "unknown_result"
    """A fault in the program while confirming; asking again is safe, it never counts twice."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The environment or the program failed; a calm page that says what to do."""

    trouble: Trouble
    detail: str
    """For whoever repairs it, as the error says it."""


CounterState: TypeAlias = (
    SignedOut
    | Ready
    | Judging
    | TypingCode
    | CardOpen
    | VerdictShown
    | ChallengeShown
    | SupervisorAsked
    | Fault
)
