"""A citizen's data leave the ledger on their request; that they did stays on record.

``TABLES`` says of every table of the ledger what becomes of a citizen's share of it. A test holds it to the database: a table
that nobody has decided on fails it.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CursorResult, Delete, Update, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations.handoffs import end_handoff, open_handoff_of
from bot.conversations.ownership import end_for_good
from bot.labelling.forgetting import forget_messages
from bot.messages import BotMessage
from bot.review.forgetting import empty_judgements, empty_replies, forget_index
from bot.storage.campaign_models import CampaignPerson, CampaignVisit, OutreachSubscription
from bot.storage.channel_models import Attachment, Delivery
from bot.storage.dossier_models import DossierNotice, DossierWatch, IdentityLink, KnownDossier, PaperToAttach, Submission
from bot.storage.eform_models import EFormDraft
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import OfficerFile, OfficerNote
from bot.storage.practice_models import PracticeExercise
from bot.storage.rights_models import Consent, DataExportLink, RightsRequest
from bot.storage.survey_models import ConversationRating
from bot.training.texts import forget_replayed

Fate = Literal["deleted", "emptied", "kept", "impersonal"]
Clear = Callable[[Session, str, datetime], int]

KEPT_HANDOFF_REASONS = ("complaint", "late_dossier")
"""Handoffs that are part of handling a dossier or a petition: records of the agency, under the law on archives."""

FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Share:
    """What becomes of a citizen's rows of one table, why, and how. ``clear`` returns how many rows it changed."""

    fate: Fate
    why: str
    clear: Clear | None = None


def changed(session: Session, statement: Update | Delete) -> int:
    """Carries the statement out; how many rows it changed."""
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment] # so for updates and deletes
    return result.rowcount


def _of(table: type[Any], session: Session, conversation_id: str) -> int:
    return changed(session, delete(table).where(table.conversation_id == conversation_id))


def _deleted(table: type[Any]) -> Clear:
    return lambda session, conversation_id, _now: _of(table, session, conversation_id)


def _clear_inbound(session: Session, mine: str, now: datetime) -> int:
    waiting = update(Inbound).where(Inbound.conversation_id == mine, Inbound.outcome.is_(None))
    session.execute(waiting.values(outcome="ignored", outcome_detail=FORGOTTEN, finished_at=now))
    emptied = update(Inbound).where(Inbound.conversation_id == mine)
    return changed(session, emptied.values(text=None, act=None, raw=None, nlu=None, circumstances=None))


def _clear_outbound(session: Session, mine: str, _now: datetime) -> int:
    waiting = update(Outbound).where(Outbound.conversation_id == mine, Outbound.state == "pending")
    session.execute(waiting.values(state="dropped", detail=FORGOTTEN))
    return changed(session, update(Outbound).where(Outbound.conversation_id == mine).values(message=BotMessage("").to_json()))


def _clear_deliveries(session: Session, mine: str, _now: datetime) -> int:
    waiting = update(Delivery).where(Delivery.conversation_id == mine, Delivery.state.in_(("pending", "sending")))
    session.execute(waiting.values(state="dropped", error=FORGOTTEN))
    return changed(session, update(Delivery).where(Delivery.conversation_id == mine).values(call={}, shown=""))


def _clear_attachments(session: Session, mine: str, _now: datetime) -> int:
    gone = update(Attachment).where(Attachment.conversation_id == mine)
    return changed(session, gone.values(source=None, content=None, name=None, sha256=None, state="purged", detail=FORGOTTEN))


def _clear_handoffs(session: Session, mine: str, now: datetime) -> int:
    emptied = update(Handoff).where(Handoff.conversation_id == mine, Handoff.reason.not_in(KEPT_HANDOFF_REASONS))
    count = changed(session, emptied.values(summary={}))
    handoff = open_handoff_of(session, mine)
    if handoff is not None:
        end_handoff(session, handoff, now, FORGOTTEN, withdrawn=True)
    return count


def _clear_notes(session: Session, mine: str, _now: datetime) -> int:
    return changed(session, update(OfficerNote).where(OfficerNote.conversation_id == mine).values(text=""))


