import time
from email.utils import formatdate

import pytest

from kiosk.protocol import messages as m
from kiosk.sync import client as client_module
from kiosk.sync.client import CentralClient, enroll
from kiosk.sync.errors import (
    BadAddress,
    CentralAnsweredBadly,
    CentralError,
    CentralUnreachable,
    NotAllowed,
)
from kiosk.sync.sockets import Switch
from kiosk.sync.transport import Answer, Patience, Transport
from tests.sync import fake_central as fc
from tests.sync.conftest import credentials_for
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import FakeTimeKeeper

VOUCHER = b"v" * 16
PATIENCE_S = 5.0
"""What a busy machine may add; what is not cut short takes half a minute here."""
STOCK = m.StockChange("CRAB-4", 12)


def test_every_call_is_understood(client: CentralClient, central: FakeCentral) -> None:
    central.tell(STOCK)
    page = client.changes("", 0)
    assert (page.changes, page.cursor, page.more) == ([STOCK], "1", False)
    assert client.claim(VOUCHER).state == "granted"
    assert client.claim(VOUCHER, release=True).state == "released"
    outcome = client.push_batch([b"sealed"]).outcomes[0]
    assert (outcome.state, outcome.receipt) == ("applied", b"receipt")
    keys = client.keys()
    assert keys is not None
    assert keys.document == b"signed keys"
    assert client.keys(keys.etag) is None
    assert len(central.requests(fc.TOKEN)) == 1


def test_enrolment_needs_no_token(central: FakeCentral) -> None:
    request = m.EnrollRequest("GOOD-CODE", b"k" * 32, "1.0")
    assert enroll(central.url, None, request).terminal == "S001-T01"
    assert not central.requests(fc.TOKEN)
    with pytest.raises(NotAllowed) as refusal:
        enroll(central.url, None, m.EnrollRequest("USED-CODE", b"k" * 32))
    assert refusal.value.code == "enroll_code_unknown"
    assert len(central.requests(fc.ENROLL)) == 2


@pytest.mark.parametrize(
    "fault,kind,reason",
    [
        (fc.portal, CentralAnsweredBadly, "html"),
        (fc.redirects, CentralAnsweredBadly, "redirect"),
        (fc.huge, CentralAnsweredBadly, "too_large"),
        (fc.gzip_bomb, CentralAnsweredBadly, "too_large"),
        (fc.garbage, CentralUnreachable, "cut"),
        (fc.cut_short, CentralUnreachable, "cut"),
        (fc.hangs_up, CentralUnreachable, "cut"),
        (fc.says(200, b"{"), CentralAnsweredBadly, "bad_json"),
        (fc.says(200, b""), CentralAnsweredBadly, "bad_json"),
        (fc.says(200, b"\xff\xfe{}"), CentralAnsweredBadly, "bad_json"),
        (fc.says(200, b'{"state": "\xff"}'), CentralAnsweredBadly, "bad_json"),
        (fc.says(200, b'{"state": "maybe"}'), CentralAnsweredBadly, "bad_json"),
        (fc.says(200, b'{"x": ' + b"[" * 200_000), CentralAnsweredBadly, "bad_json"),
        (fc.says(200, b"granted", "text/plain"), CentralAnsweredBadly, "not_json"),
        (fc.says(200, b" <html>"), CentralAnsweredBadly, "bad_json"),
        (fc.says(503, b"<html>", "text/html"), CentralAnsweredBadly, "html"),
        (fc.says(403, b"<html>", "text/html"), CentralAnsweredBadly, "html"),
        (fc.says(502, b"", "text/plain"), CentralAnsweredBadly, "http_502"),
        (fc.fails(500), CentralAnsweredBadly, "http_500"),
        (fc.fails(403, "terminal_disabled"), NotAllowed, "not_allowed"),
    ],
)
def test_what_is_no_good_answer_is_a_typed_error(
    client: CentralClient,
    central: FakeCentral,
    fault: fc.Fault,
    kind: type[CentralError],
    reason: str,
) -> None:
    central.next(fc.CLAIMS, fault)
    with pytest.raises(kind) as caught:
        client.claim(VOUCHER)
    assert caught.value.reason == reason
    assert len(central.requests(fc.CLAIMS)) == 1
    assert client.claim(VOUCHER).state == "granted"


