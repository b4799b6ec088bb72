"""``/transcripts``: finding conversations, reading one, judging the bot's answers in it."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.officers.view import ConversationView, conversation_view
from bot.officers.visibility import may_see
from bot.review.judgements import (
    FAULTS,
    LONGEST_ANSWER,
    LONGEST_NOTE,
    Fault,
    JudgementRefusedError,
    Verdict,
    judge,
    judgements_of,
    take_back,
)
from bot.review.labels import label_of
from bot.review.search import MOST_COUNTED, count_by_value, officers_seen, search_transcripts
from bot.review.words import unmarked
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import Form
from console.office import officer_of
from console.problems import Problem
from console.review_desk import CHOICES, ReviewDesk, asked_for, filter_of
from console.services import Services, With

LINES = 200
_PAGE_DIGITS = 4
_NUMBER_DIGITS = 15
_VERDICTS = ("right", "wrong", "unjudged")


def show_search(request: Request, services: With, session: Session) -> Response:
    """The search: its form with how often each value occurs, and one page of conversations."""
    asked = asked_for(request.query_params)
    wanted, page = filter_of(asked), _whole(request.query_params.get("page", ""), 1, _PAGE_DIGITS)
    order = "relevance" if asked.get("order") == "relevance" else "newest"
    with services.database.sessions() as ledger:
        sight = services.office.sight(ledger, session.account, masked=True)
        found = search_transcripts(ledger, sight, wanted, order=order, page=page)  # type: ignore[arg-type]
        counts = count_by_value(ledger, sight, wanted)
        officers = officers_seen(ledger, sight)
    choices = {name: _choices(services.review, name, counts.get(name, ()), asked.get(name)) for name in CHOICES}
    choices["officer"] = _officer_choices(services, officers, asked.get("officer"))
    return services.pages.show(
        request,
        "transcripts.html",
        asked=asked,
        choices=choices,
        found=found,
        page_query=asked,
        more_than=found.total >= MOST_COUNTED,
        may_export=session.account.may(Permission.TRANSCRIPTS_EXPORT),
        label_of=label_of,
        desk=services.review,
    )


def _choices(
    desk: ReviewDesk, name: str, counts: Sequence[tuple[str, int]], chosen: str | None
) -> list[tuple[str, str, int | None]]:
    """The values of a choice: value, words, in how many conversations. The one chosen is among them, whatever was found."""
    listed: list[tuple[str, int | None]] = list(counts)
    if name == "verdict":
        known = dict(counts)
        listed = [(value, known.get(value)) for value in _VERDICTS]
    if chosen and chosen not in dict(listed):
        listed.append((chosen, 0))
    return [(value, _words(desk, name, value), count) for value, count in listed]


def _words(desk: ReviewDesk, name: str, value: str) -> str:
    if name == "team":
        return desk.team_name(value)
    if name == "procedure_code":
        return desk.procedure_name(value)
    return label_of(name, value)


def _officer_choices(services: Services, officers: Sequence[str], chosen: str | None) -> list[tuple[str, str, int | None]]:
    names = {account.login: account.display_name for account in services.accounts.all()}
    listed = list(officers) + ([chosen] if chosen and chosen not in officers else [])
    return [(account, names.get(account, account), None) for account in listed]


def show_transcript(request: Request, services: With, session: Session, conversation: str) -> Response:
    """One conversation to read. That it was opened is recorded."""
    after = _whole(request.query_params.get("after", ""), 0, _NUMBER_DIGITS)
    return _transcript_page(request, services, session, conversation, after=after, recorded=True)


def judge_answer(request: Request, services: With, session: Session, form: Form, conversation: str, outbound: str) -> Response:
    """An answer is judged right or wrong, or the judgement is taken back."""
    verdict, fault = form.text("verdict", 10), form.text("fault", 24)
    number = _whole(outbound, 0, _NUMBER_DIGITS)
    if verdict not in ("right", "wrong", "none") or fault not in ("", *FAULTS):
        raise Problem(400, "broken_request")
    note, right_answer = form.lines("note", LONGEST_NOTE), form.lines("right_answer", LONGEST_ANSWER)
    try:
        with writing(services.database.sessions) as ledger:
            opened = services.review.opened(ledger, session.account, conversation)
            officer, now = officer_of(session.account), services.clock()
            if verdict == "none":
                take_back(ledger, opened, number, officer.account, now)
            else:
                given: tuple[Verdict, Fault | None] = (verdict, fault or None)  # type: ignore[assignment]
                judge(
                    ledger,
                    opened,
                    number,
                    officer.account,
                    officer.name,
                    given[0],
                    now,
                    fault=given[1],
                    note=note,
                    right_answer=right_answer,
                )
            details = {"outbound": number, "verdict": verdict, "fault": fault or None}
            record_audit(ledger, session.account.actor, "answer.judged", f"conversation:{opened}", details, now=now)
    except JudgementRefusedError as error:
        if error.reason == "no_answer":
            raise Problem(404, "no_transcript") from error
        given_before = {"outbound": number, "note": note, "right_answer": right_answer}
        return _transcript_page(
            request, services, session, conversation, around=number, status=422, judging=given_before, fault=error.reason
        )
    after = _whole(form.text("after", _NUMBER_DIGITS), 0, _NUMBER_DIGITS)
    return RedirectResponse(f"/transcripts/{opened}?after={after}&done=judged#answer-{number}", 303)


def _transcript_page(
    request: Request,
    services: Services,
    session: Session,
    conversation: str,
    *,
    after: int = 0,
    around: int | None = None,
    status: int = 200,
    recorded: bool = False,
    judging: dict[str, Any] | None = None,
    fault: str | None = None,
) -> Response:
    now = services.clock()
    with writing(services.database.sessions) as ledger:
        opened = services.review.opened(ledger, session.account, conversation)
        view = conversation_view(ledger, opened, now, after=after, limit=LINES + 1)
        while view is not None and around is not None and len(view.lines) > LINES and not _holds(view, around):
            after = view.lines[LINES - 1].seq
            view = conversation_view(ledger, opened, now, after=after, limit=LINES + 1)
        if view is None:
            raise Problem(404, "no_transcript")
        judgements = judgements_of(ledger, opened, history=True)
        # What is of another team is read by who trains, and no more: neither officers' notes nor files of it.
        of_ours = may_see(ledger, services.office.sight(ledger, session.account), opened)
        if recorded and after == 0 and request.query_params.get("done") is None:
            record_audit(ledger, session.account.actor, "transcript.opened", f"conversation:{opened}", now=now)
    return services.pages.show(
        request,
        "transcript.html",
        status=status,
        view=view,
        lines=view.lines[:LINES],
        after=after,
        following=view.lines[LINES - 1].seq if len(view.lines) > LINES else None,
        judgements=judgements,
        mine=session.account.login,
        may_judge=session.account.may(Permission.ANSWERS_JUDGE),
        may_export=of_ours and session.account.may(Permission.TRANSCRIPTS_EXPORT),
        may_lead_practice=session.account.may(Permission.PRACTICE_LEAD),
        # What officers tell each other is theirs; whoever trains sees what was said with the citizen.
        notes=view.notes if of_ours and session.account.may(Permission.CONVERSATIONS_READ) else (),
        judging=judging or {},
        fault=fault,
        faults=FAULTS,
        longest_note=LONGEST_NOTE,
        longest_answer=LONGEST_ANSWER,
        done=request.query_params.get("done", "") == "judged",
        label_of=label_of,
        unmarked=unmarked,
        desk=services.review,
    )


def _holds(view: ConversationView, outbound: int) -> bool:
    return any(line.outbound_id == outbound for line in view.lines[:LINES])


def _whole(text: str, otherwise: int, digits: int) -> int:
    """A number of an address, ``otherwise`` where none was sent. Raises ``Problem`` 400, 404 for a part of a path."""
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise Problem(400, "broken_request")
    return int(text)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    search, judging = [allow(Permission.TRANSCRIPTS_SEARCH)], [allow(Permission.ANSWERS_JUDGE)]
    answer = "/transcripts/{conversation}/answers/{outbound}"
    router.add_api_route("/transcripts", show_search, methods=["GET"], dependencies=search, response_model=None)
    router.add_api_route(
        "/transcripts/{conversation}", show_transcript, methods=["GET"], dependencies=search, response_model=None
    )
    router.add_api_route(answer, judge_answer, methods=["POST"], dependencies=judging, response_model=None)
    return router
