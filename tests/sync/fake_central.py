"""A central that misbehaves on request: real sockets, real HTTP, scripted faults.

Well behaved it keeps entries, tells changes through a long poll and answers claims. A fault is
a function on the request's handler, run instead of the good answer: once (``next``) or until
taken back (``always``).
"""

import gzip
import hashlib
import socket
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.protocol import messages as m
from kiosk.protocol.sign_on import SignOnError, check_assertion
from kiosk.sync.transport import Patience

BATCH, CHANGES, CLAIMS = "/v1/ledger:batch", "/v1/changes", "/v1/claims"
TOKEN, ENROLL, KEYS = "/oauth2/token", "/v1/terminals/enroll", "/v1/trust/keys"
STATUS = "/v1/trust/status"
HEADS = "/v1/heads"


IMPATIENT = Patience(connect_s=1.0, silence_s=0.3, total_s=1.0)
"""For tests that wait for a time-out."""


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    at_s: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: "_Server"
    seen: "Seen"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self.server.central.handle(self)

    do_POST = do_GET  # noqa: N815 - the base's way

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(
            self.server.central.time_s() if timestamp is None else timestamp, usegmt=True
        )

    def answer(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "application/json",
        **headers: str,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status: int, code: str, **headers: str) -> None:
        body = m.encode(m.Problem(title=code, status=status, code=code))
        self.answer(status, body, "application/problem+json", **headers)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


