"""Makes the answer that is shown: how long it stays, and what is offered with it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.approval import approvable
from kiosk.domain.verdicts import Verdict
from kiosk.ui.presenters.offers import offer_for
from kiosk.ui.presenters.scans import Scan
from kiosk.ui.presenters.states import VerdictShown
from kiosk.ui.presenters.timing import Timing
from kiosk.ui.verdict_looks import look_of


def answer_to(
    scan: Scan | None, verdict: Verdict, *, asked_at_s: float | None, now_s: float, timing: Timing
) -> VerdictShown:
    """The answer to a scan (None: nothing that could be judged again); monotonic seconds."""
    offer = offer_for(verdict, scan)
    return VerdictShown(
        verdict=verdict,
        asked_at_s=asked_at_s,
        shown_at_s=now_s,
        until_s=now_s + timing.stays_s(look_of(verdict), offer),
        offer=offer,
        approval_denied=approvable(verdict) and scan is not None and scan.approval is not None,
    )


def shown_anew(answer: VerdictShown, now_s: float, timing: Timing) -> VerdictShown:
    """The same answer with its whole time; it is not measured from its frame again."""
    until_s = now_s + timing.stays_s(look_of(answer.verdict), answer.offer)
    return replace(answer, asked_at_s=None, shown_at_s=now_s, until_s=until_s)
