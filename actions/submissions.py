"""Guided submission as the dialogue asks for it: drafts in the ledger, the filling engine, and the portal at the end."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from bot.catalogue.load import Catalogue
from bot.clock import vietnam_today
from bot.conversations.kept_attachments import attachment_content
from bot.conversations.private_values import PrivateValues
from bot.dialogue.services import FormTurn, OpenDraft
from bot.eforms.asking import button
from bot.eforms.check import load_forms
from bot.eforms.draft import Draft
from bot.eforms.engine import begin, instance_of, new_draft, step
from bot.eforms.forms import Form
from bot.eforms.paper_checks import check_paper
from bot.eforms.papers import CheckedPaper, checklist
from bot.eforms.saving import saving_line
from bot.eforms.store import DraftConflictError, DraftGoneError, DraftStore
from bot.eforms.tools import Tools, tools_for
from bot.eforms.turns import Filling, Said, Upload
from bot.eforms.turns import Step as FormStep
from bot.eforms.virus_scan import VirusScanner, scanner_for
from bot.messages import BotMessage, Button
from bot.portal.errors import Declined, NotOffered, PortalError
from bot.portal.gateway import PortalGateway
from bot.portal.submission import DraftPaper, PaperFile, PaperSource, PaymentLink
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.texts import say

logger = logging.getLogger(__name__)

_SOURCES: Mapping[str, PaperSource] = {"uploaded": "upload", "in_store": "data_store"}
_ATTACH_ATTEMPTS = 3
GONE = FormTurn(None, (), "closed")


class ChatSubmissions:
    """Implements ``bot.dialogue.services.Submissions``."""

    def __init__(
        self,
        forms: Mapping[str, Form],
        store: DraftStore,
        portal: PortalGateway,
        values: PrivateValues,
        catalogue: Catalogue,
        sessions: SessionFactory,
        *,
        scanner: VirusScanner,
        today: Callable[[], date] = vietnam_today,
    ) -> None:
        self._forms, self._store, self._portal, self._values = forms, store, portal, values
        self._catalogue, self._sessions, self._scanner, self._today = catalogue, sessions, scanner, today

    @classmethod
    def from_settings(
        cls, settings: Settings, catalogue: Catalogue, sessions: SessionFactory, portal: PortalGateway
    ) -> "ChatSubmissions":
        """With the e-forms of the data folder and the ledger's key."""
        key = settings.ledger_key.get_secret_value()
        forms = load_forms(Path(settings.data_dir) / "catalogue")
        store, values = DraftStore(sessions, key), PrivateValues(sessions, key)
        return cls(forms, store, portal, values, catalogue, sessions, scanner=scanner_for(settings.clamd_address))

    def has_form(self, procedure_code: str) -> bool:
        """See ``Submissions.has_form``."""
        return procedure_code in self._forms and "create_draft" in self._portal.offered

    def open(self, conversation_id: str, procedure_code: str, case_id: str | None) -> FormTurn:
        """See ``Submissions.open``: a draft of the same procedure that is still open is taken up again."""
        for listed in self._store.drafts_of(conversation_id):
            if listed.procedure_code == procedure_code:
                return self.take_up(conversation_id, listed.id)
        form = self._forms.get(procedure_code)
        if form is None:
            return GONE
        made = begin(form, new_draft(form, self._store.new_id(), case_id), self._tools(conversation_id))
        self._store.add(conversation_id, made.draft)
        return _turn(made)

    def take_up(self, conversation_id: str, draft_id: str) -> FormTurn:
        """See ``Submissions.take_up``."""
        return self._step(conversation_id, draft_id, lambda form, draft, tools: begin(form, draft, tools))

    def take(self, conversation_id: str, draft_id: str, said: Said) -> FormTurn:
        """See ``Submissions.take``."""

        def one_step(form: Form, draft: Draft, tools: Tools) -> FormStep:
            return step(form, draft, self._with_uploads(form, draft, tools, said, conversation_id), tools)

        return self._step(conversation_id, draft_id, one_step)

    def open_drafts(self, conversation_id: str) -> tuple[OpenDraft, ...]:
        """See ``Submissions.open_drafts``."""
        listed = [one for one in self._store.drafts_of(conversation_id) if one.procedure_code in self._forms]
        return tuple(OpenDraft(one.id, self._forms[one.procedure_code].title.of("vi"), one.procedure_code) for one in listed)

    def hand_over(self, conversation_id: str, draft_id: str) -> tuple[BotMessage, ...]:
        """See ``Submissions.hand_over``. The portal knows the draft by our own id, so that a second try makes no second draft."""
        try:
            draft = self._store.load(draft_id, conversation_id)
        except DraftGoneError:
            return (BotMessage(say("submission_no_draft"), kind="notice"),)
        form = self._forms[draft.code]
        papers = checklist(form, instance_of(form, draft), draft.papers, draft.case)
        try:
            sent = self._portal.create_draft(draft.id, draft.code, draft.case, instance_of(form, draft), _portal_papers(papers))
            link = self._portal.hand_over_link(sent.draft_id)
            payment = self._payment(sent.draft_id)
        except Declined as error:
            logger.warning("submission.declined", extra={"procedure_code": draft.code, "reason": error.reason})
            return (BotMessage(say("submission_declined"), kind="apology", buttons=_again(draft_id)),)
        except PortalError as error:
            logger.warning("submission.portal_failed", extra={"procedure_code": draft.code, "error": type(error).__name__})
            key = "submission_not_offered" if isinstance(error, NotOffered) else "submission_portal_away"
            return (BotMessage(say(key), kind="apology", buttons=_again(draft_id)),)
        self._attach_later(sent.draft_id, papers)
        return self._ready(draft, link.url, payment)

    def _ready(self, draft: Draft, url: str, payment: PaymentLink | None) -> tuple[BotMessage, ...]:
        procedure = self._catalogue.procedures.get(draft.code)
        saving = saving_line(procedure, draft.case, self._today()) if procedure is not None else ""
        lines = [say("submission_ready"), saving, say("submission_link", url=url)]
        if payment is not None:
            lines.append(say("submission_payment", amount=f"{payment.amount:,}".replace(",", "."), url=payment.url))
        buttons = (Button(say("submission_open_portal"), url=url),) if url.startswith("https://") else ()
        return (BotMessage("\n".join(line for line in lines if line), kind="status", procedure_code=draft.code, buttons=buttons),)

    def _payment(self, portal_draft: str) -> PaymentLink | None:
        try:
            return self._portal.payment_link(portal_draft)
        except (Declined, NotOffered):
            return None

    def _step(self, conversation_id: str, draft_id: str, take: Callable[[Form, Draft, Tools], FormStep]) -> FormTurn:
        tools = self._tools(conversation_id)
        try:
            return _turn(self._store.turn(draft_id, conversation_id, lambda draft: take(self._forms[draft.code], draft, tools)))
        except (DraftGoneError, DraftConflictError, KeyError):
            return GONE

    def _tools(self, conversation_id: str) -> Tools:
        def reveal(_kind: str, token: str) -> str | None:
            return self._values.reveal(token, conversation_id)

        return tools_for(tuple(self._catalogue.places), self._today(), reveal)

    def _with_uploads(self, form: Form, draft: Draft, tools: Tools, said: Said, conversation_id: str) -> Said:
        """Papers that the gateway has taken in, checked for the paper that is asked for."""
        act = said.act or {}
        if act.get("do") != "upload":
            return said
        filling = Filling(form, tools)
        listed = checklist(form, filling.asked(draft).instance, draft.papers, filling.case(draft))
        asked = next((one.paper for one in listed if one.paper.id == draft.asked), None) or next(
            (one.paper for one in listed if one.status == "open"), None
        )
        uploads: list[Upload] = []
        for ref in act.get("refs", "").split(","):
            kept = attachment_content(self._sessions, self._values, ref, conversation_id)
            if kept is not None and asked is not None:
                uploads.append(check_paper(kept.content, kept.media_type, asked, self._scanner).upload(ref))
        return Said(uploads=tuple(uploads))

    def _attach_later(self, portal_draft: str, papers: tuple[CheckedPaper, ...]) -> None:
        """Sends the uploads beside the talk: a file may take longer than a turn may."""
        wanted = [(one.paper.id, one.paper.title.of("vi"), ref) for one in papers for ref in one.uploads]
        if wanted:
            threading.Thread(target=self._attach_all, args=(portal_draft, wanted), name="attach-papers", daemon=True).start()

    def _attach_all(self, portal_draft: str, wanted: list[tuple[str, str, str]]) -> None:
        for paper, title, ref in wanted:
            kept = attachment_content(self._sessions, self._values, ref)
            if kept is None:
                logger.error("submission.upload_gone", extra={"paper": paper})
                continue
            file = PaperFile(paper, title, kept.media_type or "application/pdf", kept.content)
            for attempt in range(1, _ATTACH_ATTEMPTS + 1):
                try:
                    self._portal.attach_file(portal_draft, f"{portal_draft}:{paper}:{ref}", file)
                    break
                except PortalError as error:
                    logger.warning("submission.attach_failed", extra={"attempt": attempt, "error": type(error).__name__})


def _turn(made: FormStep) -> FormTurn:
    return FormTurn(made.draft.id, made.reply.messages, made.reply.outcome, made.reply.again)


def _portal_papers(papers: tuple[CheckedPaper, ...]) -> list[DraftPaper]:
    return [DraftPaper(one.paper.id, one.paper.title.of("vi"), _SOURCES.get(one.status, "counter")) for one in papers]


def _again(draft_id: str) -> tuple[Button, ...]:
    return (button(say("submission_try_again"), "hand_over", draft=draft_id),)
