"""``kiosk central serve`` as a real process: says when it accepts, stops in time, TLS 1.3."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.central.enrolment import new_code
from kiosk.central.seeding import SeedOrder, seed
from kiosk.central.services import open_services
from kiosk.central.serving import ServeError, ServeOptions, serve
from tests.central.client import Terminal, enroll
from tests.central.conftest import STORE

# The command's own parser: the rest of the command line is not needed here.
PROGRAM = """
import argparse, sys
from kiosk.commands import central
parser = argparse.ArgumentParser()
central.add_parser(parser.add_subparsers())
args = parser.parse_args(["central", *sys.argv[1:]])
sys.exit(args.run(args))
"""


@contextmanager
def serving(home: Path, *options: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A serving process and its URL, taken from its one line."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "serve", "--home", home, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(r"central listening on (https?://127\.0\.0\.1:\d+)\n", line)
            assert found, (line, process.stderr and process.stderr.read())
            yield process, found[1]
        finally:
            if process.poll() is None:
                process.kill()


def stop(process: subprocess.Popen[str], number: int) -> float:
    """Send a signal; how long it took to end, with status 0 and nothing more on stdout."""
    asked = time.monotonic()
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    took_s = time.monotonic() - asked
    assert (process.returncode, output) == (0, ""), errors
    assert "Traceback" not in errors
    return took_s


def terminal_of(home: Path, http: httpx.Client, database: str | None = None) -> Terminal:
    services = open_services(home, database)
    try:
        code = services.database.write(lambda tx: new_code(tx, STORE, int(time.time())))
    finally:
        services.close()
    return enroll(http, code)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    services = open_services(tmp_path)
    seed(services, SeedOrder())
    services.close()
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_without_waiting_for_an_open_poll(home: Path, number: int) -> None:
    with serving(home) as (process, url), httpx.Client(base_url=url, timeout=30) as http:
        terminal = terminal_of(home, http)
        terminal.catch_up()
        answered = threading.Event()

        def poll() -> None:
            assert not terminal.changes(wait=25).changes
            answered.set()

        thread = threading.Thread(target=poll)
        thread.start()
        deadline = time.monotonic() + 10
        while "GET" not in _open_requests(http) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert stop(process, number) < 10, "half a second on an idle machine; the poll has 25"
        thread.join()
        assert answered.is_set(), "the poll got an answer, not a cut connection"


def _open_requests(http: httpx.Client) -> str:
    """The requests under way, by the server's own count."""
    lines = http.get("/metrics").text.splitlines()
    return " ".join(
        line
        for line in lines
        if line.startswith("central_requests_in_progress{")
        and "/v1/changes" in line
        and line.endswith(" 1.0")
    )


def test_accepts_as_soon_as_it_says_so(home: Path) -> None:
    with serving(home) as (process, url):
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
        stop(process, signal.SIGTERM)


def refused(home: Path, **options: Any) -> str:
    """What ``serve`` says instead of serving."""

    def announce(_url: str) -> None:
        pytest.fail("it serves")

    with pytest.raises(ServeError) as caught:
        serve(ServeOptions(home, **({"port": 0} | options)), announce)
    return str(caught.value)


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"cannot listen on 127.0.0.1:{port}" in refused(tmp_path, port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_plain_http_is_for_loopback_only(tmp_path: Path, host: str) -> None:
    assert "plain http is for loopback only" in refused(tmp_path, host=host)


# --- TLS --------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


def test_speaks_tls_1_3_only(home: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    with serving(home, "--tls-cert", cert, "--tls-key", key) as (process, url):
        assert url.startswith("https://")
        context = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(verify=context) as http:
            assert http.get(f"{url}/healthz").json() == {"status": "ok"}
        old = ssl.create_default_context(cafile=str(cert))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            httpx.Client(verify=old) as http,
            pytest.raises(httpx.ConnectError, match=r"(?i)ssl|tls"),
        ):
            http.get(f"{url}/healthz")
        stop(process, signal.SIGTERM)


def test_certificate_and_key_belong_together(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    assert "belong together" in refused(tmp_path, tls_cert=cert)
    assert "belong together" in refused(tmp_path, tls_key=key)


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("rubbish")
    assert "bad.pem" in refused(tmp_path, tls_cert=bad, tls_key=bad)
    assert "none.pem" in refused(tmp_path, tls_cert=tmp_path / "none.pem", tls_key=bad)


# --- several processes ------------------------------------------------------------------------


def test_workers_share_one_shop(home: Path) -> None:
    """What one process commits wakes a poll that another one answers."""
    with serving(home, "--workers", "2") as (process, url):
        clients = [httpx.Client(base_url=url, timeout=30) for _ in range(4)]
        try:
            terminals = [terminal_of(home, http) for http in clients]
            for terminal in terminals:
                terminal.catch_up()
            threads = [
                threading.Thread(target=terminal.changes, args=(20,)) for terminal in terminals[1:]
            ]
            for thread in threads:
                thread.start()
            [outcome] = terminals[0].send(terminals[0].redeem(bytes(16)))
            for thread in threads:
                thread.join()
        finally:
            for client in clients:
                client.close()
        for terminal in terminals[1:]:
            assert outcome.entry in [getattr(change, "entry", None) for change in terminal.seen]
        assert stop(process, signal.SIGTERM) < 3