def _clear_papers(session: Session, mine: str, _now: datetime) -> int:
    drafts = select(Submission.portal_draft_id).where(Submission.conversation_id == mine)
    return changed(session, delete(PaperToAttach).where(PaperToAttach.portal_draft_id.in_(drafts)))


def _clear_watches(session: Session, mine: str, now: datetime) -> int:
    # The row stays until the portal was told that the watch ended; it holds nothing of the dossier any more.
    going = DossierWatch.state.in_(("asked", "active"))
    active = update(DossierWatch).where(DossierWatch.conversation_id == mine, going)
    session.execute(active.values(state="ended", ended_at=now, end_reason=FORGOTTEN))
    emptied = update(DossierWatch).where(DossierWatch.conversation_id == mine)
    return changed(
        session,
        emptied.values(shown="", dossier_key="", status_code=None, supplement_deadline=None, changed_at=None, proofs=None),
    )


def _clear_notices(session: Session, mine: str, now: datetime) -> int:
    watches = select(DossierWatch.id).where(DossierWatch.conversation_id == mine)
    waiting = update(DossierNotice).where(DossierNotice.watch_id.in_(watches), DossierNotice.state == "waiting")
    session.execute(waiting.values(state="not_told", reason=FORGOTTEN, finished_at=now))
    return changed(session, update(DossierNotice).where(DossierNotice.watch_id.in_(watches)).values(content=None))


def _clear_consents(session: Session, mine: str, now: datetime) -> int:
    """The proofs stay, without the person; whatever was agreed to is withdrawn."""
    rows = session.scalars(select(Consent).where(Consent.conversation_id == mine).order_by(Consent.id)).all()
    for row in {row.purpose: row for row in rows}.values():
        if row.given:
            copied = {"purpose": row.purpose, "text_key": row.text_key, "text_version": row.text_version}
            session.add(Consent(conversation_id=mine, given=False, how="deletion", at=now, **copied))
    return changed(session, update(Consent).where(Consent.conversation_id == mine).values(person=None))


def _clear_requests(session: Session, mine: str, _now: datetime) -> int:
    ended = RightsRequest.state.in_(("done", "refused"))
    return changed(session, update(RightsRequest).where(RightsRequest.conversation_id == mine, ended).values(words=None))


def _clear_talk_ratings(session: Session, mine: str, _now: datetime) -> int:
    theirs = update(ConversationRating).where(ConversationRating.conversation_id == mine)
    return changed(session, theirs.values(conversation_id=None))


