"""Terminal and central over TLS with a private CA, from enrolment to the last entry."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.e2e.certificates import LOOPBACK, Authority
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import Central, Done, central_at, kiosk, redeeming, sync

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def secure(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    home = tmp_path_factory.mktemp("head-office")
    with central_at(home, tls=authority.certify(LOOPBACK)) as central:
        yield central


def refused(central: str, code: str, home: Path, *options: str | Path) -> Done:
    """An enrolment that fails, and leaves nothing that looks like a terminal."""
    done = kiosk("enroll", "--central", central, "--home", home, *options, given=code, status=1)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert code not in done.stderr
    assert not (home / "terminal.json").exists()
    return done


def test_a_whole_day_over_tls(secure: Central, authority: Authority, tmp_path: Path) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    home = secure.enroll(tmp_path / "terminal", "--ca", authority.file)
    # The terminal keeps its own copy: the file it was given may go.
    codes = secure.issue(5)
    with redeeming(home) as terminal:
        for code in codes:
            assert terminal.ask(code.text)["verdict"] == "accepted"
        assert terminal.finish().status == 0
    assert sync(home)["ok"]
    recorded = assert_equal(secure, [home])
    assert_each_once(recorded, [code.voucher for code in codes])
    reached = kiosk("doctor", "--json", "--home", home).lines[-1]
    assert (reached["check"], reached["state"]) == ("central", "ok")


def test_a_wrong_ca_is_refused(secure: Central, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    code = secure.enroll_code()
    done = refused(secure.url, code, tmp_path / "terminal", "--ca", stranger.file)
    assert "tls_certificate" in done.stderr


def test_a_private_ca_that_nobody_named_is_refused(secure: Central, tmp_path: Path) -> None:
    done = refused(secure.url, secure.enroll_code(), tmp_path / "terminal")
    assert "tls_certificate" in done.stderr


def test_a_refused_code_is_not_spent(secure: Central, authority: Authority, tmp_path: Path) -> None:
    code, home = secure.enroll_code(), tmp_path / "terminal"
    refused(secure.url, code, home)
    kiosk("enroll", "--central", secure.url, "--home", home, "--ca", authority.file, given=code)
    assert sync(home)["ok"]


def test_a_wrong_name_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = authority.certify(x509.DNSName("central.example"))
    with central_at(tmp_path / "head-office", tls=other) as central:
        home = tmp_path / "terminal"
        done = refused(central.url, central.enroll_code(), home, "--ca", authority.file)
        assert "tls_name" in done.stderr


def test_a_central_that_changes_its_certificate_is_not_followed(
    authority: Authority, tmp_path: Path
) -> None:
    head_office = tmp_path / "head-office"
    with central_at(head_office, tls=authority.certify(LOOPBACK)) as central:
        home = central.enroll(tmp_path / "terminal", "--ca", authority.file)
        (code,) = central.issue(1)
        central.stop()
        stranger = Authority(tmp_path, "stranger").certify(LOOPBACK)
        for mine, theirs in zip(authority.certify(LOOPBACK), stranger, strict=True):
            mine.write_bytes(theirs.read_bytes())
        central.start()
        with redeeming(home) as terminal:
            answer = terminal.ask(code.text)
            assert answer["verdict"] == "accepted"
            assert terminal.finish().status == 0
        hurried = ("--until-empty", "--timeout", "2")
        report = kiosk("sync", *hurried, "--json", "--home", home, status=1).line
        assert report["error"] == "tls_certificate"
        assert (report["sent"], report["waiting"]) == (0, 1)


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:8780", "http://central.example", "ftp://127.0.0.1"]
)
def test_plain_http_beyond_this_machine_is_never_tried(url: str, tmp_path: Path) -> None:
    done = refused(url, "AAAA-BBBB", tmp_path / "terminal")
    assert "plain_http" in done.stderr or "bad_url" in done.stderr
    assert ("plain_http" in done.stderr) == url.startswith("http:")


def test_central_does_not_serve_plain_http_beyond_this_machine(tmp_path: Path) -> None:
    done = kiosk(
        "central", "serve", "--host", "0.0.0.0", "--port", "0", "--home", tmp_path, status=1
    )
    assert "plain http is for loopback only" in done.stderr
    assert done.stdout == ""
