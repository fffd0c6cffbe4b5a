"""Hostile requests: every answer is a problem with a code, none tells about the inside."""

from __future__ import annotations

import gzip
import socket
import zlib

import httpx
import msgspec
import pytest

from kiosk.central.bodies import MAX_BODY_BYTES
from kiosk.central.tokens import Bearer, TokenDesk
from kiosk.protocol.messages import MAX_BATCH_BYTES, BatchAnswer, BatchRequest, Problem
from tests.central.client import read
from tests.central.conftest import Shop

BATCH = "/v1/ledger:batch"


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found = msgspec.json.decode(answer.content, type=Problem)
    assert found.status == answer.status_code
    assert found.title
    return answer.status_code, found.code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"entries": 1}',
        b'{"entries": [1]}',
        b'{"entries": ["not base64!"]}',
        b'{"entries": ["a"]}',
        b'{"entries": [null]}',
        b"[" * 100_000,
        b'{"entries": [' + b'"",' * 501 + b'""]}',
        b'{"voucher": "AAAA"}',
    ],
)
def test_a_body_that_is_no_batch(shop: Shop, body: bytes) -> None:
    headers = shop.terminal().headers()
    assert problem(shop.http.post(BATCH, content=body, headers=headers)) == (400, "invalid_request")


def test_the_token_is_looked_at_before_the_body(shop: Shop) -> None:
    answer = shop.http.post(BATCH, content=b"{")
    assert problem(answer) == (401, "token_invalid")


def test_bodies_have_a_limit(shop: Shop) -> None:
    headers = shop.terminal().headers()
    large = b" " * (MAX_BODY_BYTES + 1)
    assert problem(shop.http.post(BATCH, content=large, headers=headers))[0] == 413
    chunks = (b" " * 100_000 for _ in range(30))  # no Content-Length to warn of it
    assert problem(shop.http.post(BATCH, content=chunks, headers=headers))[0] == 413


def test_a_batch_has_a_limit_of_its_own(shop: Shop) -> None:
    terminal = shop.terminal()
    entries = [b"x" * 16_000] * (MAX_BATCH_BYTES // 16_000 + 1)
    assert problem(terminal.post(BATCH, BatchRequest(entries))) == (413, "batch_too_large")


def gzipped(shop: Shop, body: bytes, encoding: str = "gzip") -> httpx.Response:
    headers = shop.terminal().headers() | {"Content-Encoding": encoding}
    return shop.http.post(BATCH, content=body, headers=headers)


def test_gzip_is_taken(shop: Shop) -> None:
    terminal = shop.terminal()
    sealed = terminal.redeem(shop.voucher())
    body = gzip.compress(msgspec.json.encode(BatchRequest([sealed])))
    headers = terminal.headers() | {"Content-Encoding": "gzip"}
    answer = shop.http.post(BATCH, content=body, headers=headers)
    assert read(answer, BatchAnswer).outcomes[0].state == "applied"


def test_a_gzip_bomb_is_refused_before_it_grows(shop: Shop) -> None:
    bomb = gzip.compress(b" " * 500_000_000, 9)
    assert len(bomb) < 600_000
    assert problem(gzipped(shop, bomb)) == (413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        gzip.compress(b"{}")[:-3],
        gzip.compress(b"{}") + b"more",
        gzip.compress(b"{") + gzip.compress(b"}"),
        zlib.compress(b"{}"),
    ],
)
def test_gzip_that_is_none(shop: Shop, body: bytes) -> None:
    assert problem(gzipped(shop, body)) == (400, "bad_gzip")


def test_other_encodings_are_refused(shop: Shop) -> None:
    for encoding in ("br", "deflate", "gzip, gzip"):
        assert problem(gzipped(shop, b"x", encoding)) == (415, "unsupported_encoding")


@pytest.mark.parametrize(
    "method, path, expected",
    [
        ("GET", "/nothing", (404, "not_found")),
        ("GET", "/v1", (404, "not_found")),
        ("GET", "/v1/../../etc/passwd", (404, "not_found")),
        ("GET", "/v1/%00", (404, "not_found")),
        ("DELETE", "/v1/changes", (405, "method_not_allowed")),
        ("GET", BATCH, (405, "method_not_allowed")),
        ("POST", "/oauth2/token", (400, "invalid_request")),
    ],
)
def test_paths_and_methods(shop: Shop, method: str, path: str, expected: tuple[int, str]) -> None:
    assert problem(shop.http.request(method, path)) == expected


@pytest.mark.parametrize("query", ["wait=26", "wait=-1", "wait=x", "cursor=" + "x" * 300])
def test_query_parameters(shop: Shop, query: str) -> None:
    answer = shop.http.get(f"/v1/changes?{query}", headers=shop.terminal().headers())
    assert problem(answer) == (400, "invalid_request")
    assert query.partition("=")[0] in answer.text


class BrokenTokens(TokenDesk):
    """Fails as only a bug would."""

    def __init__(self) -> None:
        pass

    def bearer(self, token: str) -> Bearer | None:
        raise RuntimeError("secret detail at /home/central")


def test_a_broken_central_tells_nothing_but_that(shop: Shop) -> None:
    """Whatever fails inside, the answer is the same few words."""
    working = shop.services.tokens
    shop.services.tokens = BrokenTokens()
    try:
        answer = shop.http.get("/v1/changes", headers={"Authorization": "Bearer x"})
    finally:
        shop.services.tokens = working
    assert problem(answer) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_rubbish_instead_of_http(shop: Shop) -> None:
    port = int(shop.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(b"\x16\x03\x01\x00\xff" * 20 + b"\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert shop.http.get("/healthz").json() == {"status": "ok"}


def test_metrics_count_entries_and_requests(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.send(terminal.redeem(shop.voucher()), b"rubbish")
    text = shop.http.get("/metrics").text
    assert 'central_entries_total{state="applied"}' in text
    assert 'central_entries_total{state="quarantined"}' in text
    assert 'path="/v1/ledger:batch"' in text
    assert terminal.name not in text
