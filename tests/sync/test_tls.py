"""Certificates made here, real handshakes on loopback."""

import datetime as dt
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.sync.client import CentralClient
from kiosk.sync.errors import BadAddress, CentralUnreachable
from kiosk.sync.sockets import tls_context
from tests.sync import fake_central as fc
from tests.sync.conftest import KEY, credentials_for
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import FakeTimeKeeper

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def write(self, path: Path) -> str:
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def make_authority(text: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_named(text), _named(text), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(_named(text), key, certificate)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, age: int = 0
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC) - age * DAY
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )


def server_context(
    authority: Authority,
    folder: Path,
    *names: x509.GeneralName,
    common_name: str = "central",
    age: int = 0,
) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_named(common_name), authority.name, key.public_key(), age)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(authority.key, hashes.SHA256())
    pem = folder / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@contextmanager
def secure_central(context: ssl.SSLContext) -> Iterator[FakeCentral]:
    central = FakeCentral(tls=context)
    central.terminal_key = KEY.public_key()
    try:
        yield central
    finally:
        central.close()


def refusal(url: str, ca_file: str | None) -> str:
    client = CentralClient(credentials_for(url, ca_file), FakeTimeKeeper())
    with pytest.raises(CentralUnreachable) as caught:
        client.keys()
    client.close()
    return caught.value.reason


@pytest.fixture
def authority() -> Authority:
    return make_authority("Private CA")


@pytest.fixture
def ca_file(authority: Authority, tmp_path: Path) -> str:
    return authority.write(tmp_path / "ca.pem")


def test_the_right_central_is_spoken_to(authority: Authority, ca_file: str, tmp_path: Path) -> None:
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        client = CentralClient(credentials_for(central.url, ca_file), FakeTimeKeeper())
        # More than one TLS record each way, and a kept connection.
        entries = [bytes([number]) * 40_000 for number in range(20)]
        for _ in range(2):
            assert len(client.push_batch(entries).outcomes) == 20
        assert client.claim(b"v" * 16).state == "granted"
        client.close()


def test_tls_1_2_is_refused(authority: Authority, ca_file: str, tmp_path: Path) -> None:
    context = server_context(authority, tmp_path, LOOPBACK)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with secure_central(context) as central:
        assert refusal(central.url, ca_file) == "tls"
        assert not central.seen


def test_another_ca_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = make_authority("Other CA").write(tmp_path / "other.pem")
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        assert refusal(central.url, other) == "tls_certificate"
        assert not central.seen


def test_the_systems_cas_do_not_vouch_for_a_private_one(
    authority: Authority, tmp_path: Path
) -> None:
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        assert refusal(central.url, None) == "tls_certificate"


def test_another_name_is_refused(authority: Authority, ca_file: str, tmp_path: Path) -> None:
    context = server_context(authority, tmp_path, x509.DNSName("other.example"))
    with secure_central(context) as central:
        assert refusal(central.url, ca_file) == "tls_name"
        assert not central.seen


def test_a_common_name_is_no_name(authority: Authority, ca_file: str, tmp_path: Path) -> None:
    context = server_context(authority, tmp_path, common_name="localhost")
    with secure_central(context) as central:
        assert refusal(f"https://localhost:{central.port}", ca_file) == "tls_name"


def test_an_expired_certificate_is_refused(
    authority: Authority, ca_file: str, tmp_path: Path
) -> None:
    with secure_central(server_context(authority, tmp_path, LOOPBACK, age=30)) as central:
        assert refusal(central.url, ca_file) == "tls_certificate"


def test_a_plain_server_behind_https_is_refused(central: FakeCentral, ca_file: str) -> None:
    assert refusal(central.url.replace("http:", "https:"), ca_file) == "tls"
    assert not central.seen


def test_a_missing_or_empty_ca_file_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for path in (tmp_path / "absent.pem", empty):
        client = CentralClient(
            credentials_for("https://central.invalid", str(path)), FakeTimeKeeper()
        )
        with pytest.raises(BadAddress, match=path.name) as caught:
            client.keys()
        assert caught.value.reason == "ca_file"


def test_a_ca_file_that_appears_later_is_used(
    authority: Authority, ca_file: str, tmp_path: Path
) -> None:
    late = tmp_path / "late.pem"
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        client = CentralClient(credentials_for(central.url, str(late)), FakeTimeKeeper())
        with pytest.raises(BadAddress):
            client.keys()
        authority.write(late)
        assert client.keys() is not None
        client.close()


def test_only_the_private_ca_is_trusted_whatever_the_environment_says(
    authority: Authority, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = make_authority("Environment's CA")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, bundle.write(tmp_path / "bundle.pem"))
    keylog = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keylog))
    with secure_central(server_context(bundle, tmp_path, LOOPBACK)) as central:
        assert refusal(central.url, ca_file) == "tls_certificate"
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        client = CentralClient(credentials_for(central.url, ca_file), FakeTimeKeeper())
        assert client.keys() is not None
        client.close()
    assert not keylog.exists()


def test_requests_own_public_cas_are_not_added_to_a_private_one(
    authority: Authority, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = []

    def remembered(path: str | None) -> ssl.SSLContext:
        contexts.append(tls_context(path))
        return contexts[-1]

    monkeypatch.setattr("kiosk.sync.transport.tls_context", remembered)
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        client = CentralClient(credentials_for(central.url, ca_file), FakeTimeKeeper())
        assert client.keys() is not None
        client.close()
    (context,) = contexts
    assert context.cert_store_stats()["x509"] == 1
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_drip_over_tls_is_bounded_too(authority: Authority, ca_file: str, tmp_path: Path) -> None:
    with secure_central(server_context(authority, tmp_path, LOOPBACK)) as central:
        client = CentralClient(credentials_for(central.url, ca_file), FakeTimeKeeper())
        central.next(fc.CLAIMS, fc.drips)
        with pytest.raises(CentralUnreachable) as caught:
            client.claim(b"v" * 16)
        assert caught.value.reason == "timeout"
        client.close()


def test_a_handshake_that_never_ends_is_bounded_too(ca_file: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        client = CentralClient(credentials_for(url, ca_file), FakeTimeKeeper())
        began_s = time.monotonic()
        with pytest.raises(CentralUnreachable) as caught:
            client.claim(b"v" * 16)
        assert caught.value.reason == "timeout"
        assert time.monotonic() - began_s < 10.0, "it would never end"
        client.close()
