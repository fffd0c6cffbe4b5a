"""Request bodies: gzip is accepted, and bounded on both sides of inflating."""

from __future__ import annotations

import zlib

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

from kiosk.central.problems import ApiError

MAX_BODY_BYTES = 2_000_000
_GZIP = 16 + zlib.MAX_WBITS


class InflateBodies(ASGIMiddleware):
    """Hands gzip bodies on inflated; refuses other encodings and whatever gets too large."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = MutableScopeHeaders(scope)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            await next_app(scope, receive, send)
            return
        if encoding != "gzip":
            raise ApiError(415, "unsupported_encoding", "Only gzip bodies are inflated")
        body = inflate(await _read(receive))
        del headers["content-encoding"]
        headers["content-length"] = str(len(body))
        sent = False

        async def replay() -> HTTPReceiveMessage:
            nonlocal sent
            if sent:
                return await receive()  # type: ignore[return-value]  # what follows is a disconnect
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await next_app(scope, replay, send)


def inflate(data: bytes) -> bytes:
    """Inflate one gzip member; raises ApiError on rubbish and on what exceeds the limit."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        body = inflater.decompress(data, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise ApiError(400, "bad_gzip", "The body is not gzip") from None
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    if not inflater.eof or inflater.unused_data:
        raise ApiError(400, "bad_gzip", "The gzip body is cut off or has more behind it")
    return body


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ApiError(400, "invalid_request", "The body ended early")
        body += message["body"]
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not message["more_body"]:
            return bytes(body)


def _too_large() -> ApiError:
    return ApiError(413, "body_too_large", f"A body has at most {MAX_BODY_BYTES} bytes")