Fault = Callable[[Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    central: "FakeCentral"
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: object, client_address: object) -> None:
        # The handshake belongs to the connection's own thread.
        assert isinstance(request, socket.socket)
        if self.tls is not None:
            request = self.tls.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that hang up are what these tests are about


class FakeCentral:
    """Listens on a free loopback port until ``close``."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        host = "127.0.0.1"
        self._server = _Server((host, port), Handler)
        self._server.central = self
        self._server.tls = tls
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self.news = threading.Condition()
        self.seen: list[Seen] = []
        self.entries: dict[bytes, bytes] = {}
        self.changes: list[m.Change] = []
        self.page_size = 500
        self.status_versions: dict[int, int] = {0: 1}
        """The status lists; who has a version gets a delta from it."""
        self._connections: set[socket.socket] = set()
        self.claim_reply = m.ClaimReply("granted", expires_in_s=180)
        self.heads = m.HeadsAnswer(1.8e9)
        self.bad_entries: set[bytes] = set()
        """Sealed bytes for which a whole batch is answered 400."""
        self.terminal_key: Ed25519PublicKey | None = None
        self.token_life_s = 900
        self.token_serial = 0
        self.valid_tokens: set[str] = set()
        self.clock_offset_s = 0.0
        self.gzip_taken = True
        self.closing = threading.Event()
        self._once: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True, name="fake-central"
        )
        self._thread.start()

    # --- the test's side --------------------------------------------------------------------

    def next(self, path: str, *faults: Fault) -> None:
        """The coming requests for ``path`` get these faults, one each."""
        with self.news:
            self._once[path].extend(faults)

    def always(self, path: str, fault: Fault | None) -> None:
        """Every request for ``path`` gets this fault; None takes it back."""
        with self.news:
            if fault is None:
                self._always.pop(path, None)
            else:
                self._always[path] = fault

    def requests(self, path: str) -> list[Seen]:
        with self.news:
            return [seen for seen in self.seen if seen.path == path]

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        """Wait for something that a request brings about."""
        with self.news:
            return self.news.wait_for(condition, timeout_s)

    def tell(self, *changes: m.Change) -> None:
        """Add to the feed."""
        with self.news:
            self.changes.extend(changes)
            self.news.notify_all()

    def time_s(self) -> float:
        return time.time() + self.clock_offset_s

    def close(self) -> None:
        self.closing.set()
        with self.news:
            self.news.notify_all()
        self._server.shutdown()
        for connection in list(self._connections):
            with suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    # --- the wire's side --------------------------------------------------------------------

    def handle(self, handler: Handler) -> None:
        if self.closing.is_set():
            # A program that ended answers on no connection, also not on an idle one that was kept.
            handler.close_connection = True
            return
        self._connections.add(handler.connection)
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        seen = Seen(
            time.monotonic(), handler.command, parts.path, query, dict(handler.headers), body
        )
        handler.seen = seen
        with self.news:
            self.seen.append(seen)
            once = self._once[parts.path]
            fault = once.popleft() if once else self._always.get(parts.path)
            self.news.notify_all()
        if fault is not None:
            fault(handler)
            return
        routes = {
            BATCH: self._batch,
            CHANGES: self._changes,
            CLAIMS: self._claim,
            TOKEN: self._token,
            ENROLL: self._enroll,
            KEYS: self._keys,
            STATUS: self._status,
            HEADS: self._heads,
        }
        route = routes.get(parts.path)
        if route is None:
            handler.problem(404, "not_found")
            return
        if route not in {self._token, self._enroll}:
            token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in self.valid_tokens:
                handler.problem(401, "token_invalid")
                return
        route(handler, seen)

    def _token(self, handler: Handler, seen: Seen) -> None:
        form = parse_qs(seen.body.decode())
        try:
            if self.terminal_key is not None:
                check_assertion(form["client_assertion"][0], self.terminal_key, self.time_s())
        except SignOnError as error:
            handler.problem(401, str(error))
            return
        with self.news:
            self.token_serial += 1
            token = f"token-{self.token_serial}"
            self.valid_tokens.add(token)
        handler.answer(200, m.encode(m.TokenAnswer(token, "Bearer", self.token_life_s)))

    def _enroll(self, handler: Handler, seen: Seen) -> None:
        request = msgspec.json.decode(seen.body, type=m.EnrollRequest)
        if request.code != "GOOD-CODE":
            handler.problem(403, "enroll_code_unknown")
            return
        answer = m.EnrollAnswer(
            "S001-T01", "S001", "示范门店", b"root", b"keys", b"policy", self.time_s()
        )
        handler.answer(201, m.encode(answer))

    def _keys(self, handler: Handler, seen: Seen) -> None:
        if seen.headers.get("If-None-Match") == '"v1"':
            handler.answer(304, b"", ETag='"v1"')
        else:
            handler.answer(200, b"signed keys", "application/cose", ETag='"v1"')

    def _status(self, handler: Handler, seen: Seen) -> None:
        with self.news:
            version = self.status_versions.get(int(seen.query["list"]))
        if version is None:
            handler.problem(404, "status_list_unknown")
            return
        base = f"{have}>" if (have := int(seen.query["have"])) else ""
        handler.answer(200, f"{base}{version}".encode(), "application/cose")

    def set_status(self, version: int, list_id: int = 0) -> None:
        """A new version of a list, and the feed tells of it."""
        with self.news:
            self.status_versions[list_id] = version
        self.tell(m.StatusHint(list_id, version))

    def _heads(self, handler: Handler, seen: Seen) -> None:
        handler.answer(200, m.encode(self.heads))

    def _changes(self, handler: Handler, seen: Seen) -> None:
        at = int(seen.query.get("cursor", "0"))
        wait_s = float(seen.query.get("wait", "0"))
        with self.news:
            self.news.wait_for(
                lambda: len(self.changes) > at or self.closing.is_set(), timeout=wait_s
            )
            page = self.changes[at : at + self.page_size]
            more = len(self.changes) > at + len(page)
        if self.closing.is_set():
            handler.hang_up()
            return
        answer = m.ChangesAnswer(str(at + len(page)), page, self.time_s(), more=more)
        handler.answer(200, m.encode(answer))

    def _claim(self, handler: Handler, seen: Seen) -> None:
        request = msgspec.json.decode(seen.body, type=m.ClaimRequest)
        reply = m.ClaimReply("released") if request.release else self.claim_reply
        handler.answer(200, m.encode(reply))

    def serve_batch(self, handler: Handler) -> None:
        """The good answer, as a fault that is none."""
        self._batch(handler, handler.seen)

    def _batch(self, handler: Handler, seen: Seen) -> None:
        if seen.headers.get("Content-Encoding") == "gzip" and not self.gzip_taken:
            handler.problem(415, "content_encoding")
            return
        entries = batch_entries(seen)
        if any(entry in self.bad_entries for entry in entries):
            handler.problem(400, "bad_batch")
            return
        handler.answer(200, m.encode(m.BatchAnswer(self.take(entries), self.time_s())))

    def take(self, entries: list[bytes]) -> list[m.Outcome]:
        """Keep entries as a good central does; the entry's identity is its SHA-256 here."""
        outcomes = []
        with self.news:
            for sealed in entries:
                digest = hashlib.sha256(sealed).digest()
                known = digest in self.entries
                self.entries[digest] = sealed
                outcomes.append(m.Outcome(digest, "duplicate" if known else "applied", b"receipt"))
            self.news.notify_all()
        return outcomes


def batch_entries(seen: Seen) -> list[bytes]:
    packed = seen.headers.get("Content-Encoding") == "gzip"
    return msgspec.json.decode(
        gzip.decompress(seen.body) if packed else seen.body, type=m.BatchRequest
    ).entries


# --- faults ---------------------------------------------------------------------------------


def fails(status: int, code: str = "broken", **headers: str) -> Fault:
    """A problem answer; ``Retry_After="2"`` becomes a header."""
    return lambda handler: handler.problem(status, code, **headers)


def says(status: int, body: bytes, content_type: str = "application/json") -> Fault:
    return lambda handler: handler.answer(status, body, content_type)


def portal(handler: Handler) -> None:
    """A captive portal's page, status 200."""
    handler.answer(200, b"<!DOCTYPE html><title>Wi-Fi</title>", "text/html; charset=utf-8")


def redirects(handler: Handler) -> None:
    handler.answer(302, b"", "text/html", Location="http://portal.example/login")


def hangs_up(handler: Handler) -> None:
    """Closes without a word."""
    handler.hang_up()


def hangs(handler: Handler) -> None:
    """Never answers (until the server closes)."""
    handler.server.central.closing.wait(30)
    handler.close_connection = True


def takes_then_hangs_up(handler: Handler) -> None:
    """The lost reply: central committed the batch, the answer never arrives."""
    handler.server.central.take(batch_entries(handler.seen))
    handler.hang_up()


def garbage(handler: Handler) -> None:
    """No HTTP at all."""
    handler.wfile.write(b"\x00\xff\x13SSH-2.0-whatever\r\n\r\n")
    handler.hang_up()


def cut_short(handler: Handler) -> None:
    """Promises more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"outcomes": [')
    handler.hang_up()


def huge(handler: Handler) -> None:
    """A body without end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(100):
        handler.wfile.write(b" " * 1_000_000)


def gzip_bomb(handler: Handler) -> None:
    """40 kB that inflate to 40 MB."""
    handler.answer(200, gzip.compress(b" " * 40_000_000), Content_Encoding="gzip")


def drips(handler: Handler) -> None:
    """A byte of the body now and then: no single read ever times out."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.central.closing.wait(0.05):
        handler.wfile.write(b" ")


def drips_headers(handler: Handler) -> None:
    """The same within a header line."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.central.closing.wait(0.05):
        handler.wfile.write(b"x")
