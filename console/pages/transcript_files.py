"""Transcripts taken away as CSV, JSON or PDF: one conversation, or what a search found. Each is an entry in the audit log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.review.export import MOST_CONVERSATIONS, ExportedConversation, as_csv, as_json, each_conversation
from bot.review.pdf import MOST_IN_PDF, Heading, transcripts_pdf
from bot.review.search import found_conversations
from bot.storage.database import writing
from console.access import Session, allow
from console.problems import Problem
from console.review_desk import asked_for, filter_of, for_the_log
from console.services import Services, With

Form = Literal["csv", "json", "pdf"]
_KINDS: Mapping[str, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}


def found_as_file(request: Request, services: With, session: Session, form: str) -> Response:
    """What the search found: the newest 500 conversations at most, 50 as PDF."""
    kind = _form(form)
    asked = asked_for(request.query_params)
    wanted, most = filter_of(asked), MOST_IN_PDF if kind == "pdf" else MOST_CONVERSATIONS
    with writing(services.database.sessions) as ledger:
        sight = services.office.sight(ledger, session.account)
        ids = found_conversations(ledger, sight, wanted, most + 1)
        cut, ids = len(ids) > most, ids[:most]
        details = {"form": kind, "filter": for_the_log(asked), "conversations": len(ids), "cut": cut}
        record_audit(ledger, session.account.actor, "transcript.exported", "transcripts", details, now=services.clock())
    return _file(services, session, kind, ids, {"filter": for_the_log(asked), "cut": cut}, "transcripts")


def conversation_as_file(services: With, session: Session, conversation: str, form: str) -> Response:
    """One conversation."""
    kind = _form(form)
    with writing(services.database.sessions) as ledger:
        opened = services.review.opened(ledger, session.account, conversation, masked=False)
        details = {"form": kind, "conversations": 1}
        subject = f"conversation:{opened}"
        record_audit(ledger, session.account.actor, "transcript.exported", subject, details, now=services.clock())
    return _file(services, session, kind, [opened], {}, f"transcript-{opened[:8]}")


def _file(
    services: Services, session: Session, form: Form, ids: Sequence[str], about: Mapping[str, object], name: str
) -> Response:
    now = services.clock()
    conversations = each_conversation(services.database.sessions, ids, now)
    day = now.astimezone(VIETNAM_TIME).strftime("%Y-%m-%d")
    safe = "".join(char for char in name if char.isascii() and (char.isalnum() or char == "-"))
    headers = {"Content-Disposition": f'attachment; filename="{safe}-{day}.{form}"'}
    if form == "pdf":
        heading = Heading(services.review.agency_of(session.account), now, session.account.display_name)
        return Response(
            transcripts_pdf(conversations, heading, services.review.team_name), media_type=_KINDS[form], headers=headers
        )
    made = {"exported_at": now.astimezone(VIETNAM_TIME).isoformat(timespec="seconds"), **about}
    return StreamingResponse(_encoded(services, form, conversations, made), media_type=_KINDS[form], headers=headers)


def _encoded(
    services: Services, form: Form, conversations: Iterable[ExportedConversation], about: Mapping[str, object]
) -> Iterator[bytes]:
    pieces = as_csv(conversations, services.review.team_name) if form == "csv" else as_json(conversations, about)
    for piece in pieces:
        yield piece.encode()


def _form(text: str) -> Form:
    if text not in _KINDS:
        raise Problem(404, "page_not_found")
    return text  # type: ignore[return-value]


def page_routes() -> APIRouter:
    """The routes of these files."""
    router = APIRouter()
    declared = [allow(Permission.TRANSCRIPTS_EXPORT)]
    for path, page in (
        ("/transcripts/files/{form}", found_as_file),
        ("/transcripts/{conversation}/files/{form}", conversation_as_file),
    ):
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
