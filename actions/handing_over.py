"""Handing a confirmed draft to the portal: created once, written down, its papers queued, then the link to sign and send."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.catalogue.load import Catalogue
from bot.dossiers.submissions import HandedOver, PaperUpload, SubmissionKind, SubmissionLedger, key_of
from bot.eforms.asking import button
from bot.eforms.draft import Draft
from bot.eforms.engine import instance_of
from bot.eforms.papers import CheckedPaper, checklist
from bot.eforms.saving import saving_line
from bot.eforms.turns import Filling
from bot.language.formats import spoken_money
from bot.messages import BotMessage, Button
from bot.portal.errors import Declined, NotFound, NotOffered, PortalError, ProofTooWeak
from bot.portal.gateway import PortalGateway
from bot.portal.submission import Draft as PortalDraft
from bot.portal.submission import DraftPaper, PaperSource, PaymentLink
from bot.switches.board import NOTHING, Active
from bot.texts import say

logger = logging.getLogger(__name__)

_SOURCES: Mapping[str, PaperSource] = {"uploaded": "upload", "in_store": "data_store"}

Create = Callable[[str, list[DraftPaper]], PortalDraft]
"""Makes the draft at the portal: the idempotency key and the papers."""


@dataclass(frozen=True)
class Refused:
    """The portal does not take some values; ``fields`` are their places in what was sent."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class PapersRefused:
    """Papers that the portal did not take; they are asked for again."""

    papers: tuple[str, ...]


@dataclass(frozen=True)
class ProofNeeded:
    """The portal no longer takes the proof that this act was begun with."""


@dataclass(frozen=True)
class Told:
    """What the citizen hears."""

    messages: tuple[BotMessage, ...] = field(repr=False)


HandOverResult = Told | Refused | PapersRefused | ProofNeeded


class HandOver:
    """The end of a guided submission."""

    def __init__(
        self,
        portal: PortalGateway,
        ledger: SubmissionLedger,
        catalogue: Catalogue,
        today: Callable[[], date],
        switches: Callable[[], Active] = lambda: NOTHING,
    ) -> None:
        self._portal, self._ledger, self._catalogue, self._today = portal, ledger, catalogue, today
        self._switches = switches

    def hand_over(self, conversation_id: str, filling: Filling, draft: Draft, create: Create) -> HandOverResult:
        """Repeated as often as one likes: the portal knows the draft by our id and revision, so that none makes a second one."""
        known = self._ledger.state_of(draft.id, conversation_id)
        if known is not None and known.state == "sent":
            return Told((_sent_already(draft),))
        form = filling.form
        papers = checklist(form, instance_of(form, draft), draft.papers, filling.case(draft))
        key = key_of(draft.id, draft.revision)
        try:
            sent = create(key, _portal_papers(papers))
            kind: SubmissionKind = "supplement" if draft.supplement else "submission"
            handed = HandedOver(sent.draft_id, key, conversation_id, None if draft.supplement else form.code, kind)
            self._ledger.record(handed, _uploads(papers))
            return self._to_sign(conversation_id, draft, sent)
        except Declined as error:
            return self._declined(draft, error)
        except (ProofTooWeak, NotFound):
            return ProofNeeded()
        except PortalError as error:
            logger.warning("submission.portal_failed", extra={"procedure_code": draft.code, "error": type(error).__name__})
            key = "submission_not_offered" if isinstance(error, NotOffered) else "submission_portal_away"
            return Told((BotMessage(say(key), kind="apology", buttons=_again(draft.id)),))

    def _to_sign(self, conversation_id: str, draft: Draft, sent: PortalDraft) -> HandOverResult:
        state = self._ledger.state_of(draft.id, conversation_id)
        if state is not None and state.refused and not state.waiting:
            return PapersRefused(state.refused)
        if state is not None and state.waiting:
            again = (button(say("submission_button_link"), "hand_over", draft=draft.id),)
            text = say("submission_papers_on_their_way", count=state.waiting)
            return Told((BotMessage(text, kind="status", procedure_code=self._code(draft), buttons=again),))
        link = self._portal.hand_over_link(sent.draft_id)
        return Told((self._ready(draft, link.url, self._payment(sent.draft_id)),))

    def _declined(self, draft: Draft, error: Declined) -> HandOverResult:
        logger.warning("submission.declined", extra={"procedure_code": draft.code, "reason": error.reason})
        if error.reason == "values-refused":
            return Refused(tuple(fault.field for fault in error.faults))
        if error.reason == "draft-closed":
            return Told((_sent_already(draft),))
        key = "submission_portal_away" if error.reason == "request-in-progress" else "submission_declined"
        return Told((BotMessage(say(key), kind="apology", buttons=_again(draft.id)),))

    def _ready(self, draft: Draft, url: str, payment: PaymentLink | None) -> BotMessage:
        procedure = self._catalogue.procedures.get(draft.code)
        silent = self._switches().facets_off(draft.code)
        saving = saving_line(procedure, draft.case, self._today(), silent=silent) if procedure is not None else ""
        lines = [say("submission_ready"), saving, say("submission_link", url=url)]
        if payment is not None:
            lines.append(say("submission_payment", amount=spoken_money(payment.amount), url=payment.url))
        lines.append(say("submission_receipt_follows"))
        buttons = [Button(say("submission_open_portal"), url=url)] if url.startswith("https://") else []
        buttons.append(button(say("submission_button_new_link"), "hand_over", draft=draft.id))
        return BotMessage(
            "\n".join(line for line in lines if line), kind="status", procedure_code=self._code(draft), buttons=tuple(buttons)
        )

    def _payment(self, portal_draft: str) -> PaymentLink | None:
        try:
            return self._portal.payment_link(portal_draft)
        except (Declined, NotOffered):
            return None

    def _code(self, draft: Draft) -> str | None:
        return draft.code if draft.code in self._catalogue.procedures else None


def _sent_already(draft: Draft) -> BotMessage:
    buttons = (button(say("submission_button_status"), "status", draft=draft.id),)
    return BotMessage(say("submission_sent_already"), kind="notice", buttons=buttons)


def _portal_papers(papers: tuple[CheckedPaper, ...]) -> list[DraftPaper]:
    return [DraftPaper(one.paper.id, one.paper.title.of("vi"), _SOURCES.get(one.status, "counter")) for one in papers]


def _uploads(papers: tuple[CheckedPaper, ...]) -> list[PaperUpload]:
    return [PaperUpload(one.paper.id, one.paper.title.of("vi"), int(ref)) for one in papers for ref in one.uploads]


def _again(draft_id: str) -> tuple[Button, ...]:
    return (button(say("submission_try_again"), "hand_over", draft=draft_id),)
