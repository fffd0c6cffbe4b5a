"""Signing on: a signed assertion, once, at about the right time."""

from __future__ import annotations

import secrets
import time
from email.utils import parsedate_to_datetime

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.tokens import TOKEN_LIFETIME_S
from kiosk.protocol.messages import Problem, TokenAnswer
from kiosk.protocol.sign_on import TOKEN_AUDIENCE, make_assertion
from tests.central.client import read, token_form
from tests.central.conftest import Shop, together


def ask(http: httpx.Client, assertion: str) -> httpx.Response:
    return http.post("/oauth2/token", data=token_form(assertion))


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, msgspec.json.decode(response.content, type=Problem).code


def test_gives_a_token_that_is_accepted(shop: Shop) -> None:
    terminal = shop.terminal()
    answer = read(
        ask(shop.http, make_assertion(terminal.name, terminal.key, int(time.time()))), TokenAnswer
    )
    assert (answer.token_type, answer.expires_in) == ("Bearer", TOKEN_LIFETIME_S)
    headers = {"Authorization": f"Bearer {answer.access_token}"}
    assert shop.http.get("/v1/changes", headers=headers).status_code == 200


def test_an_assertion_is_good_once_also_at_the_same_moment(shop: Shop) -> None:
    terminal = shop.terminal()
    assertion = make_assertion(terminal.name, terminal.key, int(time.time()))
    answers = together(*[lambda: ask(shop.http, assertion)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5
    assert {code_of(a) for a in answers if a.status_code != 200} == {(401, "assertion_replayed")}


@pytest.mark.parametrize("off_s", [-7200, 7200])
def test_a_wrong_clock_is_told_and_the_right_time_sent(shop: Shop, off_s: int) -> None:
    terminal = shop.terminal()
    answer = ask(shop.http, make_assertion(terminal.name, terminal.key, int(time.time()) + off_s))
    assert code_of(answer) == (401, "assertion_time")
    assert abs(parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()) <= 10


def test_every_answer_tells_the_time(shop: Shop) -> None:
    for path in ("/healthz", "/v1/changes", "/nothing"):
        asked_s = time.time()
        sent_s = parsedate_to_datetime(shop.http.get(path).headers["date"]).timestamp()
        # Whole seconds, looked at once a second; how long the answer took is not its fault.
        assert asked_s - 3 <= sent_s <= time.time()


def test_refuses_what_proves_nothing(shop: Shop) -> None:
    terminal, other = shop.terminal(), Ed25519PrivateKey.generate()
    now_s = int(time.time())
    assert code_of(ask(shop.http, make_assertion(terminal.name, other, now_s))) == (
        401,
        "assertion_refused",
    )
    stranger = ask(shop.http, make_assertion("S001-T9999", other, now_s))
    assert code_of(stranger) == (401, "terminal_unknown")
    assert code_of(ask(shop.http, make_assertion("a\0b", other, now_s))) == (
        401,
        "terminal_unknown",
    )
    assert code_of(ask(shop.http, "x" * 40)) == (401, "assertion_unreadable")
    unsigned = jwt.encode({"iss": terminal.name, "sub": terminal.name}, "", algorithm="none")
    assert code_of(ask(shop.http, unsigned)) == (401, "assertion_refused")


def test_a_hostile_assertion_id_is_only_an_id(shop: Shop) -> None:
    terminal, now_s = shop.terminal(), int(time.time())
    claims = {
        "iss": terminal.name,
        "sub": terminal.name,
        "aud": TOKEN_AUDIENCE,
        "iat": now_s,
        "exp": now_s + 60,
        "jti": f"\0'; --{secrets.token_hex(4)}",
    }
    assert ask(shop.http, jwt.encode(claims, terminal.key, algorithm="EdDSA")).status_code == 200


def test_refuses_foreign_expired_and_missing_tokens(shop: Shop) -> None:
    terminal = shop.terminal()
    now_s = int(time.time())
    claims = {
        "iss": "pickup-kiosk/central",
        "aud": "pickup-kiosk/api",
        "sub": terminal.name,
        "store": "S001",
        "exp": now_s + 900,
    }
    own_key = jwt.encode(claims, terminal.key, algorithm="EdDSA")
    expired = jwt.encode(claims | {"exp": now_s - 1}, shop.services.keys.tokens, algorithm="EdDSA")
    good = jwt.encode(claims, shop.services.keys.tokens, algorithm="EdDSA")
    for header in (f"Bearer {own_key}", f"Bearer {expired}", f"Basic {good}", "Bearer", good):
        answer = shop.http.get("/v1/changes", headers={"Authorization": header})
        assert code_of(answer) == (401, "token_invalid")
        assert answer.headers["www-authenticate"] == "Bearer"
    answer = shop.http.get("/v1/changes", headers={"Authorization": f"Bearer {good}"})
    assert answer.status_code == 200
