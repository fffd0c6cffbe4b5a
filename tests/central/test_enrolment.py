"""One-time codes: used once, by one key, in time."""

from __future__ import annotations

import time

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.enrolment import CODE_LIFETIME_S, new_code
from kiosk.central.terminals import disable_terminal
from kiosk.protocol.keyset import CODES, DOCUMENTS, RECEIPTS
from kiosk.protocol.messages import EnrollAnswer, EnrollRequest, Problem
from kiosk.protocol.trust import TrustBundle, open_bundle
from tests.central.client import read
from tests.central.conftest import STORE, Shop, together


def ask(
    http: httpx.Client, code: str, key: bytes | None = None, software: str = ""
) -> httpx.Response:
    public_key = key or Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    request = EnrollRequest(code, public_key, software)
    return http.post("/v1/terminals/enroll", content=msgspec.json.encode(request))


def refusal(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, msgspec.json.decode(response.content, type=Problem).code


def test_gives_an_identity_and_trust_that_verifies(shop: Shop) -> None:
    answer = shop.terminal().identity
    assert answer.terminal.startswith(f"{STORE}-T")
    assert (answer.store, answer.store_name) == (STORE, "示范门店")
    assert abs(answer.time_s - time.time()) < 5
    bundle = TrustBundle(answer.root_key, answer.key_set, answer.policy)
    key_set, policy = open_bundle(bundle)
    assert {purpose for key in key_set.keys for purpose in key.purposes} == {
        CODES,
        DOCUMENTS,
        RECEIPTS,
    }
    assert policy.version > 0


def test_terminal_ids_are_never_given_twice(shop: Shop) -> None:
    codes = [shop.code() for _ in range(8)]
    answers = together(*(lambda code=code: ask(shop.http, code) for code in codes))
    names = {read(answer, EnrollAnswer).terminal for answer in answers}
    assert len(names) == 8


def test_a_code_is_used_once_also_by_many_at_a_time(shop: Shop) -> None:
    code = shop.code()
    answers = together(*[lambda: ask(shop.http, code)] * 8)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {refusal(a)[1] for a in answers if a.status_code == 409} == {"code_used"}


def test_a_lost_answer_costs_no_code(shop: Shop) -> None:
    code, key = shop.code(), Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    first, again = (read(ask(shop.http, code, key), EnrollAnswer) for _ in range(2))
    assert first.terminal == again.terminal


def test_a_code_may_be_typed_as_people_type(shop: Shop) -> None:
    code = f" {shop.code().lower().replace('-', ' ')} "
    assert ask(shop.http, code).status_code == 200


def test_a_key_is_one_terminal(shop: Shop) -> None:
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert ask(shop.http, shop.code(), key).status_code == 200
    assert refusal(ask(shop.http, shop.code(), key)) == (409, "key_in_use")


def test_refuses_unknown_and_old_codes(shop: Shop) -> None:
    assert refusal(ask(shop.http, "AAAA-BBBB-CCCC")) == (404, "code_unknown")
    long_ago_s = int(time.time()) - CODE_LIFETIME_S
    old = shop.services.database.write(lambda tx: new_code(tx, STORE, long_ago_s))
    assert refusal(ask(shop.http, old)) == (410, "code_expired")


def test_the_code_itself_is_not_stored(shop: Shop) -> None:
    code = shop.code().replace("-", "")
    with shop.services.database.read() as connection:
        rows = connection.exec_driver_sql("select * from enrolment_codes").all()
    assert rows
    assert code.encode() not in b"".join(bytes(row[0]) for row in rows)


def test_text_that_a_database_cannot_hold_is_no_error(shop: Shop) -> None:
    assert ask(shop.http, shop.code(), software="kiosk\0 0.1").status_code == 200


def test_a_disabled_terminal_is_out_at_once(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher()
    assert terminal.claim(voucher).state == "granted"
    assert shop.services.database.write(lambda tx: disable_terminal(tx, terminal.name))
    headers = terminal.headers()
    sealed = terminal.redeem(voucher)
    answers = [
        shop.http.get("/v1/changes", headers=headers),
        terminal.post("/v1/claims", {"voucher": voucher}),
        terminal.post("/v1/ledger:batch", {"entries": [sealed]}),
    ]
    assert [refusal(answer) for answer in answers] == [(403, "terminal_disabled")] * 3
