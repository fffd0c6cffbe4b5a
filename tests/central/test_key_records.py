"""When a key is published, signs, hands over, leaves."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kiosk.central.key_records import (
    REVOKED_KEPT_S,
    KeyRecord,
    KeyRecords,
    next_change_s,
    signer_of,
    with_revoked,
    with_successor,
)

NOW_S = 1_800_000_000
CODES, RECEIPTS = ("codes", "ed25519"), ("receipts", "")
V1_LIFE_S = 48 * 3600


def record(
    key_id: str, signs_from_s: int = 0, purpose: str = "codes", algorithm: str = "ed25519"
) -> KeyRecord:
    return KeyRecord(
        key_id,
        purpose,  # type: ignore[arg-type]  # one of the purposes
        algorithm,
        key_id=key_id,
        public=b"",
        signs_from_s=signs_from_s,
    )


FIRST = KeyRecords((record("a"), record("e", algorithm="esp256"), record("r", purpose="receipts")))


def signer(records: KeyRecords, at_s: int, group: tuple[str, str] = CODES) -> str | None:
    found = signer_of(records.keys, group, at_s)
    return found.key_id if found else None


def find(records: KeyRecords, key_id: str) -> KeyRecord:
    found = records.find(key_id)
    assert found is not None
    return found


def test_a_successor_is_published_first_and_the_one_before_outlives_what_it_signed() -> None:
    after = with_successor(FIRST, record("b", NOW_S + 600))
    assert [signer(after, NOW_S + at_s) for at_s in (0, 599, 600, 10**9)] == ["a", "a", "b", "b"]
    old, new = find(after, "a"), find(after, "b")
    assert new.published(NOW_S)
    assert new.state(NOW_S) == "waits"
    # A V1 code that it signed in its last second lives for 48 hours.
    assert old.published(NOW_S + 600 - 1 + V1_LIFE_S)
    assert [old.state(NOW_S + at_s) for at_s in (0, 600, 600 + V1_LIFE_S, 10**7)] == [
        *("signs", "retires", "retires", "left")
    ]
    assert signer(after, NOW_S, ("codes", "esp256")) == "e"
    assert with_successor(after, record("b", NOW_S + 600)) == after


def test_rotating_again_before_the_first_signs() -> None:
    once = with_successor(FIRST, record("b", NOW_S + 600))
    twice = with_successor(once, record("c", NOW_S + 60))
    assert [signer(twice, NOW_S + at_s) for at_s in (0, 60, 600, 10**6)] == ["a", "c", "c", "c"]
    later = with_successor(once, record("c", NOW_S + 900))
    assert [signer(later, NOW_S + at_s) for at_s in (0, 600, 900)] == ["a", "b", "c"]


def test_documents_and_receipts_have_one_line_whatever_the_algorithm() -> None:
    after = with_successor(FIRST, record("s", NOW_S, "receipts", algorithm="ps256"))
    assert signer(after, NOW_S, RECEIPTS) == "s"
    assert find(after, "r").state(NOW_S) == "retires"
    assert find(after, "a").state(NOW_S) == "signs"


def test_revoking_the_signer_falls_back_to_the_key_before() -> None:
    after = with_revoked(with_successor(FIRST, record("b", NOW_S)), "b", NOW_S + 10)
    assert signer(after, NOW_S + 10) == "a"
    assert find(after, "a").leaves_s is None
    revoked = find(after, "b")
    assert revoked.state(NOW_S + 10) == "revoked"
    assert revoked.published(NOW_S + REVOKED_KEPT_S)
    assert not revoked.published(NOW_S + 10 + REVOKED_KEPT_S)


def test_revoking_a_key_that_waits_leaves_the_signer_in_place() -> None:
    after = with_revoked(with_successor(FIRST, record("b", NOW_S + 600)), "b", NOW_S)
    assert [signer(after, NOW_S + at_s) for at_s in (0, 600, 10**6)] == ["a", "a", "a"]


def test_revoking_the_signer_hurries_the_one_that_waits() -> None:
    after = with_revoked(with_successor(FIRST, record("b", NOW_S + 600)), "a", NOW_S)
    assert [signer(after, NOW_S + at_s) for at_s in (0, 10**6)] == ["b", "b"]


def test_revoking_one_that_has_left_or_the_last_one() -> None:
    long_ago = NOW_S - 10**7
    rotated = with_successor(FIRST, record("b", long_ago))
    assert signer(with_revoked(rotated, "a", NOW_S), NOW_S) == "b"
    # The one before has left every terminal: it cannot come back.
    assert signer(with_revoked(rotated, "b", NOW_S), NOW_S) is None
    assert signer(with_revoked(FIRST, "a", NOW_S), NOW_S) is None


def test_revoking_twice_keeps_the_first_moment() -> None:
    once = with_revoked(FIRST, "a", NOW_S)
    assert with_revoked(once, "a", NOW_S + 9) == once


@pytest.mark.parametrize("at_s", [0, 599])
def test_the_next_change_is_foreseen(at_s: int) -> None:
    records = with_successor(FIRST, record("b", NOW_S + 600))
    assert next_change_s(records.keys, NOW_S + at_s) == NOW_S + 600
    assert next_change_s(records.keys, NOW_S + 600) == NOW_S + 600 + V1_LIFE_S + 3600


def test_roots_follow_each_other_without_an_end() -> None:
    roots = KeyRecords((record("r1", purpose="root"),))
    after = with_successor(roots, replace(record("r2", purpose="root"), published_s=NOW_S))
    assert [key.signs_until_s for key in after.keys] == [None, None]
    assert not any(key.published(NOW_S) for key in after.keys)
