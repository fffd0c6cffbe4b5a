"""Terminals and central hold the same facts: what every end-to-end test ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.e2e.processes import Central, Line, exported, kiosk

Fact = tuple[str, int, int, str, str, int]


def facts_of_terminal(lines: Iterable[Line]) -> list[Fact]:
    """Terminal, epoch, number, hash, voucher and time of each exported entry."""
    return [(x["terminal"], x["epoch"], x["seq"], x["hash"], x["voucher"], x["at"]) for x in lines]


def facts_of_central(lines: Iterable[Line]) -> list[Fact]:
    """The same of what central has recorded; a quarantined entry has no such facts and fails."""
    return [(x["terminal"], x["epoch"], x["seq"], x["entry"], x["voucher"], x["at"]) for x in lines]


def assert_equal(central: Central, homes: Sequence[Path]) -> list[Line]:
    """Central has exactly the entries of these terminals; gives central's lines.

    Each chain holds, numbers have no gaps, nothing waits or is quarantined.
    """
    ours: list[Fact] = []
    for home in homes:
        lines = exported(home)
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert {line["state"] for line in lines} <= {"acked", "conflict"}
        proof = kiosk("ledger", "verify", "--json", "--home", home).line
        assert (proof["ok"], proof["entries"]) == (True, len(lines))
        ours += facts_of_terminal(lines)
    recorded = central.facts()
    # Counters, not sets: a fact that is there twice must show.
    theirs = Counter(facts_of_central(recorded))
    missing, more = Counter(ours) - theirs, theirs - Counter(ours)
    assert not missing, f"central lacks {missing}, has besides {more}"
    assert not more, f"central has besides {more}"
    return recorded


def assert_each_once(recorded: Iterable[Line], vouchers: Iterable[str]) -> None:
    """Each voucher was applied exactly once, and no other."""
    applied = [line["voucher"] for line in recorded if line["state"] == "applied"]
    assert Counter(applied) == Counter(list(vouchers))