@pytest.mark.parametrize("fault", [fc.drips, fc.drips_headers, fc.hangs])
def test_a_drip_or_a_silence_cannot_hold_a_call(
    client: CentralClient, central: FakeCentral, fault: fc.Fault
) -> None:
    central.next(fc.CLAIMS, fault)
    began_s = time.monotonic()
    with pytest.raises(CentralUnreachable) as caught:
        client.claim(VOUCHER)
    assert caught.value.reason == "timeout"
    assert time.monotonic() - began_s < client_module.CLAIM.total_s + PATIENCE_S


def test_cutting_the_switch_ends_a_running_call_at_once(central: FakeCentral) -> None:
    switch = Switch()
    patient = CentralClient(credentials_for(central.url), FakeTimeKeeper(), switch)
    patient.changes("", 0)
    central.next(fc.CHANGES, _cuts_then_hangs(switch))
    began_s = time.monotonic()
    with pytest.raises(CentralUnreachable) as caught:
        patient.changes("", 25)
    assert caught.value.reason == "network_off"
    assert time.monotonic() - began_s < PATIENCE_S
    seen = len(central.seen)
    with pytest.raises(CentralUnreachable):
        patient.claim(VOUCHER)
    assert len(central.seen) == seen
    switch.restore()
    assert patient.claim(VOUCHER).state == "granted"
    patient.close()


def _cuts_then_hangs(switch: Switch) -> fc.Fault:
    def fault(handler: fc.Handler) -> None:
        switch.cut("network_off")
        fc.hangs(handler)

    return fault


def test_nobody_there_is_told_apart(time_keeper: FakeTimeKeeper) -> None:
    gone = FakeCentral()
    gone.close()
    client = CentralClient(credentials_for(gone.url), time_keeper)
    with pytest.raises(CentralUnreachable) as caught:
        client.keys()
    assert caught.value.reason == "refused"
    client.close()


def test_an_unknown_name_is_told_apart(time_keeper: FakeTimeKeeper) -> None:
    client = CentralClient(credentials_for("https://central.invalid"), time_keeper)
    with pytest.raises(CentralUnreachable) as caught:
        client.keys()
    assert caught.value.reason == "dns"
    client.close()


@pytest.mark.parametrize(
    "url,reason",
    [
        ("http://central.example", "plain_http"),
        ("http://10.0.0.1:8780", "plain_http"),
        ("http://127.0.0.1.example", "plain_http"),
        ("http://2130706433", "plain_http"),
        ("http://[::2]", "plain_http"),
        ("http://127.0.0.1@central.example", "bad_url"),
        ("http://central.example\\@127.0.0.1", "bad_url"),
        ("https://user:word@central.example", "bad_url"),
        ("https://central.example?x=1", "bad_url"),
        ("ftp://central.example", "bad_url"),
        ("central.example", "bad_url"),
        ("https://", "bad_url"),
        ("https://central.example:port", "bad_url"),
        ("", "bad_url"),
    ],
)
def test_an_unsafe_address_is_refused_before_anything_is_sent(
    url: str, reason: str, time_keeper: FakeTimeKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_args: object) -> None:
        raise AssertionError("a socket was wanted")

    monkeypatch.setattr("socket.getaddrinfo", no_network)
    with pytest.raises(BadAddress) as caught:
        CentralClient(credentials_for(url), time_keeper).keys()
    assert caught.value.reason == reason


