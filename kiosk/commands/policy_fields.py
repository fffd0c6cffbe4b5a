"""The policy's fields for people: how each is written, what it does, what may be set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from kiosk.domain.policy import NEVER_CHALLENGED, Policy, StockCheck
from kiosk.domain.vouchers import CODE_TIERS, VOUCHER_ID_BYTES, LocationCheck, Tier

_MOST = 2**31 - 1
_HOLDER_BYTES = 8


class PolicyValueError(ValueError):
    """A ``NAME=VALUE`` that cannot be used; the message says what can."""


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One field."""

    sentence: str
    read: Callable[[str, object], object]
    """The new value from what was typed and the value before; raises ValueError."""
    show: Callable[[object], str] = str
    expects: str = ""


def _number(sentence: str, most: int = _MOST) -> PolicyField:
    def read(text: str, _before: object) -> int:
        if not text.isdecimal() or int(text) > most:
            raise ValueError
        return int(text)

    return PolicyField(sentence, read, expects=f"a whole number, 0 to {most}")


def _switch(sentence: str) -> PolicyField:
    words = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}

    def show(value: object) -> str:
        return "on" if value else "off"

    return PolicyField(sentence, lambda text, _: words[text.lower()], show, "on or off")


def _identifiers(sentence: str, size: int) -> PolicyField:
    def read(text: str, before: object) -> frozenset[bytes]:
        found = frozenset(before if isinstance(before, frozenset) else ())
        if text == "none":
            return frozenset()
        for part in text.split(","):
            one = bytes.fromhex(part[1:])
            if part[:1] not in {"+", "-"} or len(one) != size:
                raise ValueError
            found = found | {one} if part[0] == "+" else found - {one}
        return found

    def show(value: object) -> str:
        names = sorted(one.hex() for one in value) if isinstance(value, frozenset) else []
        return ",".join(names) or "none"

    expects = f"+HEX to add, -HEX to take away ({2 * size} hex digits, comma between), or none"
    return PolicyField(sentence, read, show, expects)


def _tiers(sentence: str) -> PolicyField:
    def read(text: str, _before: object) -> frozenset[Tier]:
        names = [] if text == "none" else text.upper().split(",")
        found = frozenset(Tier[name] for name in names)
        if not found <= CODE_TIERS:
            raise ValueError
        return found

    def show(value: object) -> str:
        tiers = sorted(value) if isinstance(value, frozenset) else []
        return ",".join(tier.name for tier in tiers) or "none"

    return PolicyField(sentence, read, show, "some of V1,V2,V3, or none")


def _wait(sentence: str) -> PolicyField:
    def read(text: str, _before: object) -> float:
        seconds = round(float(text), 3)
        if not 0 <= seconds <= 10:  # also false for "nan"
            raise ValueError
        return seconds

    return PolicyField(sentence, read, expects="seconds, 0 to 10")


def _stock_check(sentence: str) -> PolicyField:
    return PolicyField(sentence, lambda text, _: StockCheck(text), str, "off, warn or refuse")


def _location_check(sentence: str) -> PolicyField:
    return PolicyField(
        sentence,
        lambda text, _: {one.name.lower(): one for one in LocationCheck}[text],
        lambda value: value.name.lower() if isinstance(value, LocationCheck) else str(value),
        "off, warn or review",
    )


FIELDS: dict[str, PolicyField] = {
    "window_s": _number("seconds that a changing code stays good after it was shown"),
    "future_skew_s": _number("seconds that a code may be ahead of the terminal's clock"),
    "card_valid_s": _number("seconds that an order card may be confirmed after its scan"),
    "claim_wait_s": _wait("longest wait for central's answer to a claim at confirm"),
    "max_offline_s": _number("seconds without central after which nothing is handed over"),
    "offline_tiers": _tiers("tiers of codes that are honoured without central"),
    "offline_v1_max_value_class": _number(
        "highest value class of a V1 code that is honoured without central", 3
    ),
    "offline_v0": _switch("whether a typed serial is honoured without central"),
    "offline_v0_max_value_class": _number(
        "highest value class of a typed serial that is honoured without central", 3
    ),
    "max_key_set_age_s": _number(
        "codes are refused when the key set was signed more seconds ago; 0: however old it is"
    ),
    "max_status_age_s": _number(
        "codes that name a status list are refused when it was signed more seconds ago; 0: however"
        " old it is"
    ),
    "supervisor_override": _switch(
        "whether a supervisor may let pass what offline limits, a doubtful clock or a review stop"
    ),
    "challenge_value_class": _number(
        "from this value class on, a V3 code must sign the terminal's digits; 4: never",
        NEVER_CHALLENGED,
    ),
    "challenge_valid_s": _number("seconds that the terminal's digits stay good"),
    "location_check": _location_check("what is done with a V3 code shown away from the store"),
    "blocked_vouchers": _identifiers("vouchers that are refused", VOUCHER_ID_BYTES),
    "blocked_holders": _identifiers("holders whose codes are refused", _HOLDER_BYTES),
    "holder_max_redemptions": _number("more redemptions of one holder than this need a review"),
    "holder_window_s": _number("seconds within which one holder's redemptions are counted"),
    "undo_within_s": _number("seconds within which a supervisor may undo a redemption"),
    "settle_two_persons_from_class": _number(
        "from this value class on, two supervisors settle a conflict; 4: one always does",
        NEVER_CHALLENGED,
    ),
    "stock_check": _stock_check("what is done when the stock does not cover an order"),
    "pin_max_failures": _number("wrong PINs in a row that lock a member of staff"),
    "pin_lock_s": _number("seconds that such a lock lasts"),
    "staff_idle_s": _number("seconds without work that sign staff out; 0: never (reserved)"),
}
"""All that can be set; a test holds it equal to the policy's own fields."""


def changed(policy: Policy, assignments: list[str]) -> Policy:
    """The policy after some ``NAME=VALUE``; raises PolicyValueError naming the first bad one."""
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            raise PolicyValueError(f"{text!r}: expected NAME=VALUE")
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise PolicyValueError(f"{name!r} is no field of the policy; there are {known}")
        field = FIELDS[name]
        try:
            found = field.read(value.strip(), getattr(policy, name))
        except (ValueError, KeyError, OverflowError):
            raise PolicyValueError(f"{name}={value}: expected {field.expects}") from None
        policy = replace(policy, **{name: found})  # type: ignore[arg-type]  # read() gives its type
    return policy


def shown(policy: Policy) -> list[tuple[str, str, str]]:
    """Name, value and sentence of each field, in the policy's own order."""
    names = [field.name for field in fields(policy) if field.name in FIELDS]
    return [(n, FIELDS[n].show(getattr(policy, n)), FIELDS[n].sentence) for n in names]


def as_json(policy: Policy) -> dict[str, object]:
    """The policy for programs: the same words as ``set`` takes, numbers as numbers."""
    values: dict[str, object] = {"version": policy.version}
    for name, text, _ in shown(policy):
        value = getattr(policy, name)
        if isinstance(value, frozenset):
            values[name] = [] if text == "none" else text.split(",")
        elif isinstance(value, bool | float) or type(value) is int:
            values[name] = value
        else:
            values[name] = text
    return values


def lines_for_people(policy: Policy) -> list[str]:
    """The policy, a line a field."""
    rows = shown(policy)
    longest = max(len(name) + len(value) for name, value, _ in rows if len(value) <= 24) + 3
    return [f"{f'{name} = {value}':<{longest}}  {sentence}" for name, value, sentence in rows]
