"""What is past its time, table by table, and what is done with it.

A step finds the keys of rows that are due and clears those rows; what it has cleared it does not find again, so that the job
may be cut off anywhere and run anew. The steps stand in the order in which rows may go: what points to a row goes before the row.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import VIETNAM_TIME
from bot.conversations.deletion import FORGOTTEN
from bot.labelling.forgetting import NOBODYS, is_taken_in
from bot.retention.conditions import EXPIRED, counted_until, idle_since, past_transcript
from bot.retention.evidence_steps import evidence_steps
from bot.retention.step import Moment, Step, among, older, pointing_to
from bot.storage.campaign_models import CampaignPerson, CampaignVisit, OutreachSubscription
from bot.storage.channel_models import Attachment, ChannelEvent, Delivery
from bot.storage.dossier_models import (
    DossierNotice,
    DossierWatch,
    IdentityLink,
    KnownDossier,
    PaperToAttach,
    PortalEventSeen,
    Submission,
    WrongProof,
)
from bot.storage.labelling_models import Label, LabelCluster, LabelItem, LabelReason, LabelSkip
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import HandoffEvent, NoteMention, OfficerFile, OfficerNote, Rating, SeenUpTo
from bot.storage.practice_models import PracticeExercise
from bot.storage.review_models import AnswerJudgement, ReplyApproval, TranscriptIndex, TranscriptIndexed
from bot.storage.rights_models import Consent, DailyCount, DataExportLink, DeletionRecord, RetentionRun, RightsRequest
from bot.storage.survey_models import ConversationRating
from bot.storage.training_models import ReplayedAnswer


def steps() -> Sequence[Step]:
    """All steps, in order."""
    return (*_details(), *_labelled(), *_outreach(), *_content(), *_dossiers(), *_proofs(), *evidence_steps(), _shells())


def _details() -> Sequence[Step]:
    name = "message_details"
    # A delivery that is emptied has no words any more; one that never had any holds nothing to empty.
    spoken = or_(Delivery.shown != "", Delivery.platform_message_id.is_not(None))
    return (
        Step(name, ButtonToken, ButtonToken.token, lambda _s, m: among(ButtonToken.conversation_id, _quiet(m, name))),
        Step(
            name,
            Delivery,
            Delivery.id,
            lambda _s, m: and_(spoken, among(Delivery.conversation_id, _quiet(m, name))),
            {"call": {}, "shown": "", "platform_message_id": None},
        ),
        Step(
            name,
            Inbound,
            Inbound.id,
            lambda _s, m: and_(Inbound.circumstances.is_not(None), among(Inbound.conversation_id, _quiet(m, name))),
            {"circumstances": None},
        ),
        Step(name, PrivateValue, PrivateValue.token, lambda _s, m: among(PrivateValue.conversation_id, _quiet(m, name))),
        Step(
            "export_link",
            DataExportLink,
            DataExportLink.token_sha256,
            lambda _s, m: older(DataExportLink.expires_at, m, "export_link"),
        ),
        Step("replay", ReplayedAnswer, ReplayedAnswer.id, lambda _s, m: older(ReplayedAnswer.last_written_at, m, "replay")),
        Step("officer_file", OfficerFile, OfficerFile.id, lambda _s, m: older(OfficerFile.expires_at, m, "officer_file")),
    )


def _content() -> Sequence[Step]:
    name = "transcript"
    waits_no_more = Handoff.state.not_in(("waiting", "taken"))

    def inbound_due(session: Session, moment: Moment) -> ColumnElement[bool]:
        until = counted_until(session)
        return false() if until is None else and_(Inbound.received_at < until, among(Inbound.conversation_id, _past(moment)))

    def events_due(_session: Session, moment: Moment) -> ColumnElement[bool]:
        nobodys = and_(ChannelEvent.conversation_id.is_(None), older(ChannelEvent.received_at, moment, name))
        return or_(nobodys, among(ChannelEvent.conversation_id, _past(moment)))

    said_there = select(Outbound.id).join(Conversation, Conversation.id == Outbound.conversation_id)
    return (
        Step(
            name,
            DossierNotice,
            DossierNotice.id,
            lambda _s, m: among(DossierNotice.outbound_id, said_there.where(_past_of(m))),
            {"outbound_id": None},
        ),
        Step(name, PracticeExercise, PracticeExercise.id, lambda _s, m: among(PracticeExercise.conversation_id, _past(m))),
        Step(name, TranscriptIndex, TranscriptIndex.id, lambda _s, m: among(TranscriptIndex.conversation_id, _past(m))),
        Step(
            name,
            TranscriptIndexed,
            TranscriptIndexed.conversation_id,
            lambda _s, m: among(TranscriptIndexed.conversation_id, _past(m)),
        ),
        Step(name, AnswerJudgement, AnswerJudgement.id, lambda _s, m: among(AnswerJudgement.conversation_id, _past(m))),
        Step(name, ReplyApproval, ReplyApproval.id, lambda _s, m: among(ReplyApproval.conversation_id, _past(m))),
        Step(name, Attachment, Attachment.id, lambda _s, m: among(Attachment.conversation_id, _past(m))),
        Step(name, Delivery, Delivery.id, lambda _s, m: among(Delivery.conversation_id, _past(m))),
        Step(name, Outbound, Outbound.id, lambda _s, m: among(Outbound.conversation_id, _past(m))),
        Step(
            name,
            NoteMention,
            NoteMention.note_id,
            lambda _s, m: among(NoteMention.note_id, select(OfficerNote.id).where(among(OfficerNote.conversation_id, _past(m)))),
        ),
        Step(name, OfficerNote, OfficerNote.id, lambda _s, m: among(OfficerNote.conversation_id, _past(m))),
        Step(name, SeenUpTo, SeenUpTo.conversation_id, lambda _s, m: among(SeenUpTo.conversation_id, _past(m))),
        Step("record", HandoffEvent, HandoffEvent.id, lambda _s, m: among(HandoffEvent.conversation_id, _past(m))),
        Step("record", Rating, Rating.handoff_id, lambda _s, m: among(Rating.conversation_id, _past(m))),
        Step(
            "record",
            Handoff,
            Handoff.id,
            lambda _s, m: and_(Handoff.follows_id.is_not(None), waits_no_more, among(Handoff.conversation_id, _past(m))),
            {"follows_id": None},
        ),
        Step("record", Handoff, Handoff.id, lambda _s, m: and_(waits_no_more, among(Handoff.conversation_id, _past(m)))),
        Step(name, Inbound, Inbound.id, inbound_due),
        Step(name, ChannelEvent, ChannelEvent.id, events_due),
        Step(
            name,
            ConversationRating,
            ConversationRating.id,
            lambda _s, m: among(ConversationRating.conversation_id, _past(m)),
            {"conversation_id": None},
        ),
        Step(
            name,
            Conversation,
            Conversation.id,
            lambda _s, m: and_(~_nameless(Conversation), _past_of(m)),
            {
                "external_id": literal(EXPIRED).concat(Conversation.id),
                "verified_phone": None,
                "verified_phone_at": None,
                "expects": None,
                "rasa_session": Conversation.rasa_session + 1,
            },
        ),
    )


def _outreach() -> Sequence[Step]:
    """Before the messages that rows of it point to."""
    name = "outreach"

    def subscriptions_over(_session: Session, moment: Moment) -> ColumnElement[bool]:
        return among(OutreachSubscription.conversation_id, _past(moment))

    return (
        Step(
            name,
            CampaignPerson,
            CampaignPerson.id,
            lambda _s, m: or_(older(CampaignPerson.finished_at, m, name), among(CampaignPerson.conversation_id, _past(m))),
        ),
        Step(
            name,
            CampaignVisit,
            CampaignVisit.conversation_id,
            lambda _s, m: or_(older(CampaignVisit.at, m, name), among(CampaignVisit.conversation_id, _past(m))),
        ),
        Step(name, OutreachSubscription, OutreachSubscription.conversation_id, subscriptions_over),
    )


def _labelled() -> Sequence[Step]:
    """Messages to label go with their conversation, imported ones by their own age; what the training data hold stays as
    nobody's text for a time of its own."""
    name, kept = "transcript", "training_label"

    def over(moment: Moment) -> ColumnElement[bool]:
        imported = and_(LabelItem.import_id.is_not(None), older(LabelItem.at, moment, name))
        return or_(among(LabelItem.conversation_id, _past(moment)), imported)

    def unused(moment: Moment) -> ColumnElement[bool]:
        return and_(~is_taken_in(), over(moment))

    def used_up(moment: Moment) -> ColumnElement[bool]:
        nobodys = and_(LabelItem.conversation_id.is_(None), LabelItem.import_id.is_(None))
        return and_(nobodys, older(LabelItem.at, moment, kept))

    def go(period: str, which: Callable[[Moment], ColumnElement[bool]]) -> Sequence[Step]:
        def of_these(_session: Session, moment: Moment) -> Select[Any]:
            return select(LabelItem.id).where(which(moment))

        return (
            Step(period, LabelReason, LabelReason.item_id, lambda s, m: among(LabelReason.item_id, of_these(s, m))),
            Step(period, LabelSkip, LabelSkip.item_id, lambda s, m: among(LabelSkip.item_id, of_these(s, m))),
            Step(period, Label, Label.item_id, lambda s, m: among(Label.item_id, of_these(s, m))),
            Step(period, LabelItem, LabelItem.id, lambda _s, m: which(m)),
        )

    return (
        *go(name, unused),
        Step(name, LabelItem, LabelItem.id, lambda _s, m: and_(is_taken_in(), over(m)), NOBODYS),
        Step(name, LabelCluster, LabelCluster.id, lambda _s, m: older(LabelCluster.last_at, m, name)),
        *go(kept, used_up),
    )