def test_a_name_that_lies_about_being_loopback_is_not_spoken_to(
    central: FakeCentral, time_keeper: FakeTimeKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    # "localhost" may resolve to anything: the connection's far end decides.
    monkeypatch.setattr("kiosk.sync.sockets.ipaddress.ip_address", lambda _text: _Elsewhere())
    client = CentralClient(credentials_for(f"http://localhost:{central.port}"), time_keeper)
    with pytest.raises(BadAddress) as caught:
        client.keys()
    assert caught.value.reason == "plain_http"
    assert not central.seen
    client.close()


class _Elsewhere:
    is_loopback = False


def test_ipv6_loopback_may_be_plain(time_keeper: FakeTimeKeeper) -> None:
    client = CentralClient(credentials_for("http://[::1]:9"), time_keeper)
    with pytest.raises(CentralUnreachable) as caught:
        client.keys()
    assert not isinstance(caught.value, BadAddress)
    client.close()


def test_the_environment_cannot_send_calls_elsewhere(
    central: FakeCentral, time_keeper: FakeTimeKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = CentralClient(credentials_for(central.url), time_keeper)
    assert client.claim(VOUCHER).state == "granted"
    client.close()


def test_large_batches_travel_compressed_and_small_ones_do_not(
    client: CentralClient, central: FakeCentral
) -> None:
    client.push_batch([b"small"])
    client.push_batch([b"x" * 5_000])
    small, large = central.requests(fc.BATCH)
    assert "Content-Encoding" not in small.headers
    assert large.headers["Content-Encoding"] == "gzip"
    assert len(large.body) < 1_000


def test_a_central_without_gzip_gets_plain_bodies_from_then_on(
    client: CentralClient, central: FakeCentral
) -> None:
    central.gzip_taken = False
    for number in range(2):
        answer = client.push_batch([bytes([number]) * 5_000])
        assert answer.outcomes[0].state == "applied"
    encodings = [seen.headers.get("Content-Encoding") for seen in central.requests(fc.BATCH)]
    assert encodings == ["gzip", None, None]


def test_changes_of_a_newer_central_do_not_stop_the_feed(
    client: CentralClient, central: FakeCentral
) -> None:
    known = m.encode(STOCK).decode()
    body = (
        '{"cursor": "7", "time_s": 1800000000.5, "new_field": {}, "changes": ['
        f'{{"type": "hologram", "x": 1}}, {known}, {{"no": "type"}}, 5]}}'
    )
    central.next(fc.CHANGES, fc.says(200, body.encode()))
    page = client.changes("", 0)
    assert page.changes == [STOCK]
    assert page.cursor == "7"


def test_outcomes_of_a_newer_central_do_not_spoil_the_others(
    client: CentralClient, central: FakeCentral
) -> None:
    good = m.Outcome(b"h" * 32, "applied")
    body = (
        f'{{"time_s": 1800000000, "outcomes": [{{"entry": "aGg=", "state": "postponed"}}, '
        f"{m.encode(good).decode()}]}}"
    )
    central.next(fc.BATCH, fc.says(200, body.encode()))
    assert client.push_batch([b"x"]).outcomes == [good]


@pytest.mark.parametrize("time_s", ["0", "-1", "1e300", "99999999999"])
def test_a_time_that_cannot_be_is_not_believed(
    client: CentralClient, central: FakeCentral, time_s: str
) -> None:
    body = f'{{"cursor": "1", "changes": [], "time_s": {time_s}}}'
    central.next(fc.CHANGES, fc.says(200, body.encode()))
    with pytest.raises(CentralAnsweredBadly) as caught:
        client.changes("", 0)
    assert caught.value.reason == "bad_time"


NOW_S = 1_750_000_000.0


@pytest.mark.parametrize(
    "text,seconds",
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("86400", 3600.0),
        ("9" * 400, 3600.0),
        (formatdate(NOW_S + 90, usegmt=True), 90.0),
        (formatdate(NOW_S + 90_000, usegmt=True), 3600.0),
        (formatdate(NOW_S - 90, usegmt=True), 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        ("Mon, 99 Foo 2025 99:99:99 GMT", None),
    ],
)
def test_retry_after_in_both_forms(text: str, seconds: float | None) -> None:
    headers = {"Retry-After": text, "Date": formatdate(NOW_S, usegmt=True)}
    assert Answer(503, headers, b"", 0.0).retry_after_s == seconds


def test_retry_after_reaches_the_caller(client: CentralClient, central: FakeCentral) -> None:
    central.next(fc.BATCH, fc.fails(429, "slow_down", Retry_After="17"))
    with pytest.raises(CentralAnsweredBadly) as caught:
        client.push_batch([b"x"])
    error = caught.value
    assert (error.status, error.code, error.retry_after_s) == (429, "slow_down", 17.0)


def test_cookies_of_a_portal_are_not_kept(central: FakeCentral) -> None:
    def baker(handler: fc.Handler) -> None:
        handler.answer(200, b"{}", Set_Cookie="id=1")

    transport = Transport(central.url, None, Switch())
    central.always("/x", baker)
    for _ in range(2):
        transport.send("GET", "/x", patience=Patience())
    assert all("Cookie" not in seen.headers for seen in central.requests("/x"))
    transport.close()
