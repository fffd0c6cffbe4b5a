"""Errors as RFC 9457 problems: a stable code for programs, nothing about the inside."""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kiosk.protocol.messages import Problem

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
_log = structlog.get_logger(__name__)


class ApiError(HTTPException):
    """A request refused with a code that programs may rely on (docs/protocol.md)."""

    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(detail=title, status_code=status)
        self.code = code


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems that an operation may answer with, for its description."""
    return {
        status: ResponseSpec(
            Problem, generate_examples=False, description="Problem", media_type=MEDIA_TYPE
        )
        for status in statuses
    }


def exception_handlers() -> ExceptionHandlersMap:
    """How each kind of exception becomes a problem."""
    return {
        HTTPException: _refused,
        RecursionError: _too_deep,
        OperationalError: _database_down,
        InterfaceError: _database_down,
        PoolTimeoutError: _database_down,
        Exception: _unexpected,
    }


def _refused(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    status = error.status_code
    code = error.code if isinstance(error, ApiError) else _CODES.get(status, f"http_{status}")
    detail = ""
    if isinstance(error, ValidationException):
        detail = "; ".join(_faults(error.extra))
    title = error.detail if isinstance(error, ApiError) else code.replace("_", " ").capitalize()
    headers = dict(error.headers or {})
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(Problem(title=title, status=status, code=code, detail=detail), headers)


def _faults(extra: Any) -> list[str]:
    """Which fields are wrong, as far as Litestar tells."""
    faults = extra if isinstance(extra, list) else []
    return [f"{one.get('key', 'body')}: {one.get('message', '')}" for one in faults]


def _too_deep(_request: Request[Any, Any, Any], _error: Exception) -> Response[Problem]:
    # Only a request's JSON can be that deep: nothing in here recurses over data.
    return _answer(Problem(title="Nested too deeply", status=400, code="invalid_request"), {})


def _database_down(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.error("database_unavailable", path=request.url.path, error=str(error))
    problem = Problem(title="Try again", status=503, code="database_unavailable")
    return _answer(problem, {"Retry-After": str(RETRY_AFTER_S)})


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.error("unexpected_error", path=request.url.path, exc_info=error)
    return _answer(Problem(title="Internal error", status=500, code="internal_error"), {})


def _answer(problem: Problem, headers: dict[str, str]) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)
