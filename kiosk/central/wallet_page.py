"""The phone page: static files under /wallet/, and what they ask for (docs/protocol.md).

The page is the same for every voucher. Which one it shows is in its address: the voucher's id in
the path, the wallet token in the fragment, which browsers send to nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from kiosk.central.binding import RENEW_IN_S, bind
from kiosk.central.problems import ApiError, problem_responses
from kiosk.central.routes import Parts
from kiosk.central.wallet_view import wallet_view
from kiosk.protocol.messages import (
    BindingAnswer,
    BindingRequest,
    WalletAnswer,
    WalletRequest,
)

FOLDER = Path(__file__).with_name("wallet")
PAGE, WORKER = "index.html", "worker.js"
MEDIA_TYPES = {  # Litestar adds that a text is in UTF-8
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
HEADERS = {
    # Nothing from elsewhere, nothing inline, no markup made from strings.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types wallet"
    ),
    # The browser asks every time whether there is a newer one; the service worker keeps its own.
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(self), microphone=(), payment=(), screen-wake-lock=(self), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_BINDING_STATUS = {
    "holder_key_invalid": 400,
    "voucher_unknown": 404,
    "bound_to_another_phone": 409,
    "voucher_expired": 410,
    "voucher_withdrawn": 410,
}
_VOUCHER = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class WalletFile:
    """One file as it is served."""

    content: bytes
    media_type: str
    etag: str


@cache
def wallet_files() -> dict[str, WalletFile]:
    """Every file by name. The service worker's begins with what it has to keep."""
    contents = {
        path.name: path.read_bytes()
        for path in sorted(FOLDER.iterdir())
        if path.suffix in MEDIA_TYPES
    }
    everything = hashlib.sha256()
    for name, content in contents.items():
        everything.update(f"{name} {len(content)}\n".encode() + content)
    shell = {
        "version": everything.hexdigest()[:16],
        "files": [name for name in contents if name != WORKER],
    }
    contents[WORKER] = f"self.SHELL = {json.dumps(shell)};\n".encode() + contents[WORKER]
    return {
        name: WalletFile(
            content,
            MEDIA_TYPES[Path(name).suffix],
            f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        )
        for name, content in contents.items()
    }


@get("/wallet/{name:str}", sync_to_thread=False, include_in_schema=False)
def wallet_page(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """The page for a voucher id, or one of its files. Whether the voucher exists is not told."""
    file = wallet_files().get(PAGE if _VOUCHER.match(name) else name)
    if file is None:
        raise ApiError(404, "not_found", "There is no such page")
    headers = HEADERS | {"ETag": file.etag}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


@post(
    "/v1/wallet",
    status_code=200,
    sync_to_thread=True,
    operation_id="wallet",
    summary="The order behind a wallet token, and what was handed over",
    responses=problem_responses(400, 404, 413, 415, 503),
)
def wallet(services: Parts, data: JSONBody[WalletRequest]) -> WalletAnswer:
    """A wrong token is answered like an unknown voucher."""
    with services.database.read() as connection:
        answer = wallet_view(connection, data, time.time())
    if answer is None:
        raise ApiError(404, "voucher_unknown", "There is no such voucher")
    return answer


@post(
    "/v1/wallet/binding",
    status_code=200,
    sync_to_thread=True,
    operation_id="wallet_binding",
    summary="Bind a phone's key to a voucher, or renew its binding",
    responses=problem_responses(400, 404, 409, 410, 413, 415, 503),
)
def binding(services: Parts, data: JSONBody[BindingRequest]) -> BindingAnswer:
    """The first key is bound for good, durably when this answers."""
    now_s = int(time.time())
    made = services.database.write(lambda tx: bind(tx, services.keys, data, now_s))
    if isinstance(made, str):
        raise ApiError(_BINDING_STATUS[made], made, "The key was not bound")
    return BindingAnswer(made.inner, made.issued_s, made.expires_s, RENEW_IN_S, time.time())
