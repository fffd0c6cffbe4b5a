"""NAME=VALUE for every field of the policy, and what is refused."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from kiosk.commands.policy_fields import (
    FIELDS,
    PolicyField,
    PolicyValueError,
    as_json,
    changed,
    lines_for_people,
    shown,
)
from kiosk.domain.policy import Policy, StockCheck
from kiosk.domain.vouchers import LocationCheck, Tier

VOUCHER, HOLDER = bytes(range(16)), b"pseudony"


def test_every_field_of_the_policy_can_be_shown_and_set() -> None:
    assert {"version", *FIELDS} == {field.name for field in fields(Policy)}


def test_what_is_shown_can_be_set_again() -> None:
    policy = Policy(
        window_s=5,
        claim_wait_s=0.5,
        offline_tiers=frozenset({Tier.V2}),
        offline_v0=True,
        location_check=LocationCheck.REVIEW,
        stock_check=StockCheck.REFUSE,
    )
    usual = [f"{n}={v}" for n, v, _ in shown(policy) if not n.startswith("blocked_")]
    assert changed(Policy(), usual) == policy


def test_lists_are_added_to_and_taken_from() -> None:
    two = changed(
        Policy(), [f"blocked_vouchers=+{VOUCHER.hex()}", f"blocked_holders=+{HOLDER.hex()}"]
    )
    assert (two.blocked_vouchers, two.blocked_holders) == (
        frozenset({VOUCHER}),
        frozenset({HOLDER}),
    )
    other = bytes(16)
    three = changed(two, [f"blocked_vouchers=+{other.hex()},-{VOUCHER.hex()}"])
    assert three.blocked_vouchers == {other}
    assert changed(three, ["blocked_vouchers=none"]).blocked_vouchers == frozenset()
    assert changed(two, [f"blocked_vouchers=-{other.hex()}"]) == two


@pytest.mark.parametrize(
    "assignment, named",
    [
        ("window_s", "NAME=VALUE"),
        ("window=5", "no field"),
        ("version=5", "no field"),
        ("window_s=-5", "whole number"),
        ("window_s=", "whole number"),
        ("window_s=5.5", "whole number"),
        (f"window_s={2**31}", "whole number"),
        ("offline_v1_max_value_class=4", "0 to 3"),
        ("challenge_value_class=5", "0 to 4"),
        ("claim_wait_s=nan", "seconds"),
        ("claim_wait_s=11", "seconds"),
        ("offline_tiers=V0", "V1,V2,V3"),
        ("offline_tiers=V9", "V1,V2,V3"),
        ("offline_v0=maybe", "on or off"),
        ("stock_check=often", "off, warn or refuse"),
        ("location_check=far", "off, warn or review"),
        ("blocked_vouchers=00", "+HEX"),
        ("blocked_vouchers=+00", "+HEX"),
        ("blocked_vouchers=+" + 32 * "z", "+HEX"),
        ("blocked_holders=+" + 32 * "0", "+HEX"),
    ],
)
def test_what_cannot_be_set_says_what_can(assignment: str, named: str) -> None:
    with pytest.raises(PolicyValueError) as caught:
        changed(Policy(), [assignment])
    assert named in str(caught.value)


def test_programs_get_numbers_and_words() -> None:
    policy = replace(Policy(version=4), blocked_holders=frozenset({HOLDER}))
    plain = as_json(policy)
    assert plain["version"] == 4
    assert plain["window_s"] == 60
    assert plain["claim_wait_s"] == 0.25
    assert plain["offline_v0"] is False
    assert plain["offline_tiers"] == ["V1", "V2", "V3"]
    assert plain["blocked_vouchers"] == []
    assert plain["blocked_holders"] == [HOLDER.hex()]
    assert plain["stock_check"] == "warn"
    assert plain["location_check"] == "off"
    assert set(plain) == {"version", *FIELDS}


def test_people_get_a_sentence_a_field() -> None:
    lines = lines_for_people(Policy())
    assert len(lines) == len(FIELDS)
    for line, (name, field) in zip(lines, sorted_fields(), strict=True):
        assert line.startswith(f"{name} = ")
        assert line.endswith(field.sentence)


def sorted_fields() -> list[tuple[str, PolicyField]]:
    return [(field.name, FIELDS[field.name]) for field in fields(Policy) if field.name in FIELDS]
