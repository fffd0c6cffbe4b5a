"""Measures from the frame, or from the confirmation, to the moment its answer was painted."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.ui.presenters.states import CardOpen, CounterState, VerdictShown

Painted = Callable[[str, float, float], None]
"""`(kind, asked_at_s, painted_at_s)` in monotonic seconds; kind: window, card or verdict."""


class PaintWatch:
    """Remembers what is to be painted and reports it once. Qt thread."""

    def __init__(
        self,
        report: Painted | None,
        now_s: Callable[[], float],
        opened_at_s: float | None,
    ) -> None:
        """`opened_at_s`: monotonic start of the program; the first paint is measured from it."""
        self._report, self._now_s = report, now_s
        self._drawn: CounterState | None = None
        self._awaited = ("window", opened_at_s) if opened_at_s is not None else None

    def drawn(self, state: CounterState) -> None:
        """A state was given to the widgets."""
        before, self._drawn = self._drawn, state
        if isinstance(state, VerdictShown) and state.asked_at_s is not None:
            self._awaited = ("verdict", state.asked_at_s)
        elif isinstance(state, CardOpen) and state.scanned_at_s is not None:
            same = isinstance(before, CardOpen) and before.card is state.card
            if not same and not state.committing:
                self._awaited = ("card", state.scanned_at_s)

    def finished(self, *, card: bool, verdict: bool) -> None:
        """The window painted all that waited; `card` and `verdict` say whether these did."""
        if self._awaited is None:
            return
        kind, asked_at_s = self._awaited
        if {"card": card, "verdict": verdict}.get(kind, True):
            self._awaited = None
            if self._report is not None:
                self._report(kind, asked_at_s, self._now_s())