TABLES: Mapping[str, Share] = {
    "replayed_answer": Share(
        "deleted", "what models were tried on; found by the messages, so it goes before them", forget_replayed
    ),
    "inbound": Share("emptied", "times and outcomes stay, so that reports add up", _clear_inbound),
    "button": Share("deleted", "what buttons meant", _deleted(ButtonToken)),
    "eform_draft": Share("deleted", "forms that were being filled in", _deleted(EFormDraft)),
    "private_value": Share("deleted", "numbers, also in their masked form", _deleted(PrivateValue)),
    "attachment": Share("emptied", "size and kind stay", _clear_attachments),
    "delivery": Share("emptied", "what was sent to the platform; states and times stay", _clear_deliveries),
    "outbound": Share("emptied", "times and states stay", _clear_outbound),
    "handoff": Share("emptied", "what the officer read; complaints and late dossiers are records of the agency", _clear_handoffs),
    "officer_note": Share("emptied", "what officers noted; who and when stays", _clear_notes),
    "officer_file": Share("deleted", "files that officers sent", _deleted(OfficerFile)),
    "note_mention": Share("kept", "which officer was named; no words"),
    "handoff_event": Share("kept", "which officer did what and when; no words of the citizen"),
    "seen_up_to": Share("kept", "how far an officer has read"),
    "transcript_index": Share("deleted", "the words that the search over transcripts finds", forget_index),
    "transcript_indexed": Share("kept", "how far the search has read"),
    "answer_judgement": Share("emptied", "verdicts stay without words, so that figures add up", empty_judgements),
    "reply_approval": Share("emptied", "who approved or refused a reply and when stays", empty_replies),
    "practice_exercise": Share(
        "deleted", "exercises for officers that were made of the conversation", _deleted(PracticeExercise)
    ),
    "practice_attempt": Share("impersonal", "officers' own answers in practice"),
    "label_item": Share(
        "deleted", "messages to label; what the training data hold stays as nobody's masked text", forget_messages
    ),
    "label_reason": Share("deleted", "why a message was looked at; goes with it"),
    "label_skip": Share("deleted", "who left it for later; goes with it"),
    "label": Share("deleted", "trainers' labels; go with the message"),
    "label_cluster": Share("deleted", "groups of messages that say the same; go with the last of them"),
    "rating": Share("kept", "a score and a reason from a list, so that reports add up"),
    "conversation_rating": Share("emptied", "a score and a reason from a list stay, no longer of any talk", _clear_talk_ratings),
    "paper_to_attach": Share("deleted", "papers on their way to the portal", _clear_papers),
    "submission": Share("deleted", "receipts of dossiers; the dossiers themselves lie at the portal", _deleted(Submission)),
    "dossier_notice": Share("emptied", "what was told about a dossier", _clear_notices),
    "dossier_watch": Share("emptied", "ended and without its dossier; the portal must still be told", _clear_watches),
    "identity_link": Share("deleted", "whose the conversation is", _deleted(IdentityLink)),
    "known_dossier": Share("deleted", "what was last told about a dossier", _deleted(KnownDossier)),
    "campaign_person": Share("deleted", "that a campaign went to them; the counts stay", _deleted(CampaignPerson)),
    "campaign_visit": Share("deleted", "that they came of a campaign; the counts stay", _deleted(CampaignVisit)),
    "outreach_subscription": Share("deleted", "where they live, for news of their ward", _deleted(OutreachSubscription)),
    "campaign": Share("impersonal", "what is told to many"),
    "campaign_link": Share("impersonal", "links of campaigns"),
    "campaign_count": Share("impersonal", "counts"),
    "data_export_link": Share("deleted", "links to one's own data stop working", _deleted(DataExportLink)),
    "consent": Share("kept", "proof of what was agreed to, without the person", _clear_consents),
    "rights_request": Share("kept", "proof of the legal clock; the words go once it has ended", _clear_requests),
    "conversation": Share("emptied", "the account on the platform is replaced by a random name"),
    "channel_event": Share("kept", "kind and time of a platform's event; persons stand in it as digests only"),
    "wrong_proof": Share("kept", "guards other people's dossiers, gone within a day"),
    "deletion_record": Share("kept", "the proof of the deletion itself"),
    "retention_run": Share("impersonal", "counts"),
    "guide_count": Share("impersonal", "counts"),
    "daily_count": Share("impersonal", "counts"),
    "usage_count": Share("impersonal", "counts"),
    "usage_month": Share("impersonal", "when months were counted"),
    "form_progress": Share("impersonal", "how far forms came; leads to no person once the draft is gone, so that counts add up"),
    "registered_dossier": Share("impersonal", "dossiers as the portal counts them: no person, no code"),
    "register_run": Share("impersonal", "readings of the portal's list"),
    "service_review": Share("impersonal", "figures of services"),
    "service_review_comment": Share("impersonal", "what officers say to them"),
    "service_review_decision": Share("impersonal", "what was decided on services"),
    "report": Share("impersonal", "counts of units"),
    "report_delivery": Share("impersonal", "where reports went"),
    "scheduled_turn": Share("impersonal", "whose turn a task is"),
    "survey_wave": Share("impersonal", "surveys"),
    "survey_sampled": Share("impersonal", "dossiers of a sample by the portal's own opaque ids: no person, no code"),
    "survey_link": Share("impersonal", "digests of links that are nobody's"),
    "survey_answer": Share("impersonal", "answers that lead to nobody: there is no way to find whose they are"),
    "survey_export": Share("impersonal", "exports for a firm: who asked and who agreed"),
    "service_card": Share("impersonal", "published facts of procedures"),
    "sync_check": Share("impersonal", "comparisons with the portal's list"),
    "sync_difference": Share("impersonal", "dossiers as the portal counts them: no person, no code"),
    "service_probe": Share("impersonal", "what was up and what was down"),
    "service_hour": Share("impersonal", "what was up and what was down"),
    "channel_account": Share("impersonal", "our own accounts"),
    "channel_token": Share("impersonal", "our own tokens"),
    "heartbeat": Share("impersonal", "our processes"),
    "portal_event": Share("impersonal", "numbers of the portal's events"),
    "portal_cursor": Share("impersonal", "how far the portal was read"),
    "team_member": Share("impersonal", "officers in teams"),
    "officer_shift": Share("impersonal", "when officers are on duty"),
    "canned_reply": Share("impersonal", "replies kept ready"),
    "label_import": Share("impersonal", "counts of lists that trainers brought"),
    "labelling_cursor": Share("impersonal", "how far the labelling has looked"),
    "labelling_setting": Share("impersonal", "what trainers have set"),
    "account": Share("impersonal", "officers' accounts"),
    "account_session": Share("impersonal", "officers' sessions"),
    "recovery_code": Share("impersonal", "officers' recovery codes"),
    "sign_in_attempt": Share("impersonal", "tries at officers' accounts"),
    "kill_switch": Share("impersonal", "officers' orders; never changed"),
    "change_proposal": Share("impersonal", "trainers' changes; private numbers are refused in them"),
    "proposed_file": Share("impersonal", "texts of training data; private numbers are refused in them"),
    "workspace_turn": Share("impersonal", "whose turn it is to write"),
    "link_check": Share("impersonal", "looks at official pages"),
    "partial_reason": Share("impersonal", "published reasons of partial online levels"),
    "filing_proposal": Share("impersonal", "officers' proposals; never changed"),
    "filing_decision": Share("impersonal", "officers' decisions; never changed"),
    "outage": Share("impersonal", "announcements to everybody"),
    "switch_pointer": Share("impersonal", "how often the switches changed"),
    "audit_head": Share("impersonal", "the end of the audit log"),
    "audit_entry": Share("impersonal", "what officers did; citizens stand in it as numbers of rows; never changed"),
    "promotion": Share("impersonal", "who let which model speak"),
    "engine_slot": Share("impersonal", "what our engines serve"),
    "engine_route": Share("impersonal", "which engine answers"),
    "training_job": Share("impersonal", "trainings of models"),
    "candidate_model": Share("impersonal", "trained models and their figures"),
    "regression_case": Share("impersonal", "texts that trainers wrote to test models with"),
    "catalogue_record": Share("impersonal", "published procedures"),
    "catalogue_version": Share("impersonal", "published procedures"),
    "catalogue_member": Share("impersonal", "published procedures"),
    "catalogue_pointer": Share("impersonal", "published procedures"),
    "content_release": Share("impersonal", "published procedures"),
    "content_archive": Share("impersonal", "published procedures"),
    "content_pointer": Share("impersonal", "published procedures"),
    "import_difference": Share("impersonal", "published procedures"),
}
"""In the order in which they are cleared: what points to a row goes before the row."""


def forget_citizen(session: Session, conversation: Conversation, now: datetime) -> dict[str, int]:
    """Removes all that the citizen said or sent and all that was said to them; the rows that stay keep their times and outcomes,
    so that reports still add up. Who writes again begins as a stranger. The caller holds the conversation's row. Returns how
    many rows of each table were changed."""
    session.flush()
    counts = {name: share.clear(session, conversation.id, now) for name, share in TABLES.items() if share.clear is not None}
    conversation.external_id = f"{FORGOTTEN}:{secrets.token_hex(8)}"
    end_for_good(session, conversation.id)
    conversation.verified_phone = conversation.verified_phone_at = None
    conversation.unavailable_reason, conversation.unavailable_at = FORGOTTEN, now
    conversation.expects = None
    conversation.rasa_session += 1
    session.flush()
    return {name: count for name, count in {**counts, "conversation": 1}.items() if count}
