"""The calls of version 1 (docs/protocol.md)."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Annotated, Any, Literal, TypeAlias

import anyio.to_thread
import msgspec
from litestar import Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter, SkipValidation, URLEncodedBody
from msgspec import Meta, Struct

from kiosk.central.bell import Listener
from kiosk.central.claims import claim, release
from kiosk.central.cursors import CursorGoneError
from kiosk.central.documents import root_version, trust_bundle
from kiosk.central.enrolment import enroll
from kiosk.central.feed import Page, read_page
from kiosk.central.feed_log import COMMON
from kiosk.central.heads import read_heads
from kiosk.central.ingest import TerminalRefusedError
from kiosk.central.metrics import count_entries
from kiosk.central.problems import ApiError, problem_responses
from kiosk.central.services import Services
from kiosk.central.shops import store_name
from kiosk.central.status import STATUS_LIST
from kiosk.central.terminals import terminal_may_ask
from kiosk.central.tokens import TOKEN_LIFETIME_S, Bearer
from kiosk.central.vouchers import V2_REFRESH_S, fresh_code
from kiosk.domain.vouchers import Tier
from kiosk.protocol.messages import (
    MAX_BATCH_BYTES,
    MAX_COMPARED,
    MAX_WAIT_S,
    BatchAnswer,
    BatchRequest,
    ChangesAnswer,
    ClaimReply,
    ClaimRequest,
    CodeAnswer,
    CodeRequest,
    EnrollAnswer,
    EnrollRequest,
    HeadsAnswer,
    TokenAnswer,
)
from kiosk.protocol.sign_on import SignOnError
from kiosk.protocol.status_list import MAX_LIST_ID

COSE_MEDIA_TYPE = "application/cose"
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]

_ENROLMENT_STATUS = {"code_unknown": 404, "code_used": 409, "code_expired": 410, "key_in_use": 409}
_CODE_STATUS = {
    "tier_not_allowed": 403,
    "voucher_unknown": 404,
    "voucher_expired": 410,
    "voucher_withdrawn": 410,
}


# Handed in by this application, not taken from the request.
Parts: TypeAlias = NamedDependency[SkipValidation[Services]]
Asker: TypeAlias = NamedDependency[SkipValidation[Bearer]]


class TokenForm(Struct, frozen=True):
    """The form of a token request (RFC 6749 §4.4, RFC 7523 §2.2)."""

    grant_type: Literal["client_credentials"]
    client_assertion_type: Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    client_assertion: Annotated[str, Meta(min_length=16, max_length=4096)]


def services_of(request: Request[Any, Any, Any]) -> Services:
    """The parts of this process."""
    services: Services = request.app.state.services
    return services


def signed_on(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: refuses a missing, foreign or expired token before a body is read."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    services: Services = connection.app.state.services
    bearer = services.tokens.bearer(token) if scheme.lower() == "bearer" else None
    if bearer is None:
        raise ApiError(401, "token_invalid", "Sign on first")
    connection.state.bearer = bearer


def bearer_of(request: Request[Any, Any, Any]) -> Bearer:
    """Who asks, as the guard found."""
    bearer: Bearer = request.state.bearer
    return bearer


@post(
    "/v1/terminals/enroll",
    status_code=200,
    sync_to_thread=True,
    operation_id="enroll",
    summary="Turn a one-time code and a public key into a terminal",
    responses=problem_responses(400, 404, 409, 410, 413, 415, 503),
)
def enroll_terminal(services: Parts, data: JSONBody[EnrollRequest]) -> EnrollAnswer:
    """Answers the same again to the same key, so a lost answer costs no code."""
    now_s = int(time.time())
    result = enroll(services.database, data.code, data.public_key, data.software, now_s)
    if isinstance(result, str):
        raise ApiError(_ENROLMENT_STATUS[result], result, "The terminal was not enrolled")
    terminal, store = result
    with services.database.read() as connection:
        bundle = trust_bundle(connection, services.keys)
        name, version = store_name(connection, store), root_version(connection)
    return EnrollAnswer(
        terminal=terminal,
        store=store,
        store_name=name,
        root_key=bundle.root_key,
        key_set=bundle.key_set,
        policy=bundle.policy,
        time_s=time.time(),
        root_version=version,
        status=services.status.whole(now_s),
    )


@post(
    "/oauth2/token",
    status_code=200,
    sync_to_thread=True,
    operation_id="token",
    summary="Exchange a signed assertion for a 15-minute bearer token",
    responses=problem_responses(400, 401, 403, 413, 415, 503),
)
def token(
    services: Parts,
    data: URLEncodedBody[TokenForm],
) -> TokenAnswer:
    """An assertion is good once. ``assertion_time``: set the clock by the Date header."""
    try:
        access = services.tokens.sign_on(data.client_assertion, time.time())
    except SignOnError as error:
        code = str(error)
        status = 403 if code == "terminal_disabled" else 401
        raise ApiError(status, code, "The assertion was refused") from None
    return TokenAnswer(access, "Bearer", TOKEN_LIFETIME_S)


@get(
    "/v1/trust/keys",
    sync_to_thread=True,
    operation_id="trust_keys",
    summary="The signed key set",
    media_type=COSE_MEDIA_TYPE,
    responses={
        200: ResponseSpec(
            bytes,
            media_type=COSE_MEDIA_TYPE,
            description="COSE_Sign1 under the root key",
            generate_examples=False,
        ),
        304: ResponseSpec(None, description="Unchanged", generate_examples=False),
        **problem_responses(503),
    },
)
def trust_keys(services: Parts, request: Request[Any, Any, Any]) -> Response[bytes]:
    """Public: it is signed, and verifiers other than terminals need it too."""
    with services.database.read() as connection:
        key_set = trust_bundle(connection, services.keys).key_set
    return _unless_known(request, key_set)


@get(
    "/v1/trust/status",
    sync_to_thread=True,
    operation_id="trust_status",
    summary="The signed status list, or what changed in it",
    media_type=COSE_MEDIA_TYPE,
    responses={
        200: ResponseSpec(
            bytes,
            media_type=COSE_MEDIA_TYPE,
            description="COSE_Sign1 under a documents key: a list, or a delta if that is smaller",
            generate_examples=False,
        ),
        304: ResponseSpec(None, description="Unchanged", generate_examples=False),
        **problem_responses(400, 404, 503),
    },
)
def trust_status(
    services: Parts,
    request: Request[Any, Any, Any],
    list_id: Annotated[int, QueryParameter(name="list", ge=0, le=MAX_LIST_ID)] = STATUS_LIST,
    have: Annotated[
        int, QueryParameter(ge=0, lt=2**53, description="Version that the asker has; 0: none")
    ] = 0,
) -> Response[bytes]:
    """Public, as the keys. A delta goes from exactly ``have``; an unknown one gets the whole."""
    signed = services.status.answer(list_id, have, int(time.time()))
    if signed is None:
        raise ApiError(404, "status_list_unknown", "There is no such status list")
    return _unless_known(request, signed)


def _unless_known(request: Request[Any, Any, Any], document: bytes) -> Response[bytes]:
    """A signed document, or 304 to who has it."""
    etag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {etag, "*"}:
        return Response(b"", status_code=304, headers={"ETag": etag})
    return Response(document, media_type=COSE_MEDIA_TYPE, headers={"ETag": etag})


@get(
    "/v1/changes",
    operation_id="changes",
    summary="What changed for this terminal since a cursor; waits for something to change",
    guards=[signed_on],
    security=BEARER,
    responses=problem_responses(400, 401, 403, 410, 503),
)
async def changes(
    services: Parts,
    bearer: Asker,
    cursor: Annotated[str, QueryParameter(max_length=256)] = "",
    wait: Annotated[int, QueryParameter(ge=0, le=MAX_WAIT_S, description="Seconds")] = 0,
) -> ChangesAnswer:
    """Without a cursor: everything, from the start. ``410 cursor_gone``: start again so."""
    deadline_s = time.monotonic() + wait
    async with services.bell.listen((COMMON, bearer.store)) as listener:
        while True:
            page = await anyio.to_thread.run_sync(_read_page, services, bearer, cursor, listener)
            left_s = deadline_s - time.monotonic()
            told = page.answer.changes or page.answer.more
            if told or left_s <= 0 or services.bell.stopping:
                return page.answer
            cursor = page.answer.cursor
            try:
                await asyncio.wait_for(listener.rung.wait(), left_s)
            except TimeoutError:
                # Its time is read when it goes out: terminals set their clocks by it.
                return msgspec.structs.replace(page.answer, time_s=time.time())
            listener.rung.clear()


def _read_page(services: Services, bearer: Bearer, cursor: str, listener: Listener) -> Page:
    with services.database.read() as connection:
        if not terminal_may_ask(connection, bearer):
            raise _disabled()
        try:
            page = read_page(connection, bearer, cursor)
        except CursorGoneError:
            raise ApiError(410, "cursor_gone", "Start again without a cursor") from None
    listener.positions = page.positions
    return page


@get(
    "/v1/heads",
    sync_to_thread=True,
    operation_id="heads",
    summary="What a terminal compares its ledger and its replica with",
    guards=[signed_on],
    security=BEARER,
    responses=problem_responses(400, 401, 403, 410, 503),
)
def heads(
    services: Parts,
    bearer: Asker,
    cursor: Annotated[str, QueryParameter(max_length=256)] = "",
    epoch: Annotated[int, QueryParameter(ge=1, le=2**31 - 1)] = 1,
    first: Annotated[int, QueryParameter(ge=1, le=2**53 - 1)] = 1,
    last: Annotated[int, QueryParameter(ge=0, le=2**53 - 1)] = 0,
) -> HeadsAnswer:
    """Which of the entries ``first`` to ``last`` are missing here, and what the feed tells."""
    if last - first >= MAX_COMPARED:
        raise ApiError(400, "invalid_request", f"last: at most {MAX_COMPARED} entries")
    with services.database.read() as connection:
        if not terminal_may_ask(connection, bearer):
            raise _disabled()
        try:
            return read_heads(connection, bearer, cursor, (epoch, first, last))
        except CursorGoneError:
            raise ApiError(410, "cursor_gone", "Start again without a cursor") from None


@post(
    "/v1/claims",
    status_code=200,
    sync_to_thread=True,
    operation_id="claim",
    summary="Take, renew or give back a 3-minute claim on a voucher",
    guards=[signed_on],
    security=BEARER,
    responses=problem_responses(400, 401, 403, 413, 415, 503),
)
def claims(services: Parts, bearer: Asker, data: JSONBody[ClaimRequest]) -> ClaimReply:
    """Tells in any case what central knows of the voucher."""
    now_s = int(time.time())
    with services.database.read() as connection:
        if not terminal_may_ask(connection, bearer):
            raise _disabled()
    if data.release:
        return services.database.write(lambda tx: release(tx, bearer, data.voucher))
    return services.database.write(lambda tx: claim(tx, bearer, data.voucher, now_s))


@post(
    "/v1/ledger:batch",
    status_code=200,
    sync_to_thread=True,
    operation_id="ledger_batch",
    summary="Hand in sealed ledger entries; an outcome for each",
    guards=[signed_on],
    security=BEARER,
    responses=problem_responses(400, 401, 403, 413, 415, 503),
)
def ledger_batch(services: Parts, bearer: Asker, data: JSONBody[BatchRequest]) -> BatchAnswer:
    """Recorded durably when this answers; a bad entry is quarantined alone."""
    if sum(map(len, data.entries)) > MAX_BATCH_BYTES:
        raise ApiError(413, "batch_too_large", f"Entries have at most {MAX_BATCH_BYTES} bytes")
    try:
        answer = services.ingest.take(bearer, data.entries)
    except TerminalRefusedError:
        raise _disabled() from None
    count_entries(answer)
    return answer


@post(
    "/v1/codes",
    status_code=200,
    sync_to_thread=True,
    operation_id="fresh_code",
    summary="A fresh code for the phone that holds a voucher",
    responses=problem_responses(400, 403, 404, 410, 413, 415, 503),
)
def codes(services: Parts, data: JSONBody[CodeRequest]) -> CodeAnswer:
    """A wrong token is answered like an unknown voucher."""
    now_s, tier = int(time.time()), Tier(data.tier)
    with services.database.read() as connection:
        result = fresh_code(
            connection, services.keys, (data.voucher, data.wallet_token, tier), now_s
        )
    if result in _CODE_STATUS:
        raise ApiError(_CODE_STATUS[result], result, "There is no code for this voucher")
    return CodeAnswer(result, V2_REFRESH_S)


@get(
    "/healthz",
    sync_to_thread=True,
    operation_id="healthz",
    summary="Whether this process can reach its database",
    responses=problem_responses(503),
)
def healthz(services: Parts) -> dict[str, str]:
    """For load balancers."""
    with services.database.read() as connection:
        trust_bundle(connection, services.keys)
    return {"status": "ok"}


def _disabled() -> ApiError:
    return ApiError(403, "terminal_disabled", "This terminal was disabled")
