"""What came to the counter to be judged, and what was made of it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from kiosk.counter.prepare import Prepared
from kiosk.domain.approval import Approval
from kiosk.domain.verdicts import Verdict
from kiosk.ui.ports import CounterDesk


@dataclass(frozen=True, slots=True)
class CodeText:
    """The text of a pickup code, scanned or typed."""

    text: str


@dataclass(frozen=True, slots=True)
class TypedSerial:
    """A serial number and its password."""

    serial: str
    password: str = field(repr=False)


Shown: TypeAlias = CodeText | TypedSerial


@dataclass(frozen=True, slots=True)
class Scan:
    """One thing to judge."""

    shown: Shown
    frame_at_s: float | None = None
    """Monotonic seconds of the frame that held the code; None when it was typed."""
    approval: Approval | None = None
    """Of a supervisor, for this judgement alone."""
    staff: str | None = None
    """Who was signed in when it came."""

    def judge(self, desk: CounterDesk) -> Future[Prepared]:
        """Ask the desk; returns at once."""
        match self.shown:
            case CodeText(text):
                return desk.prepare(text, self.approval)
            case TypedSerial(serial, password):
                return desk.prepare_serial(serial, password, self.approval, self.staff)


@dataclass(frozen=True, slots=True)
class Judged:
    """A prepared code with the scan that it came from."""

    prepared: Prepared
    scan: Scan
    again: tuple[Prepared, ...] = ()
    """The voucher's later showings while its card was open: their claims end with the card's."""

    @property
    def voucher(self) -> bytes | None:
        """The voucher it speaks of, as far as that could be read."""
        card, verdict = self.prepared.card, self.prepared.verdict
        if card is not None:
            return card.code.voucher
        return verdict.voucher if verdict is not None else None

    def says(self, verdict: Verdict) -> bool:
        """Whether it is the same refusal of the same voucher."""
        own = self.prepared.verdict
        return own is not None and own.voucher is not None and own == verdict


def with_newest(scans: tuple[Scan, ...], scan: Scan) -> tuple[Scan, ...]:
    """What is judged next once another one came: of those without an approval, the newest counts.

    Judging takes milliseconds; a supervisor's decision is never lost to a code that came later.
    """
    kept = tuple(each for each in scans if each.approval is not None)
    return (*kept, scan)


def serial_of(scan: Scan | None) -> str:
    """The serial that was typed; empty when it was a code, or nothing."""
    shown = scan.shown if scan is not None else None
    return shown.serial if isinstance(shown, TypedSerial) else ""
