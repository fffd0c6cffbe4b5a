"""A phone that a voucher is bound to: it makes the code by itself, also without a network."""

from __future__ import annotations

import time

from kiosk.protocol.codes import encode_showing
from kiosk.protocol.cose import PrivateKey

SHOWING_S = 15
"""How often a phone signs anew (docs/protocol.md, "What a phone has to do")."""


class BoundPhone:
    """Holds the key and what central signed for it. Any thread."""

    def __init__(self, inner: bytes, key: PrivateKey) -> None:
        self._inner, self._key = inner, key

    def code(self) -> tuple[str, int]:
        """The text that it shows now, and seconds until the next one."""
        return encode_showing(self._inner, self._key, int(time.time())), SHOWING_S
