"""The application: routes, errors, limits, description."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
import structlog
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController

from kiosk.central import routes, wallet_page
from kiosk.central.bodies import MAX_BODY_BYTES, InflateBodies
from kiosk.central.description import description
from kiosk.central.documents import ensure_documents
from kiosk.central.problems import exception_handlers
from kiosk.central.services import Services

RENEW_EVERY_S = 3600
RETRY_AFTER_S = 60
LOOK_EVERY_S = 2.0
"""How soon a key that another process added, or whose turn has come, is acted on here."""
_log = structlog.get_logger(__name__)


def create_app(services: Services) -> Litestar:
    """The ASGI application over opened services; who opened them closes them."""
    metrics = PrometheusConfig(app_name="pickup_kiosk_central", prefix="central", group_path=True)
    return Litestar(
        route_handlers=[
            routes.enroll_terminal,
            routes.token,
            routes.trust_keys,
            routes.trust_status,
            routes.changes,
            routes.heads,
            routes.claims,
            routes.ledger_batch,
            routes.codes,
            wallet_page.wallet,
            wallet_page.binding,
            wallet_page.wallet_page,
            routes.healthz,
            PrometheusController,
        ],
        dependencies={
            "services": Provide(routes.services_of, sync_to_thread=False),
            "bearer": Provide(routes.bearer_of, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(),
        middleware=[metrics.middleware, InflateBodies()],
        request_max_body_size=MAX_BODY_BYTES,
        lifespan=[partial(_running, services)],
        state=State({"services": services}),
        openapi_config=description(),
        logging_config=None,
    )


@asynccontextmanager
async def _running(services: Services, _app: Litestar) -> AsyncIterator[None]:
    services.bell.start()
    renewal = asyncio.create_task(_renew_documents(services))
    try:
        yield
    finally:
        renewal.cancel()
        await services.bell.close()


async def _renew_documents(services: Services) -> None:
    """A central that runs for years must not let its documents expire.

    Nor may a key sign that its terminals have not been told of: whoever added it has published it,
    unless it broke off in between.
    """
    known, due_s = services.keys, time.monotonic() + RENEW_EVERY_S
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        keys = services.keys
        if keys is known and time.monotonic() < due_s:
            continue
        try:
            await anyio.to_thread.run_sync(_ensure_documents, services)
            known, due_s = keys, time.monotonic() + RENEW_EVERY_S
        except Exception as error:  # noqa: BLE001 - tried again, and a month is left
            _log.error("documents_not_renewed", error=str(error))
            known, due_s = keys, time.monotonic() + RETRY_AFTER_S


def _ensure_documents(services: Services) -> None:
    services.database.write(lambda tx: ensure_documents(tx, services.keys, int(time.time())))
