"""What a status list's answer and a key set's age refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.policy import Policy
from kiosk.domain.revocation import (
    NOT_LISTED,
    StatusAnswer,
    key_set_too_old,
    withdrawn_by_status,
)
from kiosk.domain.verdicts import Verdict, VerdictKind
from tests.fakes import NOW_S, Issuer, instant

CODE = replace(Issuer().code(), status=(0, 7))
DAY_S = 86_400
POLICY = Policy(max_status_age_s=DAY_S, max_key_set_age_s=DAY_S)
ANY_AGE = Policy(max_status_age_s=0, max_key_set_age_s=0)


def found(verdict: Verdict | None) -> tuple[VerdictKind, str] | None:
    return None if verdict is None else (verdict.kind, verdict.reason)


REVOKED = (VerdictKind.REVOKED, "status_list")
TOO_OLD = (VerdictKind.OVER_OFFLINE_LIMIT, "status_too_old")
UNKNOWN = (VerdictKind.OVER_OFFLINE_LIMIT, "status_unknown")


@pytest.mark.parametrize(
    "answer, policy, expected",
    [
        (StatusAnswer(revoked=False, issued_at_s=NOW_S - DAY_S), POLICY, None),
        (StatusAnswer(revoked=False, issued_at_s=NOW_S - DAY_S - 1), POLICY, TOO_OLD),
        (StatusAnswer(revoked=False, issued_at_s=0), ANY_AGE, None),
        (StatusAnswer(revoked=True, issued_at_s=NOW_S), POLICY, REVOKED),
        (StatusAnswer(revoked=True, issued_at_s=0), POLICY, REVOKED),
        (StatusAnswer(revoked=True, issued_at_s=0), ANY_AGE, REVOKED),
        (StatusAnswer(revoked=None, issued_at_s=NOW_S), POLICY, UNKNOWN),
        (NOT_LISTED, POLICY, UNKNOWN),
        (NOT_LISTED, ANY_AGE, None),
    ],
)
def test_a_status_answer(
    answer: StatusAnswer, policy: Policy, expected: tuple[VerdictKind, str] | None
) -> None:
    verdict = withdrawn_by_status(CODE, answer, policy, instant())
    assert found(verdict) == expected
    if verdict is not None:
        assert verdict.voucher == CODE.voucher


def test_a_code_that_names_no_list_needs_none() -> None:
    assert withdrawn_by_status(replace(CODE, status=None), NOT_LISTED, POLICY, instant()) is None


@pytest.mark.parametrize(
    "age_s, policy, refused",
    [(DAY_S, POLICY, False), (DAY_S + 1, POLICY, True), (900 * DAY_S, ANY_AGE, False)],
)
def test_a_key_set_s_age(age_s: int, policy: Policy, *, refused: bool) -> None:
    verdict = key_set_too_old(CODE, NOW_S - age_s, policy, instant())
    expected = (VerdictKind.OVER_OFFLINE_LIMIT, "key_set_too_old") if refused else None
    assert found(verdict) == expected
