"""A file for the citizen: checked, kept encrypted, sent as an attachment, or as a link that works once where the platform does
not take it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from bot.accounts.permissions import Permission
from bot.messages import BotMessage
from bot.officers.approvals import Submitted
from bot.officers.files import (
    MAX_BYTES,
    FileRefusedError,
    KeptFile,
    attached_message,
    checked_file,
    drop_file,
    file_message,
    keep_file,
)
from bot.officers.native_files import SentAs, sent_as
from bot.officers.speaking import OfficerMessage
from bot.storage.database import writing
from console.access import Session, allow
from console.conversation_page import mode_of, shown_conversation
from console.forms import Form, clean_line
from console.office import officer_of
from console.pages.conversation_acts import done, say_as_officer
from console.problems import Problem
from console.services import With


async def sent_file(request: Request) -> AsyncIterator[UploadFile | None]:
    """Dependency: the file of the form, closed at the end. Read here and not by the framework, which would hide that a body was
    too large."""
    async with request.form() as form:
        file = form.get("file")
        yield file if isinstance(file, UploadFile) else None


Sent = Annotated[UploadFile | None, Depends(sent_file)]


def send_file(
    request: Request,
    services: With,
    session: Session,
    conversation: str,
    form: Form,
    file: Sent,
) -> Response:
    """Checks the file and sends it, or its link; the notice says which, and why."""
    account, office, now = session.account, services.office, services.clock()
    with services.database.sessions() as ledger:
        shown = shown_conversation(ledger, account, conversation, office, now)
    if mode_of(shown.view, account, now) != "mine":
        raise Problem(409, "not_owner")
    content = file.file.read(MAX_BYTES + 1) if file is not None else b""
    try:
        checked = checked_file(clean_line((file.filename if file else "") or "", 200), content, office.scanner)
    except FileRefusedError as error:
        raise Problem(422, f"file_{error.reason}") from error
    conversation_id, officer = shown.view.conversation_id, officer_of(account)
    with writing(services.database.sessions) as ledger:
        kept = keep_file(ledger, office.private, conversation_id, officer, checked, now)
    form_of_sending = sent_as(shown.view.channel, checked.media_type, len(content))
    message = _message(office.file_base, kept, checked.name, form_of_sending)
    why = form_of_sending.why_link
    details = {"size": len(content), "media_type": checked.media_type, "as_link": why}
    said: OfficerMessage | Submitted | None = None
    try:
        said = say_as_officer(
            services, account, conversation_id, message, form.text("key", 64), "conversation.file_sent",
            act="file", file_id=kept.id, **details,
        )  # fmt: skip
    finally:
        if said is None or said.repeated:
            # Nobody was sent this one: the post came twice, or the conversation was passed on meanwhile.
            with writing(services.database.sessions) as ledger:
                drop_file(ledger, kept.id)
    if isinstance(said, Submitted):
        return done(request, services, conversation_id, "submitted")
    return done(request, services, conversation_id, f"file_linked_{why}" if why else "file_sent")


def _message(base: str, kept: KeptFile, name: str, form: SentAs) -> BotMessage:
    if form.kind is None:
        return file_message(base, kept.token, name)
    return attached_message(base, kept, name, form.kind)


def page_routes() -> APIRouter:
    """The route of this act."""
    router = APIRouter()
    router.add_api_route(
        "/conversations/{conversation}/files",
        send_file,
        methods=["POST"],
        dependencies=[allow(Permission.CONVERSATIONS_ANSWER)],
        response_model=None,
    )
    return router
