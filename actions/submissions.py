"""Guided submission as the dialogue asks for it: drafts in the ledger, the filling engine, and the portal at the end."""

import logging
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from actions.handing_over import Create, HandOver, PapersRefused, ProofNeeded, Refused, Told
from bot.catalogue.load import Catalogue
from bot.clock import vietnam_today
from bot.conversations.clock import Clock, utc_now
from bot.conversations.identity_links import PersonProof
from bot.conversations.kept_attachments import attachment_content
from bot.conversations.private_values import PrivateValues
from bot.dialogue.services import FormTurn, OpenDraft
from bot.dossiers.submissions import SubmissionLedger
from bot.eforms.check import load_forms
from bot.eforms.draft import Draft
from bot.eforms.engine import begin, instance_of, new_draft, step
from bot.eforms.forms import Form
from bot.eforms.paper_checks import check_paper
from bot.eforms.papers import checklist
from bot.eforms.reopening import reopen_fields, reopen_papers
from bot.eforms.store import DraftConflictError, DraftGoneError, DraftListing, DraftStore, person_of
from bot.eforms.supplements import SUPPLEMENT_CODE, SupplementAsked, new_supplement_draft, note_of, supplement_form, with_proof
from bot.eforms.tools import Tools, tools_for
from bot.eforms.turns import Filling, Said, Upload
from bot.eforms.turns import Step as FormStep
from bot.eforms.virus_scan import VirusScanner, scanner_for
from bot.portal.gateway import PortalGateway
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.switches.board import NOTHING, Active
from bot.switches.watch import SwitchWatch
from bot.texts import say

