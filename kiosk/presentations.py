"""Which of the codes in view are a customer presenting one.

A text held before the camera counts once. After a handover the phone may go on showing newer
codes of the same voucher while the customer puts it away: those are echoes. After a refusal
(a screenshot, say) the next code of the same voucher is what the customer was asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence

from kiosk.protocol.codes import unverified_voucher
from kiosk.scanning.gate import ScanGate
from kiosk.scanning.sighting import Sighting

_SERVED_KEPT = 32


class Presentations:
    """The scan gate with a memory of who was just served. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: dict[bytes, None] = {}
        self._gate = ScanGate(identity=self._identity)

    def admit(self, sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
        """The new scans among the codes of one frame."""
        with self._lock:
            return self._gate.admit(sightings, sightings[0].frame_at_s)

    def served(self, voucher: bytes, now_s: float) -> None:
        """Goods of this voucher were handed over: what it shows from now on is an echo."""
        with self._lock:
            self._served.pop(voucher, None)
            self._served[voucher] = None
            if len(self._served) > _SERVED_KEPT:
                del self._served[next(iter(self._served))]
            self._gate.hold(voucher, now_s)

    def _identity(self, text: str) -> Hashable:
        voucher = unverified_voucher(text)
        return voucher if voucher in self._served else text
