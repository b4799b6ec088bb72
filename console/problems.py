"""Errors as pages in Vietnamese, each with what to do next; for htmx as a short notice in the page that is there."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from bot.authoring.git import GitError
from bot.storage.database import DATABASE_AWAY, NO_VALUE_OF_THE_DATABASE
from console.headers import ALWAYS, BodyTooLargeError

logger = logging.getLogger(__name__)


class Problem(Exception):
    """A request that is answered with an error. ``code`` is the key of the text ``problem_<code>`` that says what to do."""

    def __init__(self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.values = values


class Elsewhere(Exception):
    """The request is sent on to another page of ours, for example to sign in."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def sent_on(request: Request, path: str) -> Response:
    """The answer that leads to another page of ours: a redirect, or for htmx the header that makes it load the page."""
    if request.headers.get("hx-request"):
        return Response(status_code=200, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def _answer(request: Request, problem: Problem) -> Response:
    pages = request.app.state.services.pages
    if request.headers.get("hx-request"):
        headers = problem.headers | {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
        name = "parts/problem_notice.html"
    else:
        headers, name = problem.headers, "problem.html"
    answer: Response = pages.show(request, name, status=problem.status, headers=headers, problem=problem)
    return answer


async def _answer_problem(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return _answer(request, error)
    # This answer is made outside the middleware that sets the headers.
    return _answer(request, Problem(500, "unexpected_fault", headers=ALWAYS))


async def _answer_elsewhere(request: Request, error: Exception) -> Response:
    assert isinstance(error, Elsewhere)
    return sent_on(request, error.path)


async def _answer_storage_away(request: Request, _error: Exception) -> Response:
    return _answer(request, Problem(503, "storage_away", headers={"Retry-After": "10"}))


async def _answer_impossible_value(request: Request, error: Exception) -> Response:
    logger.warning("request.impossible_value", extra={"error": type(error).__name__})
    return _answer(request, Problem(404, "page_not_found") if request.method == "GET" else Problem(400, "broken_request"))


async def _answer_workspace_away(request: Request, _error: Exception) -> Response:
    return _answer(request, Problem(503, "training_data_away"))


async def _answer_malformed(request: Request, _error: Exception) -> Response:
    return _answer(request, Problem(400, "broken_request"))


async def _answer_too_large(request: Request, _error: Exception) -> Response:
    return _answer(request, Problem(413, "too_large", headers={"Connection": "close"}))


async def _answer_framework(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {404: "page_not_found", 405: "method_not_allowed"}
    code = codes.get(status, "broken_request" if status < 500 else "unexpected_fault")
    return _answer(request, Problem(status, code, headers=getattr(error, "headers", None)))


def install_problem_answers(app: FastAPI) -> None:
    """Makes every error of the app such a page. Only errors that mean "the database is away" become 503."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(Elsewhere, _answer_elsewhere)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(BodyTooLargeError, _answer_too_large)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _answer_storage_away)
    for impossible in NO_VALUE_OF_THE_DATABASE:
        app.add_exception_handler(impossible, _answer_impossible_value)
    app.add_exception_handler(GitError, _answer_workspace_away)
    app.add_exception_handler(Exception, _answer_problem)