logger = logging.getLogger(__name__)

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
        clock: Clock = utc_now,
        switches: Callable[[], Active] = lambda: NOTHING,
    ) -> None:
        self._forms, self._store, self._portal, self._values = forms, store, portal, values
        self._catalogue, self._sessions, self._scanner, self._today = catalogue, sessions, scanner, today
        self._ledger = SubmissionLedger(sessions, values, clock)
        self._to_portal = HandOver(portal, self._ledger, catalogue, today, switches)

    @classmethod
    def from_settings(
        cls, settings: Settings, catalogue: Catalogue, sessions: SessionFactory, portal: PortalGateway
    ) -> "ChatSubmissions":
        """With the e-forms of the data folder and the ledger's key."""
        key = settings.ledger_key.get_secret_value()
        forms = load_forms(Path(settings.data_dir) / "catalogue")
        store, values = DraftStore(sessions, key), PrivateValues(sessions, key)
        scanner, switches = scanner_for(settings.clamd_address), SwitchWatch(sessions)
        return cls(forms, store, portal, values, catalogue, sessions, scanner=scanner, switches=switches)

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

    def open_supplement(self, conversation_id: str, asked: SupplementAsked) -> FormTurn:
        """See ``Submissions.open_supplement``: an answer to the same request that is under way is gone on with."""
        for listed in self._store.drafts_of(conversation_id):
            if listed.procedure_code == SUPPLEMENT_CODE and self._answers(listed, conversation_id, asked):
                return self._step(
                    conversation_id, listed.id, lambda form, draft, tools: begin(form, with_proof(draft, asked), tools)
                )
        draft = new_supplement_draft(self._store.new_id(), asked)
        made = begin(supplement_form(draft), draft, self._tools(conversation_id))
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

    def procedure_of(self, conversation_id: str, draft_id: str) -> str | None:
        """See ``Submissions.procedure_of``."""
        try:
            return self._store.load(draft_id, conversation_id).code
        except DraftGoneError:
            return None

    def open_drafts(self, conversation_id: str) -> tuple[OpenDraft, ...]:
        """See ``Submissions.open_drafts``."""
        return self._titled(self._store.drafts_of(conversation_id))

    def drafts_elsewhere(self, conversation_id: str) -> tuple[OpenDraft, ...] | None:
        """See ``Submissions.drafts_elsewhere``."""
        listed = self._store.drafts_elsewhere(conversation_id)
        return self._titled(listed) if listed is not None else None

    def adopt(self, conversation_id: str, draft_id: str) -> FormTurn:
        """See ``Submissions.adopt``."""
        try:
            self._store.adopt_as_linked(draft_id, conversation_id)
        except DraftGoneError:
            return GONE
        return self.take_up(conversation_id, draft_id)

    def hand_over(self, conversation_id: str, draft_id: str) -> FormTurn:
        """See ``Submissions.hand_over``."""
        try:
            draft = self._store.load(draft_id, conversation_id)
            form = self._form(draft)
        except (DraftGoneError, KeyError):
            return GONE
        if draft.stage != "confirmed":
            return self.take_up(conversation_id, draft_id)
        filling = Filling(form, self._tools(conversation_id))
        create = self._answer_of(form, draft) if draft.supplement else self._draft_of(form, draft, filling)
        match self._to_portal.hand_over(conversation_id, filling, draft, create):
            case Told(messages):
                return FormTurn(draft_id, messages, "confirmed")
            case Refused(fields):
                return self._step(conversation_id, draft_id, lambda form, draft, tools: reopen_fields(form, draft, fields, tools))
            case PapersRefused(papers):
                return self._step(conversation_id, draft_id, lambda form, draft, tools: reopen_papers(form, draft, papers, tools))
            case ProofNeeded():
                return FormTurn(draft_id, (), "proof_needed")

    def papers_again(self, conversation_id: str, draft_id: str) -> FormTurn:
        """See ``Submissions.papers_again``."""
        state = self._ledger.state_of(draft_id, conversation_id)
        if state is None or not state.refused or state.state == "sent":
            return self.hand_over(conversation_id, draft_id)
        refused = state.refused
        return self._step(
            conversation_id,
            draft_id,
            lambda form, draft, tools: (
                reopen_papers(form, draft, refused, tools) if draft.stage == "confirmed" else begin(form, draft, tools)
            ),
        )

    def sent_proofs(self, conversation_id: str, draft_id: str) -> tuple[str, str] | None:
        """See ``Submissions.sent_proofs``."""
        return self._ledger.proofs_of(draft_id, conversation_id)

    def _draft_of(self, form: Form, draft: Draft, filling: Filling) -> Create:
        case = filling.case(draft)
        return lambda key, papers: self._portal.create_draft(key, draft.code, case, instance_of(form, draft), papers)

    def _answer_of(self, form: Form, draft: Draft) -> Create:
        asked = SupplementAsked.from_json(draft.supplement)
        note = note_of(instance_of(form, draft))
        return lambda key, papers: self._portal.answer_supplement(
            asked.dossier_code, asked.factor, asked.request_id, key, papers, note=note
        )

    def _step(self, conversation_id: str, draft_id: str, take: Callable[[Form, Draft, Tools], FormStep]) -> FormTurn:
        tools = self._tools(conversation_id)

        def owner(draft: Draft) -> PersonProof | None:
            return person_of(self._form(draft), draft)

        try:
            return _turn(self._store.turn(draft_id, conversation_id, lambda draft: take(self._form(draft), draft, tools), owner))
        except (DraftGoneError, DraftConflictError, KeyError):
            return GONE

    def _form(self, draft: Draft) -> Form:
        """The form that a draft fills in; ``KeyError`` where it ships no longer."""
        return supplement_form(draft) if draft.supplement else self._forms[draft.code]

    def _titled(self, listed: tuple[DraftListing, ...]) -> tuple[OpenDraft, ...]:
        titles = {code: form.title.of("vi") for code, form in self._forms.items()} | {
            SUPPLEMENT_CODE: say("supplement_title_bare")
        }
        return tuple(OpenDraft(one.id, titles[one.procedure_code]) for one in listed if one.procedure_code in titles)

    def _answers(self, listed: DraftListing, conversation_id: str, asked: SupplementAsked) -> bool:
        try:
            draft = self._store.load(listed.id, conversation_id)
        except DraftGoneError:
            return False
        return draft.supplement.get("request_id") == asked.request_id

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


def _turn(made: FormStep) -> FormTurn:
    return FormTurn(made.draft.id, made.reply.messages, made.reply.outcome, made.reply.again)
