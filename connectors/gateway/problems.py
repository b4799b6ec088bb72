"""Errors as ``application/problem+json`` (RFC 9457), in Vietnamese, each with what to do next."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.storage.database import DATABASE_AWAY, NO_VALUE_OF_THE_DATABASE
from bot.texts import say

logger = logging.getLogger(__name__)

_TITLES = {
    400: "problem_title_bad_request",
    401: "problem_title_unauthorized",
    404: "problem_title_not_found",
    405: "problem_title_bad_request",
    408: "problem_title_bad_request",
    413: "problem_title_too_large",
    429: "problem_title_too_many",
    503: "problem_title_unavailable",
}


class Problem(Exception):
    """A request that is answered with an error. ``code`` is the key of the text that says what to do."""

    def __init__(self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.values = values


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": say(_TITLES.get(problem.status, "problem_title_fault")),
        "status": problem.status,
        "detail": say(problem.code, "vi", **problem.values),
        "code": problem.code,
    }
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} | problem.headers
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def storage_away() -> Problem:
    """The ledger cannot be reached: nothing was accepted."""
    return Problem(503, "storage_away", headers={"Retry-After": "10"})


async def _answer_problem(_request: Request, error: Exception) -> JSONResponse:
    return problem_response(error if isinstance(error, Problem) else Problem(500, "unexpected_fault"))


async def _answer_storage_away(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(storage_away())


async def _answer_impossible_value(request: Request, error: Exception) -> JSONResponse:
    logger.warning("request.impossible_value", extra={"error": type(error).__name__})
    return problem_response(Problem(404, "page_not_found") if request.method == "GET" else Problem(400, "broken_request"))


async def _answer_malformed(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(Problem(400, "broken_request"))


async def _answer_framework(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "page_not_found", 405: "method_not_allowed"}.get(
        status, "broken_request" if status < 500 else "unexpected_fault"
    )
    headers = getattr(error, "headers", None)
    return problem_response(Problem(status, code, headers=headers))


def install_problem_answers(app: FastAPI) -> None:
    """Makes every error of the app a problem. Only errors that mean "the database is away" become 503."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _answer_storage_away)
    for impossible in NO_VALUE_OF_THE_DATABASE:
        app.add_exception_handler(impossible, _answer_impossible_value)
    app.add_exception_handler(Exception, _answer_problem)
