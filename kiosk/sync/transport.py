"""One HTTP request to central: bounded in time and size, to the right address, or a typed error."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3

from kiosk.domain.retry import LONGEST_ASKED_S
from kiosk.sync.errors import BadAddress, CentralAnsweredBadly, CentralUnreachable
from kiosk.sync.sockets import (
    Budget,
    CentralAdapter,
    NotLoopback,
    Switch,
    tls_context,
    within,
)

MAX_ANSWER_BYTES = 8_000_000
CHUNK_BYTES = 65_536
CONNECTIONS = 6
"""Push, feed, status list, two claims, and a spare for the command line."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take."""

    connect_s: float = 3.0
    silence_s: float = 10.0
    """Longest wait for the next byte."""
    total_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status, with its whole body."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes
    took_s: float

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def date_s(self) -> float | None:
        """The Date header, Unix seconds."""
        return _http_date_s(self.headers.get("Date", ""))

    @property
    def retry_after_s(self) -> float | None:
        """Retry-After in seconds, capped; a date is measured against the answer's own clock."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return float(min(int(text[:9]), int(LONGEST_ASKED_S)))
        until_s = _http_date_s(text)
        if until_s is None:
            return None
        now_s = self.date_s
        return min(max(until_s - (time.time() if now_s is None else now_s), 0.0), LONGEST_ASKED_S)


class Transport:
    """The pooled connections to one central. Any thread; calls may run side by side."""

    def __init__(self, central_url: str, ca_file: str | None, switch: Switch) -> None:
        """Nothing is opened or checked yet: a broken setting is each call's BadAddress."""
        self._url = central_url.rstrip("/")
        self._ca_file = ca_file
        self._switch = switch
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def send(
        self,
        method: str,
        path: str,
        *,
        patience: Patience,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and read its whole answer, of whatever status.

        Raises BadAddress, CentralUnreachable, or CentralAnsweredBadly (``too_large``,
        ``redirect``). Never follows a redirect: a captive portal is not central.
        """
        session = self._open()
        budget = Budget(self._switch, patience.total_s, patience.silence_s)
        if budget.interrupted:
            raise CentralUnreachable(self._switch.reason)
        began_s = time.monotonic()
        try:
            with (
                within(budget),
                session.request(
                    method,
                    self._url + path,
                    params=params,
                    data=body,
                    headers=headers,
                    timeout=(patience.connect_s, patience.silence_s),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                content = _read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._classified(error, budget) from error
        answer = Answer(response.status_code, response.headers, content, time.monotonic() - began_s)
        if 300 <= answer.status < 400 and answer.status != 304:
            raise CentralAnsweredBadly("redirect", status=answer.status)
        return answer

    def close(self) -> None:
        """Close idle connections; a later call opens new ones."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _open(self) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = _new_session(self._url, self._ca_file)
            return self._session

    def _classified(self, error: BaseException, budget: Budget) -> CentralUnreachable:
        if budget.interrupted:
            return CentralUnreachable(self._switch.reason)
        causes = tuple(_causes(error))
        if any(isinstance(cause, NotLoopback) for cause in causes):
            return BadAddress("plain_http", "the name does not resolve to this machine")
        return CentralUnreachable(_reason(causes), type(error).__name__)


def check_address(central_url: str) -> None:
    """Refuse an address that is no https URL, or plain http beyond this machine (BadAddress)."""
    try:
        parts = urlsplit(central_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress("bad_url", str(error)) from None
    odd = parts.username or parts.password or parts.query or parts.fragment or "\\" in central_url
    if parts.scheme not in {"http", "https"} or not host or odd:
        raise BadAddress("bad_url", "expected https://host[:port][/path]")
    if parts.scheme == "http" and not _is_loopback(host):
        raise BadAddress("plain_http", f"{host} is not this machine; use https")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _new_session(url: str, ca_file: str | None) -> requests.Session:
    check_address(url)
    secure = url.lower().startswith("https:")
    try:
        context = tls_context(ca_file) if secure else None
    except OSError as error:
        raise BadAddress("ca_file", f"{ca_file}: {error.strerror or error}") from error
    session = requests.Session()
    session.trust_env = False  # no proxies, .netrc or CA bundles from the environment
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    session.mount("https://" if secure else "http://", CentralAdapter(context, CONNECTIONS))
    session.headers.update({"User-Agent": "pickup-kiosk", "Accept-Encoding": "gzip"})
    return session


def _read(response: requests.Response) -> bytes:
    """The body, inflated, as long as it is bounded; the socket's budget bounds the time."""
    content = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise CentralAnsweredBadly("too_large", status=response.status_code)
    return bytes(content)


def _http_date_s(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was made of; requests and urllib3 wrap in four ways."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None)]
        waiting += cause.args


WRONG_NAME = frozenset({62, 63, 64})
"""OpenSSL's verify codes for host name, e-mail and IP address mismatches."""

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "tls"),
    (urllib3.exceptions.SSLError, "tls"),
    (socket.gaierror, "dns"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    (urllib3.exceptions.NewConnectionError, "no_route"),
    (urllib3.exceptions.TimeoutError, "timeout"),
)


def _reason(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "tls_name" if cause.verify_code in WRONG_NAME else "tls_certificate"
    for kind, reason in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return "cut"
