"""What is told when central did not do what was asked: a sentence, with the word for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.sync.errors import CentralError

SILENT = frozenset({"refused", "timeout", "dns", "no_route", "cut"})
UNSAFE = frozenset({"tls", "tls_certificate", "tls_name"})
_WORDS = {
    "not_allowed": "central refuses this terminal",
    "out_of_time": "the time was over",
    "bad_url": "central's address cannot be used",
    "plain_http": "central's address cannot be used",
    "ca_file": "the CA file cannot be used",
}
_ENROLMENT = {
    "code_unknown": "central does not know this code: ask head office for a new one",
    "code_used": "this code was used before: ask head office for a new one",
    "code_expired": "this code has expired: ask head office for a new one",
}


def why(reason: str) -> str:
    """A sync summary's word (``CentralError.reason``) in a sentence."""
    if not reason:
        return "not caught up in time"
    if reason in SILENT:
        words = "central did not answer"
    elif reason in UNSAFE:
        words = "there is no safe connection to central"
    else:
        words = _WORDS.get(reason, "central gave no usable answer")
    return f"{words} ({reason})"


def why_not_enrolled(error: CentralError, url: str) -> str:
    """What went wrong when a code was traded in, and what to do."""
    code = getattr(error, "code", "")
    if code in _ENROLMENT:
        return _ENROLMENT[code]
    if code == "invalid_request" and "code:" in str(error):
        return "this is no enrolment code; it looks like PLKJ-RZ43-7DFS-7DYB-KFDW-G5SB-CM"
    if error.reason in SILENT:
        return (
            f"nothing answers at {url} ({error.reason}): is central running, is the address right?"
        )
    if error.reason in UNSAFE:
        return (
            f"there is no safe connection to {url} ({error.reason}): check --ca, the address and"
            " central's certificate"
        )
    return f"{url}: {error}"
