"""A bad network between terminals and central: a proxy that spoils a share of the calls.

Real sockets, real HTTP, faults drawn from a seed. What it does not spoil it passes on as it is.
"""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import urlsplit

SHARE = 0.3
LONGEST_DELAY_S = 0.6
"""Longer than a confirm waits for its claim, shorter than a claim's own time-out."""
DRIP_BYTES, DRIP_EVERY_S, DRIP_S = 8, 0.02, 2.5
"""A drip takes longer than a claim may, and far less than a batch may."""
UPSTREAM_S = 40.0
RETRY_AFTER_S = 1
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
_RESET = struct.pack("ii", 1, 0)
_PORTAL = b"<!DOCTYPE html><title>Wi-Fi</title><form action=/login><input name=room></form>"
_PROBLEM = b'{"title": "broken", "status": 500, "code": "internal_error", "detail": ""}'


@dataclass(frozen=True, slots=True)
class Passed:
    """Central's answer on its way back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Call(BaseHTTPRequestHandler):
    """One connection of a terminal; each request on it is one call."""

    protocol_version = "HTTP/1.1"
    server: _Server
    body: bytes

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        """Read the request whole, then pass it on or spoil it."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.proxy.draw(urlsplit(self.path).path)
        if fault is None:
            self.pass_back(self.pass_on())
        else:
            FAULTS[fault](self)

    do_POST = do_GET  # noqa: N815 - the base's way

    def pass_on(self) -> Passed:
        """Let central answer."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        with self.server.proxy.upstream() as connection:
            connection.request(self.command, self.path, self.body or None, headers)
            answer = connection.getresponse()
            return Passed(answer.status, tuple(answer.getheaders()), answer.read())

    def pass_back(self, answer: Passed) -> None:
        """Give central's answer to the terminal."""
        self._head(answer)
        self.wfile.write(answer.body)

    def torn(self, answer: Passed) -> None:
        """The first half of it, then nothing more."""
        self._head(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.cut()

    def dripped(self, answer: Passed) -> None:
        """A few bytes now and then; after a while the rest."""
        self._head(answer)
        rest = memoryview(answer.body)
        for _ in range(round(DRIP_S / DRIP_EVERY_S)):
            self.wfile.write(rest[:DRIP_BYTES])
            rest = rest[DRIP_BYTES:]
            if not rest or self.server.proxy.pause(DRIP_EVERY_S):
                break
        self.wfile.write(rest)

    def says(self, status: int, media_type: str, body: bytes, **more: str) -> None:
        """An answer that central did not give."""
        named = {"Content-Type": media_type} | {k.replace("_", "-"): v for k, v in more.items()}
        self.pass_back(Passed(status, tuple(named.items()), body))

    def cut(self) -> None:
        """Reset the connection, as a network does that is gone."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _head(self, answer: Passed) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nobody reads it."""


def _drop(call: _Call) -> None:
    """Central never hears of it."""
    call.cut()


def _delay(call: _Call) -> None:
    call.server.proxy.pause(call.server.proxy.uniform(0.0, LONGEST_DELAY_S))
    call.pass_back(call.pass_on())


def _duplicate(call: _Call) -> None:
    """Central hears it twice; the terminal sees the second answer."""
    call.pass_on()
    call.pass_back(call.pass_on())


def _lost_reply(call: _Call) -> None:
    """Central has answered, so it has committed; the terminal does not hear of it."""
    call.pass_on()
    call.cut()


def _garbage(call: _Call) -> None:
    call.wfile.write(b"\x00\xff\x13SSH-2.0-whatever\r\n\r\n")
    call.cut()


FAULTS: Mapping[str, Callable[[_Call], None]] = MappingProxyType(
    {
        "drop": _drop,
        "delay": _delay,
        "duplicate": _duplicate,
        "lost_reply": _lost_reply,
        "torn_reply": lambda call: call.torn(call.pass_on()),
        "error": lambda call: call.says(500, "application/problem+json", _PROBLEM),
        "slow_down": lambda call: call.says(429, "text/plain", b"", Retry_After=str(RETRY_AFTER_S)),
        "garbage": _garbage,
        "portal": lambda call: call.says(200, "text/html; charset=utf-8", _PORTAL),
        "drip": lambda call: call.dripped(call.pass_on()),
    }
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: ChaosProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Peers that are gone are what this is about."""


class ChaosProxy:
    """Listens on a free loopback port until ``close``; quiet until it is told to spoil calls."""

    def __init__(self, central_url: str, seed: int) -> None:
        parts = urlsplit(central_url)
        assert parts.hostname
        assert parts.port
        self._central = (parts.hostname, parts.port)
        self._lock = threading.Lock()
        self._chance = random.Random(seed)
        self._closing = threading.Event()
        self._share = 0.0
        self.calls: Counter[str] = Counter()
        """By path, while calls are spoilt."""
        self.spoilt: Counter[str] = Counter()
        """By fault."""
        self._server = _Server(("127.0.0.1", 0), _Call)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="chaos", daemon=True
        )
        self._thread.start()

    def spoil(self, share: float = SHARE) -> None:
        """From now on, spoil this share of the calls."""
        with self._lock:
            self._share = share

    def draw(self, path: str) -> str | None:
        """The fault of the next call, or None."""
        with self._lock:
            if not self._share:
                return None
            self.calls[path] += 1
            if self._chance.random() >= self._share:
                return None
            fault = self._chance.choice(tuple(FAULTS))
            self.spoilt[fault] += 1
            return fault

    def uniform(self, low: float, high: float) -> float:
        """A number by the seed."""
        with self._lock:
            return self._chance.uniform(low, high)

    def pause(self, seconds: float) -> bool:
        """Wait; whether the proxy is closing."""
        return self._closing.wait(seconds)

    @contextmanager
    def upstream(self) -> Iterator[http.client.HTTPConnection]:
        """A connection to central for one call."""
        connection = http.client.HTTPConnection(*self._central, timeout=UPSTREAM_S)
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Listen no more; calls under way end by themselves."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def chaos_before(central_url: str, seed: int) -> Iterator[ChaosProxy]:
    """A proxy in front of central; closed with the block."""
    proxy = ChaosProxy(central_url, seed)
    try:
        yield proxy
    finally:
        proxy.close()
