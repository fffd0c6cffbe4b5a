"""What a supervisor may let pass, and what nobody in the shop may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.domain.approval import (
    Approval,
    approvable,
    decide,
    passes_at_confirm,
    passes_at_prepare,
)
from kiosk.domain.verdicts import Verdict, VerdictKind

LIMIT = Verdict(VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")
FAR = Verdict(VerdictKind.NEEDS_REVIEW, "place_far")
REVOKED = Verdict(VerdictKind.REVOKED, "revoked")


@pytest.mark.parametrize("kind", VerdictKind)
def test_only_what_asks_for_a_person_can_be_approved(kind: VerdictKind) -> None:
    asks = {VerdictKind.OVER_OFFLINE_LIMIT, VerdictKind.CLOCK_UNTRUSTED}
    assert approvable(Verdict(kind, "whatever")) == (kind in asks)


@pytest.mark.parametrize("reason", ["held", "claimed_elsewhere", "more_than_left", "bundle_split"])
def test_what_head_office_or_another_counter_holds_is_not_the_shops(reason: str) -> None:
    assert not approvable(Verdict(VerdictKind.NEEDS_REVIEW, reason))


@pytest.mark.parametrize("passes", [passes_at_prepare(None), passes_at_confirm(None)])
def test_without_an_approval_the_first_objection_stands(
    passes: Callable[[Verdict], bool],
) -> None:
    assert decide([], passes) == (None, ())
    assert decide([LIMIT, FAR], passes) == (LIMIT, ())


def test_an_approval_lets_pass_what_it_may_and_remembers_it() -> None:
    passes = passes_at_prepare(Approval("9001", ("offline_too_long",)))
    assert decide([LIMIT, FAR], passes) == (None, ("offline_too_long", "place_far"))
    assert decide([LIMIT, REVOKED], passes) == (REVOKED, ())


def test_what_nobody_was_shown_is_not_approved_at_confirm() -> None:
    passes = passes_at_confirm(Approval("9001", ("place_far",)))
    assert decide([FAR], passes) == (None, ("place_far",))
    assert decide([FAR, LIMIT], passes) == (LIMIT, ())
    assert decide([REVOKED], passes_at_confirm(Approval("9001", ("revoked",)))) == (REVOKED, ())