def _dossiers() -> Sequence[Step]:
    watch, sent = "dossier_watch", "submission"

    def watches_over(moment: Moment) -> ColumnElement[bool]:
        return and_(DossierWatch.state.in_(("unsubscribed", "ended")), older(DossierWatch.ended_at, moment, watch))

    def submissions_over(moment: Moment) -> ColumnElement[bool]:
        return func.coalesce(Submission.sent_at, Submission.handed_over_at) <= moment.before(sent)

    return (
        Step(
            watch,
            DossierNotice,
            DossierNotice.id,
            lambda _s, m: or_(
                older(DossierNotice.finished_at, m, watch),
                among(DossierNotice.watch_id, select(DossierWatch.id).where(watches_over(m))),
            ),
        ),
        Step(watch, DossierWatch, DossierWatch.id, lambda _s, m: watches_over(m)),
        Step(
            sent,
            PaperToAttach,
            PaperToAttach.id,
            lambda _s, m: among(PaperToAttach.portal_draft_id, select(Submission.portal_draft_id).where(submissions_over(m))),
        ),
        Step(sent, Submission, Submission.portal_draft_id, lambda _s, m: submissions_over(m)),
        Step("identity_link", IdentityLink, IdentityLink.conversation_id, lambda _s, m: IdentityLink.expires_at <= m.now),
        Step("known_dossier", KnownDossier, KnownDossier.proofs_key, lambda _s, m: KnownDossier.expires_at <= m.now),
        Step("wrong_proof", WrongProof, WrongProof.id, lambda _s, m: older(WrongProof.at, m, "wrong_proof")),
        Step(
            "portal_event",
            PortalEventSeen,
            PortalEventSeen.event_id,
            lambda _s, m: older(PortalEventSeen.received_at, m, "portal_event"),
        ),
    )


