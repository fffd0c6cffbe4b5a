"""The description at /schema, and that central keeps to it whatever it is asked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.central.conftest import Shop

CALLS = {
    "/v1/terminals/enroll",
    "/oauth2/token",
    "/v1/trust/keys",
    "/v1/trust/status",
    "/v1/changes",
    "/v1/heads",
    "/v1/claims",
    "/v1/ledger:batch",
    "/v1/codes",
    "/v1/wallet",
    "/v1/wallet/binding",
    "/healthz",
    "/metrics",
}


def test_describes_every_call(shop: Shop) -> None:
    described = shop.http.get("/schema/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == CALLS
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert described["paths"]["/v1/claims"]["post"]["security"] == [{"bearer": []}]
    assert shop.http.get("/schema").json() == described


def test_every_reference_leads_somewhere(shop: Shop) -> None:
    text = shop.http.get("/schema/openapi.json").text
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names
    assert names <= set(json.loads(text)["components"]["schemas"])


def test_bytes_are_described_as_base64(shop: Shop) -> None:
    schemas = shop.http.get("/schema/openapi.json").json()["components"]["schemas"]
    voucher = schemas["ClaimRequest"]["properties"]["voucher"]
    assert voucher["contentEncoding"] == "base64"
    assert schemas["ChangesAnswer"]["properties"]["changes"]["items"]["discriminator"]


@pytest.mark.parametrize("signed_on", [True, False])
def test_keeps_to_its_description(shop: Shop, *, signed_on: bool) -> None:
    headers = shop.terminal().headers() if signed_on else {}
    headers.pop("Content-Type", None)
    schema = schemathesis.openapi.from_url(f"{shop.url}/schema/openapi.json")
    # Waiting is measured elsewhere: here it would only take time.
    tested = set()
    for result in schema.exclude(path="/metrics").get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        tested.add(operation.path)

        @settings(
            max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(operation.as_strategy())
        def check(case: schemathesis.Case[Any]) -> None:
            if case.query:
                case.query.pop("wait", None)
            case.call_and_validate(
                headers=headers,
                checks=[
                    not_a_server_error,
                    status_code_conformance,
                    content_type_conformance,
                    response_schema_conformance,
                ],
            )

        check()
    assert tested == CALLS - {"/metrics"}
