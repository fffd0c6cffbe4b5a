"""What can go wrong between this terminal and central.

::

    CentralError                 no usable answer; ``reason`` is one word for status bar and log
    ├── CentralUnreachable       nothing came back: refused, dns, timeout, cut, tls,
    │   │                        tls_certificate, tls_name, network_off, stopped …
    │   └── BadAddress           never tried: bad_url, plain_http, ca_file
    ├── CentralAnsweredBadly     something came back: http_503, html, redirect, too_large,
    │                            bad_json, not_json …
    └── NotAllowed               central knows this terminal and says no: 401 or 403

All of them are the environment's doing and are expected: the callers turn them into a link
state and a later try.
"""

from __future__ import annotations


class CentralError(Exception):
    """No usable answer from central."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        """One word, stable, for programs."""
        self.retry_after_s: float | None = None
        """What central asked for in Retry-After, capped."""


class CentralUnreachable(CentralError):
    """The request was not answered at all; central may or may not have acted on it."""


class BadAddress(CentralUnreachable):
    """The address or CA file cannot be used safely, so nothing was sent."""


class CentralAnsweredBadly(CentralError):
    """An answer came, but not one of central's good ones."""

    def __init__(
        self,
        reason: str,
        *,
        status: int = 0,
        code: str = "",
        retry_after_s: float | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(reason, detail)
        self.status = status
        self.code = code
        """The problem's code when the body was RFC 9457 problem+json, so really central's."""
        self.retry_after_s = retry_after_s


class NotAllowed(CentralError):
    """Central refuses this terminal (disabled, unknown, key replaced)."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__("not_allowed", code or f"http_{status}")
        self.status = status
        self.code = code
