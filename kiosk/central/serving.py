"""Running central: one process, or several that share a PostgreSQL database."""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import structlog
import structlog.tracebacks
import uvicorn

from kiosk.central.services import Services, open_services

GRACE_S = 1
"""How long a request may still run after SIGTERM; long polls are answered at once."""
_BACKLOG = 2048
_log = structlog.get_logger(__name__)


class ServeError(Exception):
    """Central cannot be served like that; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What to serve and where."""

    home: Path
    database: str | None = None
    host: str = "127.0.0.1"
    port: int = 8780
    """0: any free one."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    workers: int = 1


def serve(options: ServeOptions, announce: Callable[[str], None]) -> int:
    """Serve until SIGTERM or SIGINT; ``announce`` gets the URL once connections are accepted.

    Main thread only. Raises ServeError, CentralHomeError, DatabaseUnusableError.
    """
    _check(options)
    log_to_stderr()
    listening = open_socket(options.host, options.port)
    try:
        scheme = "https" if options.tls_cert else "http"
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        url = f"{scheme}://{shown}:{port}"
        if options.workers == 1:
            return _serve_here(options, listening, lambda: announce(url))
        return _serve_in_workers(options, listening, lambda: announce(url))
    finally:
        listening.close()


class CentralServer(uvicorn.Server):
    """uvicorn's server, which says when it accepts and wakes long polls when it stops."""

    def __init__(
        self, config: uvicorn.Config, services: Services, accepting: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._services = services
        self._accepting = accepting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepting()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.bell.stop()
        await super().shutdown(sockets)


def make_server(
    services: Services, accepting: Callable[[], None], options: ServeOptions | None = None
) -> CentralServer:
    """A server over opened services; run it with the sockets to listen on."""
    from kiosk.central.app import create_app

    tls = options is not None and options.tls_cert is not None
    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        ssl_context_factory=(lambda *_: _tls_context(options)) if options and tls else None,
    )
    return CentralServer(config, services, accepting)


def log_to_stderr() -> None:
    """Log lines as JSON to stderr: stdout belongs to the command's answer."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # may hold secrets
            ),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _check(options: ServeOptions) -> None:
    if (options.tls_cert is None) != (options.tls_key is None):
        raise ServeError("--tls-cert and --tls-key belong together")
    if options.tls_cert is None and not _is_loopback(options.host):
        raise ServeError(
            f"--host {options.host}: plain http is for loopback only, give --tls-cert and --tls-key"
        )
    if options.workers < 1:
        raise ServeError("--workers: at least 1")
    if options.tls_cert is not None:
        _tls_context(options)  # a bad file is told now, not by every worker


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls_context(options: ServeOptions) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    assert options.tls_cert is not None  # noqa: S101 - checked by the caller
    try:
        context.load_cert_chain(options.tls_cert, options.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ServeError(f"{options.tls_cert}, {options.tls_key}: {error}") from None
    return context


def open_socket(host: str, port: int) -> socket.socket:
    """A bound TCP socket; raises ServeError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # The protocol is named because asyncio switches Nagle's delay off for TCP only: without
        # it every answer waits 40 ms for the client's acknowledgement.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if sys.platform != "win32":  # there it would let two servers share a port
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        reason = error.strerror or error
        raise ServeError(f"cannot listen on {host}:{port}: {reason}") from None
    return listening


def _serve_here(
    options: ServeOptions, listening: socket.socket, accepting: Callable[[], None]
) -> int:
    services = open_services(options.home, options.database)
    try:
        server = make_server(services, accepting, options)
        # For a signal that comes before uvicorn listens to them; and when it is done, it raises
        # the one that stopped it once more, which is no crash.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        server.run(sockets=[listening])
    finally:
        services.close()
    _log.info("stopped")
    return 0


def _serve_in_workers(
    options: ServeOptions, listening: socket.socket, accepting: Callable[[], None]
) -> int:
    open_services(options.home, options.database).close()  # migrate before anybody serves
    listening.listen(_BACKLOG)
    metrics = tempfile.mkdtemp(prefix="kiosk-central-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    context = multiprocessing.get_context("spawn")
    ready = context.Semaphore(0)

    def start() -> SpawnProcess:
        worker = context.Process(target=_work, args=(options, listening, ready))
        worker.start()
        return worker

    workers = [start() for _ in range(options.workers)]
    try:
        waiting = options.workers
        while not stopping.wait(0.1):
            while waiting and ready.acquire(block=False):
                waiting -= 1
                if not waiting:
                    accepting()
            for place, worker in enumerate(workers):
                if worker.exitcode is None:
                    continue
                if waiting:
                    raise ServeError(f"a worker ended with {worker.exitcode} before it served")
                _log.error("worker_died", pid=worker.pid, exitcode=worker.exitcode)
                workers[place] = start()
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(2 * GRACE_S)
            worker.kill()
        shutil.rmtree(metrics, ignore_errors=True)
    _log.info("stopped")
    return 0


def _work(options: ServeOptions, listening: socket.socket, ready: Any) -> None:
    log_to_stderr()
    _serve_here(options, listening, ready.release)
