"""What is recorded of the vouchers that a batch names, judged entry by entry as it comes in."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.central.judging import (
    Contradiction,
    HandedOver,
    KnownVoucher,
    Told,
    judge_redemption,
    judge_undo,
)
from kiosk.protocol.undo_entries import UndoFact


class Redeemed:
    """Redemptions and undos of some vouchers; those of the batch join as they are judged."""

    def __init__(self, vouchers: Iterable[bytes], recorded: Iterable[Told]) -> None:
        """``recorded``: every redemption of these vouchers, oldest first."""
        self._handed_over = {voucher: HandedOver() for voucher in vouchers}
        self._facts: dict[bytes, Told] = {}
        self._undone: set[bytes] = set()
        for told in recorded:
            self._facts[told.fact.entry] = told
            self._handed_over[told.fact.voucher].add(told)
            if told.fact.undone:
                self._undone.add(told.fact.entry)

    def redeem(self, told: Told, voucher: KnownVoucher | None) -> list[Contradiction]:
        """Judge a new redemption, and count it from now on."""
        earlier = self._handed_over[told.fact.voucher]
        found = judge_redemption(told, voucher, earlier)
        earlier.add(told)
        self._facts[told.fact.entry] = told
        return found

    def undo(self, undo: UndoFact, terminal: str) -> tuple[Told | None, list[Contradiction]]:
        """Judge an undo of a terminal; the redemption that counts no more from now on, if any."""
        redeemed = self._facts.get(undo.redemption)
        found = judge_undo(undo, terminal, redeemed, undone=undo.redemption in self._undone)
        if redeemed is None or found:
            return None, found
        self._undone.add(undo.redemption)
        self._handed_over[undo.voucher].take_back(redeemed)
        return redeemed, []
