"""The bearer token: fetched with a signed assertion, kept until shortly before it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from kiosk.protocol.messages import TokenAnswer
from kiosk.protocol.sign_on import ASSERTION_TYPE, make_assertion
from kiosk.sync.answers import EARLIEST_S, LATEST_S, check, decode
from kiosk.sync.errors import CentralAnsweredBadly, CentralUnreachable, NotAllowed
from kiosk.sync.ports import Credentials, TimeKeeper
from kiosk.sync.transport import Answer, Patience, Transport

LONGEST_LIFE_S = 3600.0
MARGIN_S = 60.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class SignOn:
    """Keeps one valid token (RFC 7523). Any thread; one fetches, the others wait for it."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        time_keeper: TimeKeeper,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._time_keeper = time_keeper
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._ends_s = 0.0

    def token(self, patience: Patience) -> str:
        """A token that central should still take. Raises CentralError."""
        if not self._lock.acquire(timeout=patience.total_s):
            raise CentralUnreachable("timeout", "another call is still signing on")
        try:
            if not self._token or self._clock() >= self._ends_s:
                self._fetch(patience)
            return self._token
        finally:
            self._lock.release()

    def forget(self, token: str) -> None:
        """Central refused this token: the next call fetches another, unless one already did."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _fetch(self, patience: Patience) -> None:
        asked_s = self._clock()
        answer = self._ask(self._time_keeper.now().unix_s, patience)
        date_s = answer.date_s
        try:
            check(answer)
        except (CentralAnsweredBadly, NotAllowed) as refusal:
            if refusal.code != "assertion_time" or date_s is None:
                raise _as_not_allowed(refusal) from None
            if not EARLIEST_S <= date_s <= LATEST_S:
                raise
            # Central's own clock is used as such: the terminal's trusted time never goes back,
            # so settling it alone would leave a clock that ran ahead locked out.
            self._time_keeper.settle(date_s)
            answer = self._ask(int(date_s), patience)
            try:
                check(answer)
            except (CentralAnsweredBadly, NotAllowed) as again:
                raise _as_not_allowed(again) from None
        fresh = decode(answer, TokenAnswer)
        text = fresh.access_token
        if not (text.isascii() and text.isprintable() and 0 < len(text) <= 8192):
            raise CentralAnsweredBadly("bad_json", status=answer.status, detail="access_token")
        life_s = min(max(float(fresh.expires_in), 0.0), LONGEST_LIFE_S)
        self._token = text
        self._ends_s = asked_s + life_s - min(MARGIN_S, life_s / 10)

    def _ask(self, now_s: int, patience: Patience) -> Answer:
        assertion = make_assertion(self._credentials.terminal, self._credentials.key, now_s)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.terminal,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return self._transport.send(
            "POST",
            "/oauth2/token",
            patience=patience,
            body=urlencode(form).encode(),
            headers=_FORM | {"Accept": "application/json"},
        )


def _as_not_allowed(error: CentralAnsweredBadly | NotAllowed) -> CentralAnsweredBadly | NotAllowed:
    """RFC 6749 §5.2 lets a token endpoint say 400 where it means: not you."""
    if isinstance(error, CentralAnsweredBadly) and error.status == 400 and error.code:
        return NotAllowed(400, error.code)
    return error
