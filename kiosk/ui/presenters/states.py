"""What the counter shows: one value at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kiosk.domain.orders import Handover, OrderCard
from kiosk.domain.verdicts import Verdict
from kiosk.ui.presenters.choice import Choice


class Notice(StrEnum):
    """A short remark beside what is shown; it takes nothing away."""

    NEXT_WAITING = "next_waiting"
    """Another voucher was scanned; it comes up when this customer is done."""
    NOT_A_CODE = "not_a_code"
    """Something that is no pickup code came into view; it was left out."""
    CARD_EXPIRED = "card_expired"
    """The card was open too long; the customer's code must be scanned again."""
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
    """The clerk types or pastes a code."""


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


CounterState: TypeAlias = SignedOut | Ready | Judging | TypingCode | CardOpen | VerdictShown | Fault
