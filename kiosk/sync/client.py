"""Central's API as plain calls. Blocking; any thread; every failure is a CentralError."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.protocol.entries import Window
from kiosk.protocol.messages import (
    BatchAnswer,
    BatchRequest,
    ChangesAnswer,
    ClaimReply,
    ClaimRequest,
    EnrollAnswer,
    EnrollRequest,
    HeadsAnswer,
    encode,
)
from kiosk.sync.answers import believed_time, check, decode, decode_batch, decode_page
from kiosk.sync.errors import CentralAnsweredBadly
from kiosk.sync.ports import Credentials, TimeKeeper
from kiosk.sync.signing_on import SignOn
from kiosk.sync.sockets import Switch
from kiosk.sync.transport import Answer, Patience, Transport

GZIP_FROM_BYTES = 1024
UNSUPPORTED_MEDIA_TYPE = 415
NOT_FOUND = 404

CALL = Patience()
BATCH = Patience(silence_s=20.0, total_s=60.0)
"""A megabyte over a bad mobile link takes its time; after a time-out batches get smaller."""
CLAIM = Patience(connect_s=1.0, silence_s=1.0, total_s=2.0)
WAIT_MARGIN_S = 10.0

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class KeySetAnswer:
    """The signed key set as it is now."""

    document: bytes
    etag: str


def enroll(
    central_url: str, ca_file: str | None, request: EnrollRequest, *, patience: Patience = CALL
) -> EnrollAnswer:
    """Trade a one-time code for a terminal's identity. Not repeated by itself: the code is used up.

    Raises CentralError; NotAllowed and CentralAnsweredBadly carry central's problem code.
    """
    transport = Transport(central_url, ca_file, Switch())
    try:
        answer = transport.send(
            "POST",
            "/v1/terminals/enroll",
            patience=patience,
            body=encode(request),
            headers=_JSON,
        )
        enrolled = decode(answer, EnrollAnswer)
        believed_time(answer, enrolled.time_s)
        return enrolled
    finally:
        transport.close()


class CentralClient:
    """One terminal's calls, over pooled connections."""

    def __init__(
        self, credentials: Credentials, time_keeper: TimeKeeper, switch: Switch | None = None
    ) -> None:
        """Opens nothing: an unusable address or CA file is every call's BadAddress."""
        self.switch = switch or Switch()
        self._transport = Transport(credentials.central_url, credentials.ca_file, self.switch)
        self._sign_on = SignOn(self._transport, credentials, time_keeper)
        self._gzip = True

    def changes(self, cursor: str, wait_s: float) -> ChangesAnswer:
        """A page of the feed after ``cursor``; central holds the answer back up to ``wait_s``.

        A cursor that central no longer knows is CentralAnsweredBadly with status 410.
        """
        params = {"wait": str(int(wait_s))} | ({"cursor": cursor} if cursor else {})
        patience = Patience(silence_s=wait_s + WAIT_MARGIN_S, total_s=wait_s + CALL.total_s)
        return decode_page(self._call("GET", "/v1/changes", patience, params=params))

    def heads(self, cursor: str, window: Window | None) -> HeadsAnswer:
        """What of a window of this terminal's entries central lacks, and how much it tells."""
        params = {"cursor": cursor} if cursor else {}
        if window is not None:
            numbers = {"epoch": window.epoch, "first": window.first, "last": window.last}
            params |= {name: str(number) for name, number in numbers.items()}
        return decode(self._call("GET", "/v1/heads", CALL, params=params), HeadsAnswer)

    def claim(self, voucher: bytes, *, release: bool = False) -> ClaimReply:
        """Ask for, or give back, a short claim; a second or two at most."""
        body = encode(ClaimRequest(voucher, release))
        return decode(self._call("POST", "/v1/claims", CLAIM, body=body), ClaimReply)

    def push_batch(self, entries: Sequence[bytes]) -> BatchAnswer:
        """Send sealed entries, oldest first. Sending one twice is harmless."""
        body = encode(BatchRequest(list(entries)))
        path = "/v1/ledger:batch"
        if self._gzip and len(body) > GZIP_FROM_BYTES:
            packed = gzip.compress(body, compresslevel=1)
            headers = {"Content-Encoding": "gzip"}
            try:
                return decode_batch(self._call("POST", path, BATCH, body=packed, headers=headers))
            except CentralAnsweredBadly as error:
                if error.status != UNSUPPORTED_MEDIA_TYPE:
                    raise
                self._gzip = False
        return decode_batch(self._call("POST", path, BATCH, body=body))

    def keys(self, etag: str = "") -> KeySetAnswer | None:
        """The signed key set, or None when it still is the one that ``etag`` names."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self._call("GET", "/v1/trust/keys", CALL, headers=headers)
        if answer.status == 304:
            return None
        if answer.media_type.startswith("text/"):
            raise CentralAnsweredBadly("html", status=answer.status)
        return KeySetAnswer(answer.body, answer.headers.get("ETag", ""))

    def status(self, list_id: int, have: int) -> bytes | None:
        """A status list, or what changed in it since version ``have`` (0: none is here).

        None when central keeps no such list.
        """
        params = {"list": str(list_id), "have": str(have)}
        headers = {"Accept": "application/cose"}
        try:
            answer = self._call("GET", "/v1/trust/status", CALL, params=params, headers=headers)
        except CentralAnsweredBadly as error:
            if error.status == NOT_FOUND and error.code:
                return None
            raise
        if answer.media_type.startswith("text/"):
            raise CentralAnsweredBadly("html", status=answer.status)
        return answer.body

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def _call(
        self,
        method: str,
        path: str,
        patience: Patience,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A call with a token; a token that ended or was withdrawn is replaced once."""
        fields = dict(_JSON if body is not None else {"Accept": "application/json"})
        fields |= headers or {}
        for last_try in (False, True):
            token = self._sign_on.token(patience)
            answer = self._transport.send(
                method,
                path,
                patience=patience,
                params=params,
                body=body,
                headers=fields | {"Authorization": f"Bearer {token}"},
            )
            if answer.status != 401 or last_try:
                break
            self._sign_on.forget(token)
        return check(answer)
