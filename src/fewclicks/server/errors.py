"""Error responses: one form for every error, without tracebacks."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fewclicks.errors import (
    ConflictError,
    FewclicksError,
    InputError,
    ModelError,
    NotFoundError,
    OutdatedError,
    StorageError,
)
from fewclicks.server.conversion import annotation_of
from fewclicks.server.schemas.errors import ErrorAnswer, ErrorBody, OutdatedAnswer
from fewclicks.store.versions import OutdatedAnnotationError

STATUS: dict[type[FewclicksError], tuple[int, str]] = {
    InputError: (422, "input"),
    NotFoundError: (404, "not_found"),
    OutdatedError: (409, "outdated"),
    ConflictError: (409, "conflict"),
    ModelError: (503, "assist"),
    StorageError: (507, "storage"),
}
log = logging.getLogger("fewclicks")


def error_response(status: int, code: str, message: str) -> JSONResponse:
    """Return the response to an error: `{"error": {"code", "message"}}`."""
    answer = ErrorAnswer(error=ErrorBody(code=code, message=message))
    return JSONResponse(answer.model_dump(), status)


def add_error_handlers(app: FastAPI) -> None:
    """Add the handlers that give every error of `app` the same form."""
    app.add_exception_handler(FewclicksError, _known)
    app.add_exception_handler(OutdatedAnnotationError, _outdated)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _known(_request: Request, error: Exception) -> JSONResponse:
    status, code = next((found for kind, found in STATUS.items() if isinstance(error, kind)), (500, "internal"))
    return error_response(status, code, str(error))


async def _outdated(_request: Request, error: Exception) -> JSONResponse:
    present = error.present if isinstance(error, OutdatedAnnotationError) else None
    status, code = STATUS[OutdatedError]
    annotation = None if present is None else annotation_of(present)
    answer = OutdatedAnswer(error=ErrorBody(code=code, message=str(error)), annotation=annotation)
    return JSONResponse(answer.model_dump(mode="json"), status)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    problems: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    return error_response(422, "input", _first(problems))


def _first(problems: Sequence[Any]) -> str:
    if not problems:
        return "the request is not valid; see /api/openapi.json"
    if problems[0]["type"] == "json_invalid":
        return "the body is not JSON; send a JSON object"
    place = ".".join(str(part) for part in problems[0]["loc"])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{place}: {problems[0]['msg']}{more}"


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return error_response(404, "not_found", f"no resource at {request.url.path}; see /api/openapi.json")
    if status == 405:
        problem = f"{request.url.path} does not support {request.method}; see /api/openapi.json"
        return error_response(405, "input", problem)
    return error_response(status, "input" if status < 500 else "internal", str(getattr(error, "detail", error)))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed: %r", request.method, request.url.path, error)
    return error_response(500, "internal", "unexpected error in fewclicks; see the terminal for details")
