"""What central remembers of each signing key: when it is published, signs, leaves. Pure.

A new key is published at once and signs later, so that every terminal has it by then; the one
before stays published for as long as what it signed may live.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.domain.vouchers import MAX_V1_LIFETIME_S
from kiosk.protocol.cose import Algorithm

Purpose: TypeAlias = Literal["codes", "documents", "receipts", "root"]
State: TypeAlias = Literal["waits", "signs", "retires", "left", "revoked"]

CLOCK_MARGIN_S = 3600
"""A terminal's clock may be a little behind or ahead."""
REVOKED_KEPT_S = 90 * 86_400
"""How long a revoked key stays in the set, so that a refusal can say why."""
_KEPT_S = {
    "codes": MAX_V1_LIFETIME_S + CLOCK_MARGIN_S,
    "documents": 48 * 3600 + CLOCK_MARGIN_S,
    "receipts": 400 * 86_400,  # what they prove is asked for late
}


class KeyRecord(Struct, frozen=True, omit_defaults=True):
    """One key; its private half lies in ``NAME.pem`` beside the records."""

    name: str
    purpose: Purpose
    algorithm: str
    key_id: str
    """Hexadecimal."""
    public: bytes
    """COSE_Key."""
    published_s: int = 0
    """0: since the home was made."""
    signs_from_s: int = 0
    signs_until_s: int | None = None
    """Set when a successor is made; None for the one that signs, or will."""
    revoked_s: int | None = None

    @property
    def group(self) -> tuple[str, str]:
        """Keys of one group follow each other: codes have a line for each algorithm."""
        return (self.purpose, self.algorithm if self.purpose == "codes" else "")

    @property
    def leaves_s(self) -> int | None:
        """When terminals need it no more; None while it signs, or will."""
        if self.revoked_s is not None:
            return self.revoked_s + REVOKED_KEPT_S
        if self.signs_until_s is None:
            return None
        return self.signs_until_s + _KEPT_S[self.purpose]

    def state(self, at_s: int) -> State:
        """What it is for at a time."""
        if self.revoked_s is not None:
            return "revoked"
        if at_s < self.signs_from_s:
            return "waits"
        if self.signs_until_s is None or at_s < self.signs_until_s:
            return "signs"
        return "retires" if self.published(at_s) else "left"

    def published(self, at_s: int) -> bool:
        """Whether it belongs in the key set."""
        leaves_s = self.leaves_s
        return self.purpose != "root" and (leaves_s is None or at_s < leaves_s)

    def signs(self, at_s: int) -> bool:
        """Whether it may sign."""
        return self.state(at_s) == "signs"


class KeyRecords(Struct, frozen=True):
    """All keys, oldest first; the last root is the one in force."""

    keys: tuple[KeyRecord, ...]
    format: Literal["pickup-kiosk/central-keys/1"] = "pickup-kiosk/central-keys/1"

    def find(self, key_id: str) -> KeyRecord | None:
        """The key of an id."""
        return next((key for key in self.keys if key.key_id == key_id), None)


def signer_of(keys: Iterable[KeyRecord], group: tuple[str, str], at_s: int) -> KeyRecord | None:
    """The one key of a group that signs at a time: the latest of those that may."""
    found = [key for key in keys if key.group == group and key.signs(at_s)]
    return max(found, key=lambda key: key.signs_from_s, default=None)


def with_successor(records: KeyRecords, added: KeyRecord) -> KeyRecords:
    """The records with a new key, to which its group's others hand over when it begins to sign.

    Adding it again changes nothing.
    """
    if records.find(added.key_id) is not None:
        return records
    keys = tuple(_handing_over(key, added) for key in records.keys)
    return replace(records, keys=(*keys, added))


def _handing_over(key: KeyRecord, added: KeyRecord) -> KeyRecord:
    if key.group != added.group or added.purpose == "root":
        return key
    if key.signs_until_s is not None and key.signs_until_s <= added.signs_from_s:
        return key
    return replace(key, signs_until_s=added.signs_from_s)


def with_revoked(records: KeyRecords, key_id: str, now_s: int) -> KeyRecords:
    """The records with a key revoked; what it had taken over falls back to the key before it.

    If none is left that may sign, the group has no signer: a new key must follow.
    """
    keys = [
        replace(key, revoked_s=now_s) if key.key_id == key_id and key.revoked_s is None else key
        for key in records.keys
    ]
    group = next(key for key in keys if key.key_id == key_id).group
    if signer_of(keys, group, now_s) is None:
        _hurry_successor(keys, group, now_s)
    carries_on = (key for key in keys if key.group == group and key.revoked_s is None)
    if not any(key.signs_until_s is None for key in carries_on):
        _fall_back(keys, group, now_s)
    return replace(records, keys=tuple(keys))


def _hurry_successor(keys: list[KeyRecord], group: tuple[str, str], now_s: int) -> None:
    """The key that waits to sign next, if there is one, waits no longer."""
    for place, key in enumerate(keys):
        ends_s = key.signs_until_s
        waits = key.group == group and key.state(now_s) == "waits"
        if waits and (ends_s is None or ends_s > now_s):
            keys[place] = replace(key, signs_from_s=now_s)
            return


def _fall_back(keys: list[KeyRecord], group: tuple[str, str], now_s: int) -> None:
    """The latest key of the group that terminals still have signs on."""
    able = [
        place
        for place, key in enumerate(keys)
        if key.group == group and key.state(now_s) in {"signs", "retires"}
    ]
    if able:
        place = max(able, key=lambda place: keys[place].signs_from_s)
        keys[place] = replace(keys[place], signs_until_s=None)


def next_change_s(keys: Sequence[KeyRecord], now_s: float) -> float:
    """When another key begins or ceases to sign, or leaves; infinite when none will."""
    times = (
        time_s for key in keys for time_s in (key.signs_from_s, key.signs_until_s, key.leaves_s)
    )
    return min((time_s for time_s in times if time_s is not None and time_s > now_s), default=1e18)


def algorithm_named(name: str) -> Algorithm:
    """``ed25519``, ``esp256`` or ``ps256``; raises KeyError."""
    return Algorithm[name.upper()]


encode = msgspec.json.encode
