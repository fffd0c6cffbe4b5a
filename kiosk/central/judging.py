"""Judging facts against what central knows: pure rules, no database.

A fact is never refused: the goods have left the shop. What contradicts it is found here and
shown to people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kiosk.central.facts import other_side
from kiosk.central.feed_log import COMMON
from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import ItemKey, VoucherState
from kiosk.protocol.entries import NO_PREVIOUS, Entry
from kiosk.protocol.messages import Line, OtherFact, RedemptionChange
from kiosk.protocol.undo_entries import UndoFact

EXPIRY_GRACE_S = Policy().card_valid_s
"""An order card that was opened in time may be confirmed this much later."""

SEVERITY = (
    "duplicate_redemption",
    "over_redeemed",
    "refunded_before",
    "revoked_before",
    "wrong_store",
    "expired_before",
    "unknown_voucher",
    "undo_unknown",
    "undo_repeated",
    "settlement_unknown",
    "chain_fork",
    "chain_gap",
)
"""Conflict kinds; of several the first is the outcome's kind, all are recorded."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that does not fit a fact."""

    kind: str
    other: OtherFact | None = None


@dataclass(frozen=True, slots=True)
class KnownVoucher:
    """A voucher as far as judging needs it."""

    state: VoucherState
    state_since_s: int
    expires_s: int
    items: tuple[Line, ...]
    stores: tuple[str, ...]
    serial: str | None = None
    """What may be typed in place of a scan."""

    def is_for(self, store: str) -> bool:
        """Whether it may be picked up in a store."""
        return COMMON in self.stores or store in self.stores


@dataclass(frozen=True, slots=True)
class Told:
    """A redemption, and whether its evidence is a signed code or the serial of its voucher."""

    fact: RedemptionChange
    proved: bool


class HandedOver:
    """What was handed over of one voucher, in running totals: adding and asking cost no history.

    What is not proved counts in the store that said so, and nowhere else.
    """

    def __init__(self, told: Iterable[Told] = ()) -> None:
        """Facts that are recorded, oldest first."""
        self._totals: Counter[tuple[str, ItemKey]] = Counter()
        self._latest: dict[tuple[str, ItemKey], tuple[int, RedemptionChange]] = {}
        self._count = 0
        self._counting: dict[bytes, tuple[int, Told]] = {}
        for one in told:
            self.add(one)

    def add(self, told: Told) -> None:
        """Count a fact from now on; one that was undone counts nothing."""
        if told.fact.undone:
            return
        self._count += 1
        self._counting[told.fact.entry] = self._count, told
        for key, line in _counted(told):
            self._totals[key] += line.quantity
            self._latest[key] = self._count, told.fact

    def take_back(self, told: Told) -> None:
        """Count a fact no more; it has been undone."""
        if self._counting.pop(told.fact.entry, None) is None:
            return
        for key, line in _counted(told):
            self._totals[key] -= line.quantity
            left = ((n, one) for n, one in self._counting.values() if key in dict(_counted(one)))
            newest = max(left, key=lambda numbered: numbered[0], default=None)
            if newest is None:
                self._latest.pop(key, None)
            else:
                self._latest[key] = newest[0], newest[1].fact

    def quantity(self, store: str, item: ItemKey) -> int:
        """How much of an item is gone, as far as a store is concerned."""
        return self._totals[COMMON, item] + self._totals[store, item]

    def latest(self, store: str, items: Iterable[ItemKey]) -> RedemptionChange | None:
        """The last fact about any of some items, as far as a store is concerned."""
        keys = ((believer, item) for item in items for believer in (COMMON, store))
        found = (self._latest[key] for key in keys if key in self._latest)
        newest = max(found, key=lambda numbered: numbered[0], default=None)
        return newest[1] if newest else None


def _counted(told: Told) -> list[tuple[tuple[str, ItemKey], Line]]:
    """The lines of a fact, and whose word each is: everybody's, or one store's."""
    believer = COMMON if told.proved else told.fact.store
    return [((believer, (line.sku, line.group)), line) for line in told.fact.lines]


def judge_undo(
    undo: UndoFact, terminal: str, redeemed: Told | None, *, undone: bool
) -> list[Contradiction]:
    """What contradicts an undo; ``redeemed`` is what it names, as far as that is recorded."""
    if redeemed is None:
        return [Contradiction("undo_unknown")]
    fact, items = redeemed.fact, Counter({item.key: item.quantity for item in undo.items})
    if fact.terminal != terminal or fact.voucher != undo.voucher or _totals(fact.lines) != items:
        return [Contradiction("undo_unknown", other_side(fact))]
    return [Contradiction("undo_repeated", other_side(fact))] if undone else []


