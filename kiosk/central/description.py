"""The API's own description: OpenAPI 3.1, as JSON at /schema and /schema/openapi.json."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from kiosk.central.routes import TokenForm
from kiosk.protocol import messages

_MESSAGES = (
    messages.EnrollRequest,
    messages.EnrollAnswer,
    TokenForm,
    messages.TokenAnswer,
    messages.ChangesAnswer,
    messages.HeadsAnswer,
    messages.ClaimRequest,
    messages.ClaimReply,
    messages.BatchRequest,
    messages.BatchAnswer,
    messages.CodeRequest,
    messages.CodeAnswer,
    messages.WalletRequest,
    messages.WalletAnswer,
    messages.BindingRequest,
    messages.BindingAnswer,
    messages.Problem,
)


class DescriptionPlugin(JsonRenderPlugin):
    """Litestar's description of the calls with msgspec's of the messages.

    Only the latter knows that bytes travel as base64, how long that may be, and which field
    tells one kind of change from another.
    """

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        _, schemas = msgspec.json.schema_components(
            _MESSAGES, ref_template="#/components/schemas/{name}"
        )
        components = openapi_schema.get("components", {}) | {"schemas": schemas}
        return super().render(request, openapi_schema | {"components": components})


def description() -> OpenAPIConfig:
    """What /schema answers."""
    return OpenAPIConfig(
        title="pickup-kiosk central API",
        version="1",
        description="What shop terminals agree with. Errors are RFC 9457 problems.",
        path="/schema",
        render_plugins=[DescriptionPlugin(path=["/", "/openapi.json"])],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
            }
        ),
    )
