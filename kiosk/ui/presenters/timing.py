"""How long answers stay on screen."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.ui.presenters.offers import Offer
from kiosk.ui.verdict_looks import Look


@dataclass(frozen=True, slots=True)
class Timing:
    """How long answers stay, and how long at least while the next code is there already."""

    accepted_s: float = 4.0
    refused_s: float = 8.0
    offered_s: float = 20.0
    """A refusal about which something can be done: somebody has to be called, say."""
    accepted_least_s: float = 1.0
    refused_least_s: float = 0.7
    offered_least_s: float = 4.0

    def stays_s(self, look: Look, offer: Offer | None) -> float:
        """Seconds until the screen goes on by itself."""
        if offer is not None:
            return self.offered_s
        return self.accepted_s if look.hands_over else self.refused_s

    def least_s(self, look: Look, offer: Offer | None) -> float:
        """Seconds before another scan may take the answer's place."""
        if offer is not None:
            return self.offered_least_s
        return self.accepted_least_s if look.hands_over else self.refused_least_s