def judge_redemption(
    told: Told, voucher: KnownVoucher | None, earlier: HandedOver
) -> list[Contradiction]:
    """What contradicts a redemption; ``earlier`` is what was handed over of its voucher."""
    if voucher is None:
        return [Contradiction("unknown_voucher")]
    fact = told.fact
    found = _quantity_faults(fact, voucher, earlier)
    if voucher.state is VoucherState.REFUNDED:
        # Whichever came first: the money went back and the goods are gone.
        found.append(Contradiction("refunded_before"))
    if voucher.state is VoucherState.REVOKED and fact.at_s >= voucher.state_since_s:
        found.append(Contradiction("revoked_before"))
    if not voucher.is_for(fact.store):
        found.append(Contradiction("wrong_store"))
    elif not told.proved:
        # Nobody showed that the customer had a code of this voucher.
        found.append(Contradiction("unknown_voucher"))
    if fact.at_s >= voucher.expires_s + EXPIRY_GRACE_S:
        found.append(Contradiction("expired_before"))
    return found


def worst(found: Iterable[Contradiction]) -> Contradiction | None:
    """The contradiction that an outcome names."""
    return min(found, key=lambda one: SEVERITY.index(one.kind), default=None)


def _quantity_faults(
    fact: RedemptionChange, voucher: KnownVoucher, earlier: HandedOver
) -> list[Contradiction]:
    asked = _totals(fact.lines)
    left = _totals(line for line in voucher.items if (line.sku, line.group) in asked)
    left.subtract({item: earlier.quantity(fact.store, item) for item in asked})
    over = [item for item, quantity in asked.items() if quantity > max(0, left[item])]
    if not over:
        return []
    rival = earlier.latest(fact.store, over)
    nothing_left = all(left[item] <= 0 for item in over)
    kind = "duplicate_redemption" if rival and nothing_left else "over_redeemed"
    return [Contradiction(kind, other_side(rival) if rival else None)]


def _totals(lines: Iterable[Line]) -> Counter[ItemKey]:
    totals: Counter[ItemKey] = Counter()
    for line in lines:
        totals[line.sku, line.group] += line.quantity
    return totals


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's place in its terminal's chain."""

    hash: bytes
    previous: bytes
    epoch: int
    seq: int
    at_s: int
    staff: str | None
    voucher: bytes | None


@dataclass(slots=True)
class Chain:
    """A terminal's chain as far as a batch touches it."""

    terminal: str
    store: str
    last: tuple[int, int]
    """Epoch and sequence number of the terminal's latest entry; ``(0, 0)`` before the first."""
    unread: set[bytes] = field(default_factory=set)
    """Hashes of quarantined entries: they hold their place, what follows them is no gap."""
    _by_hash: dict[bytes, Link] = field(default_factory=dict)
    _by_place: dict[tuple[int, int], Link] = field(default_factory=dict)
    _by_previous: dict[bytes, Link] = field(default_factory=dict)

    def add(self, link: Link) -> None:
        """Note an entry that is recorded (or about to be)."""
        self._by_hash[link.hash] = link
        self._by_place.setdefault((link.epoch, link.seq), link)
        self._by_previous.setdefault(link.previous, link)
        self.last = max(self.last, (link.epoch, link.seq))

    def judge(self, link: Link) -> list[Contradiction]:
        """What does not fit a new entry's place."""
        rival = self._by_place.get((link.epoch, link.seq)) or self._by_previous.get(link.previous)
        if rival is not None:
            return [Contradiction("chain_fork", self._other(rival))]
        if self._follows(link):
            return []
        missing = None if link.previous == NO_PREVIOUS else link.previous
        return [Contradiction("chain_gap", OtherFact(entry=missing, terminal=self.terminal))]

    def _follows(self, link: Link) -> bool:
        if link.previous == NO_PREVIOUS:
            return link.seq == 1 and self.last[0] in {0, link.epoch}
        if link.previous in self.unread:
            return True
        before = self._by_hash.get(link.previous)
        if before is None:
            return False
        if link.epoch == before.epoch:
            return link.seq == before.seq + 1
        return link.epoch > before.epoch and link.seq == 1

    def _other(self, link: Link) -> OtherFact:
        return OtherFact(
            entry=link.hash,
            voucher=link.voucher,
            store=self.store,
            terminal=self.terminal,
            staff=link.staff,
            at_s=link.at_s,
        )


def link_of(entry: Entry, voucher: bytes | None) -> Link:
    """An entry's place in its chain."""
    head = entry.head
    return Link(
        hash=entry.hash,
        previous=head.previous,
        epoch=head.epoch,
        seq=head.seq,
        at_s=head.now.unix_s,
        staff=head.staff,
        voucher=voucher,
    )
