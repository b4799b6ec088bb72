"""``/khao-sat/<token>``: the survey behind a one-time link. A look uses nothing up, and nothing of the visitor is kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.conversations.clock import Clock
from bot.storage.database import SessionFactory
from bot.surveys.links import PATH, LinkGoneError, survey_behind, take_answers
from bot.surveys.questions import LONGEST_COMMENT, AnswersRefusedError, Language, QuestionSet
from connectors.gateway.bodies import limited_body
from connectors.gateway.problems import Problem
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import slow_down
from connectors.public_pages.pages import PublicPages, language_of

_MAX_BODY = 32 * 1024
_MAX_FIELDS = 60
_MAX_TOKEN = 64
THANKS = f"{PATH}/cam-on"
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


def survey_routes(sessions: SessionFactory, clock: Clock, limiter: RateLimiter) -> APIRouter:
    """The routes. ``limiter``: tries per address, in memory alone."""
    router, door = APIRouter(), _Door(sessions, clock)

    @router.get(THANKS)
    async def thanks(request: Request) -> Response:
        return door.message(_language(request), 200, "survey_thanks_title", ("survey_thanks",))

    @router.get(PATH + "/{token}")
    async def show_survey(token: str, request: Request) -> Response:
        slow_down(limiter, request)
        return await run_in_threadpool(door.show, token[: _MAX_TOKEN + 1], _language(request))

    @router.post(PATH + "/{token}")
    async def send_survey(token: str, request: Request) -> Response:
        slow_down(limiter, request)
        form = _form(await limited_body(request, _MAX_BODY))
        return await run_in_threadpool(door.take, token[: _MAX_TOKEN + 1], form, _language(request))

    return router


class _Door:
    """What the addresses answer."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions, self._clock, self._pages = sessions, clock, PublicPages()

    def show(self, token: str, language: Language, **sent: Any) -> Response:
        """The form, or that the link is gone."""
        try:
            with self._sessions() as session:
                questions, closes_on = survey_behind(session, token, self._clock())
        except LinkGoneError:
            return self.message(language, 404, "survey_gone_title", ("survey_gone", "survey_gone_next"))
        return self._form_page(questions, closes_on, language, **sent)

    def take(self, token: str, form: Mapping[str, Sequence[str]], language: Language) -> Response:
        """Takes the answers; who sends them again is thanked again."""
        comment = (form.get("comment") or [""])[0]
        try:
            take_answers(self._sessions, token, form, comment, self._clock())
        except LinkGoneError:
            return self.message(language, 404, "survey_gone_title", ("survey_gone", "survey_gone_next"))
        except AnswersRefusedError as error:
            given = {name: values[0] for name, values in form.items()} if error.missing else {}
            return self.show(
                token, language, status=422, missing=error.missing, given=given, comment=comment, broken=not error.missing
            )
        return RedirectResponse(f"{THANKS}?lang={language}", 303, _HEADERS)

    def message(self, language: Language, status: int, heading: str, words: Sequence[str]) -> Response:
        """A page with some words."""
        shown = {"heading": heading, "words": words}
        return self._pages.show("survey_message.html", status=status, language=language, headers=_HEADERS, **shown)

    def _form_page(
        self,
        questions: QuestionSet,
        closes_on: date,
        language: Language,
        *,
        status: int = 200,
        missing: Sequence[str] = (),
        given: Mapping[str, str] | None = None,
        comment: str = "",
        broken: bool = False,
    ) -> Response:
        depend = [one for one in questions.questions if one.only_if is not None]
        opening = {(one.only_if.question, key) for one in depend if one.only_if is not None for key in one.only_if.any_of}
        return self._pages.show(
            "survey.html",
            status=status,
            language=language,
            headers=_HEADERS,
            questions=questions,
            conditions={one.key: _condition(questions, one.key, language) for one in depend},
            opening=opening,
            closes_on=closes_on,
            other="vi" if language == "en" else "en",
            missing=missing,
            given=given or {},
            comment=comment[:LONGEST_COMMENT],
            longest_comment=LONGEST_COMMENT,
            broken=broken,
        )


def _condition(questions: QuestionSet, key: str, language: Language) -> str:
    """The words of the choices that open a question."""
    by_key = {one.key: one for one in questions.questions}
    condition = by_key[key].only_if
    if condition is None:
        return ""
    return ", ".join(one.said(language) for one in by_key[condition.question].choices if one.key in condition.any_of)


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang"))


def _form(body: bytes) -> Mapping[str, Sequence[str]]:
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Problem(400, "broken_request") from error
