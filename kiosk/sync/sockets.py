"""Sockets that obey one call's time budget and can be interrupted from another thread.

requests' time-outs are per read: a server that drips a byte now and then holds a thread for
ever, and nothing can wake a long poll. Here every read and write of a call waits in short
slices and looks at the call's deadline and at a switch between them. Portable, and no other
thread touches the socket.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from requests import PreparedRequest
from requests.adapters import HTTPAdapter

SLICE_S = 0.1
"""How soon an interruption is noticed."""

SEND_BYTES = 65_536


class Interrupted(ConnectionError):
    """The call was cut off by ``Switch.cut``."""


class Switch:
    """Cuts off calls, running and future, until it is restored. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cuts = 0
        self._is_cut = False
        self._reason = ""

    def cut(self, reason: str) -> None:
        """Interrupt running calls and refuse new ones; the reason names why."""
        with self._lock:
            self._cuts += 1
            self._is_cut = True
            self._reason = reason

    def restore(self) -> None:
        """Let new calls through; those that were running stay interrupted."""
        with self._lock:
            self._is_cut = False

    @property
    def is_cut(self) -> bool:
        """Whether new calls are refused now."""
        return self._is_cut

    @property
    def reason(self) -> str:
        """Why it was cut last."""
        return self._reason

    @property
    def cuts(self) -> int:
        """How often it was cut: a call that sees this change was interrupted."""
        return self._cuts


class Budget:
    """The time one call may take in all, and at most in silence."""

    def __init__(self, switch: Switch, total_s: float, silence_s: float) -> None:
        self._switch = switch
        self._cuts = switch.cuts
        self._ends_s = time.monotonic() + total_s
        self._silence_s = silence_s

    @property
    def interrupted(self) -> bool:
        """Whether the switch was cut since the call began, also when it is restored already."""
        return self._switch.is_cut or self._switch.cuts != self._cuts

    def slices(self) -> Iterator[float]:
        """Time-outs for the attempts of one read or write, while any time is left.

        Raises Interrupted, or TimeoutError when the call or the peer's silence took too long.
        """
        quiet_s = min(self._ends_s, time.monotonic() + self._silence_s)
        while True:
            if self.interrupted:
                raise Interrupted(self._switch.reason)
            left_s = quiet_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the call's time is used up")
            yield min(SLICE_S, left_s)


class _Current(threading.local):
    budget: Budget | None = None


_current = _Current()


@contextmanager
def within(budget: Budget) -> Iterator[Budget]:
    """Run one call (on this thread) under a budget."""
    earlier = _current.budget
    _current.budget = budget
    try:
        yield budget
    finally:
        _current.budget = earlier


def _in_slices(sock: socket.socket, attempt: Callable[[], int]) -> int:
    """Try one read or write until it succeeds or the current call's budget ends."""
    budget = _current.budget
    if budget is None:
        return attempt()
    for slice_s in budget.slices():
        sock.settimeout(slice_s)
        try:
            return attempt()
        except TimeoutError:
            continue  # nothing was lost: neither the kernel nor OpenSSL handed anything out
    raise AssertionError  # slices() ends by raising


class _PlainSocket(socket.socket):
    """A TCP socket under the current budget."""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        receive = super().recv_into
        return _in_slices(self, lambda: receive(buffer, nbytes, flags))

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        send = super().send
        with memoryview(data) as view, view.cast("B") as octets:
            sent = 0
            while sent < len(octets):
                rest = octets[sent : sent + SEND_BYTES]
                sent += _in_slices(self, lambda rest=rest: send(rest, flags))  # type: ignore[misc]


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS; its ``sendall`` is made of ``send``."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        receive = super().recv_into
        return _in_slices(self, lambda: receive(buffer, nbytes, flags))

    def send(self, data: Any, flags: int = 0) -> int:
        send = super().send
        return _in_slices(self, lambda: send(data, flags))


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """TLS 1.3 or nothing; the named private CA alone, or else the system's.

    Built by hand, because the ready-made contexts of ssl and urllib3 obey SSLKEYLOGFILE. Raises
    OSError (ssl.SSLError among them) when the file is missing or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks chain and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.hostname_checks_common_name = False
    context.sslsocket_class = _TlsSocket
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cafile=ca_file)
    return context


class NotLoopback(OSError):
    """A plain connection would have left this machine."""


class _PlainConnection(urllib3.connection.HTTPConnection):
    """Plain HTTP, and only to this very machine, whatever a name resolves to."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        peer = ipaddress.ip_address(connected.getpeername()[0])
        if not peer.is_loopback:
            connected.close()
            raise NotLoopback(f"{peer} is not loopback")
        timeout_s = connected.gettimeout()
        watched = _PlainSocket(
            connected.family, connected.type, connected.proto, fileno=connected.detach()
        )
        watched.settimeout(timeout_s)
        return watched


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class CentralAdapter(HTTPAdapter):
    """requests' transport with the sockets and the TLS rules of this module."""

    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        self._context = context
        self._connections = connections
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = urllib3.PoolManager(
            num_pools=1, maxsize=self._connections, ssl_context=self._context
        )
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PlainPool,
            "https": urllib3.HTTPSConnectionPool,
        }

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave trust to the context: requests would add its own public CAs to a private one."""

    def build_connection_pool_key_attributes(  # type: ignore[override]  # stubs name private types
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, dict[str, Any]]:
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"cert_reqs": "CERT_REQUIRED"}