def _proofs() -> Sequence[Step]:
    def consents_over(_session: Session, moment: Moment) -> ColumnElement[bool]:
        later = aliased(Consent)
        # A word counts until the next one on the same purpose: its time as a proof begins there.
        replaced = exists().where(
            later.conversation_id == Consent.conversation_id,
            later.purpose == Consent.purpose,
            later.id > Consent.id,
            later.at <= moment.before("consent"),
        )
        newest = ~exists().where(
            later.conversation_id == Consent.conversation_id, later.purpose == Consent.purpose, later.id > Consent.id
        )
        refusal = and_(Consent.given.is_(False), newest)
        gone = among(Consent.conversation_id, select(Conversation.id).where(_nameless(Conversation)))
        return or_(replaced, and_(older(Consent.at, moment, "consent"), newest, or_(refusal, gone)))

    return (
        Step("consent", Consent, Consent.id, consents_over),
        Step("rights_request", RightsRequest, RightsRequest.id, lambda _s, m: older(RightsRequest.ended_at, m, "rights_request")),
        Step(
            "deletion_record",
            DeletionRecord,
            DeletionRecord.reference,
            lambda _s, m: and_(
                DeletionRecord.state.in_(("done", "to_officer")), older(DeletionRecord.asked_at, m, "deletion_record")
            ),
        ),
        Step("retention_run", RetentionRun, RetentionRun.id, lambda _s, m: older(RetentionRun.started_at, m, "retention_run")),
        Step(
            "daily_count",
            DailyCount,
            DailyCount.day,
            lambda _s, m: DailyCount.day <= m.before("daily_count").astimezone(VIETNAM_TIME).date(),
        ),
    )


def _shells() -> Step:
    """A conversation without a name and without anything that points to it."""

    def due(_session: Session, moment: Moment) -> ColumnElement[bool]:
        return and_(_nameless(Conversation), _past_of(moment), *(~one for one in pointing_to(Conversation)))

    return Step("transcript", Conversation, Conversation.id, due)


def _quiet(moment: Moment, name: str) -> Select[Any]:
    return select(Conversation.id).where(idle_since(moment.before(name)))


def _past_of(moment: Moment) -> ColumnElement[bool]:
    return past_transcript(moment.before("transcript"), moment.before("record"))


def _past(moment: Moment) -> Select[Any]:
    return select(Conversation.id).where(_past_of(moment))


def _nameless(conversation: type[Conversation]) -> ColumnElement[bool]:
    return or_(conversation.external_id.startswith(EXPIRED), conversation.external_id.startswith(f"{FORGOTTEN}:"))
