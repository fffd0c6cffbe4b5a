"""What of an order card is handed over now: everything, or what the clerk chose."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.domain.orders import OrderCard
from kiosk.domain.vouchers import Item


@dataclass(frozen=True, slots=True)
class Choice:
    """Quantities for the lines of a card, in the card's order."""

    card: OrderCard
    quantities: tuple[int, ...]
    partial: bool = False
    """True once the clerk asked for less than everything; lines then have steppers."""

    @classmethod
    def everything(cls, card: OrderCard) -> Choice:
        """All that is left."""
        return cls(card, tuple(line.left for line in card.lines))

    def with_quantity(self, line: int, quantity: int) -> Choice:
        """The choice with one line changed, kept between 0 and what is left.

        Bundles leave whole: their lines go all or none together.
        """
        lines = self.card.lines
        group = lines[line].item.group
        wanted = max(0, min(quantity, lines[line].left))
        if group is None:
            changed = (*self.quantities[:line], wanted, *self.quantities[line + 1 :])
            return replace(self, quantities=changed)
        more = wanted > self.quantities[line]
        return replace(
            self,
            quantities=tuple(
                (each.left if more else 0) if each.item.group == group else chosen
                for each, chosen in zip(lines, self.quantities, strict=True)
            ),
        )

    @property
    def selected(self) -> tuple[Item, ...]:
        """The items to hand over, as confirm wants them."""
        return tuple(
            Item(line.item.sku, quantity, line.item.group)
            for line, quantity in zip(self.card.lines, self.quantities, strict=True)
            if quantity
        )

    @property
    def pieces(self) -> int:
        """How many pieces are handed over."""
        return sum(self.quantities)
