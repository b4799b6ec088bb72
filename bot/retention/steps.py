"""What is past its time, table by table, and what is done with it.

A step finds the keys of rows that are due and clears those rows; what it has cleared it does not find again, so that the job
may be cut off anywhere and run anew. The steps stand in the order in which rows may go: what points to a row goes before the row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, false, func, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from bot.clock import VIETNAM_TIME
from bot.conversations.deletion import FORGOTTEN, changed
from bot.labelling.forgetting import NOBODYS, is_taken_in
from bot.retention.conditions import EXPIRED, counted_until, idle_since, past_transcript
from bot.retention.policy import Periods
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
from bot.storage.evidence_models import RegisteredDossier, RegisterRun
from bot.storage.labelling_models import Label, LabelCluster, LabelItem, LabelReason, LabelSkip
from bot.storage.level_models import LinkCheck
from bot.storage.models import Base, ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import HandoffEvent, NoteMention, OfficerFile, OfficerNote, Rating, SeenUpTo
from bot.storage.practice_models import PracticeExercise
from bot.storage.review_models import AnswerJudgement, ReplyApproval, TranscriptIndex, TranscriptIndexed
from bot.storage.rights_models import Consent, DailyCount, DataExportLink, DeletionRecord, RetentionRun, RightsRequest
from bot.storage.survey_models import ConversationRating, SurveyAnswer, SurveyLink, SurveySampled, SurveyWave
from bot.storage.sync_models import ServiceHour, ServiceProbe, SyncComparison, SyncDifference
from bot.storage.training_models import ReplayedAnswer
from bot.storage.usage_models import FormProgress


@dataclass(frozen=True)
class Moment:
    """The moment of a run, and the periods in force."""

    now: datetime
    periods: Periods

    def before(self, name: str) -> datetime:
        """What is older than this is past the period."""
        return self.now - self.periods[name].length


@dataclass(frozen=True)
class Step:
    """``due`` gives the condition on rows of ``table``; ``values`` are written over them, or they are deleted where it is None:
    then a row to which another one still points stays until that one is gone."""

    period: str
    table: type[Base]
    key: InstrumentedAttribute[Any]
    due: Callable[[Session, Moment], ColumnElement[bool]]
    values: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The name in counts and proofs: the class of data and the table."""
        return f"{self.period}/{self.table.__tablename__}"

    def keys_due(self, session: Session, moment: Moment) -> Select[Any]:
        """The keys of the rows that can be cleared now."""
        return select(self.key).where(self._clearable(session, moment))

    def count_due(self, session: Session, moment: Moment) -> int:
        """How many rows are due, also those that others still point to."""
        return session.scalar(select(func.count()).select_from(self.table).where(self.due(session, moment))) or 0

    def clear(self, session: Session, keys: Sequence[Any], moment: Moment) -> int:
        """Clears the rows with these keys that are still due; returns how many."""
        mine = and_(self.key.in_(keys), self._clearable(session, moment))
        unread = {"synchronize_session": False}
        if self.values is None:
            return changed(session, delete(self.table).where(mine).execution_options(**unread))
        return changed(session, update(self.table).where(mine).values(**self.values).execution_options(**unread))

    def _clearable(self, session: Session, moment: Moment) -> ColumnElement[bool]:
        due = self.due(session, moment)
        return due if self.values is not None else and_(due, *(~one for one in _pointing_to(self.table)))


def steps() -> Sequence[Step]:
    """All steps, in order."""
    return (*_details(), *_labelled(), *_outreach(), *_content(), *_dossiers(), *_proofs(), *_surveys(), _shells())


def _details() -> Sequence[Step]:
    name = "message_details"
    # A delivery that is emptied has no words any more; one that never had any holds nothing to empty.
    spoken = or_(Delivery.shown != "", Delivery.platform_message_id.is_not(None))
    return (
        Step(name, ButtonToken, ButtonToken.token, lambda _s, m: _in(ButtonToken.conversation_id, _quiet(m, name))),
        Step(
            name,
            Delivery,
            Delivery.id,
            lambda _s, m: and_(spoken, _in(Delivery.conversation_id, _quiet(m, name))),
            {"call": {}, "shown": "", "platform_message_id": None},
        ),
        Step(
            name,
            Inbound,
            Inbound.id,
            lambda _s, m: and_(Inbound.circumstances.is_not(None), _in(Inbound.conversation_id, _quiet(m, name))),
            {"circumstances": None},
        ),
        Step(name, PrivateValue, PrivateValue.token, lambda _s, m: _in(PrivateValue.conversation_id, _quiet(m, name))),
        Step(
            "export_link",
            DataExportLink,
            DataExportLink.token_sha256,
            lambda _s, m: _older(DataExportLink.expires_at, m, "export_link"),
        ),
        Step("replay", ReplayedAnswer, ReplayedAnswer.id, lambda _s, m: _older(ReplayedAnswer.last_written_at, m, "replay")),
        Step("officer_file", OfficerFile, OfficerFile.id, lambda _s, m: _older(OfficerFile.expires_at, m, "officer_file")),
    )


def _content() -> Sequence[Step]:
    name = "transcript"
    waits_no_more = Handoff.state.not_in(("waiting", "taken"))

    def inbound_due(session: Session, moment: Moment) -> ColumnElement[bool]:
        until = counted_until(session)
        return false() if until is None else and_(Inbound.received_at < until, _in(Inbound.conversation_id, _past(moment)))

    def events_due(_session: Session, moment: Moment) -> ColumnElement[bool]:
        nobodys = and_(ChannelEvent.conversation_id.is_(None), _older(ChannelEvent.received_at, moment, name))
        return or_(nobodys, _in(ChannelEvent.conversation_id, _past(moment)))

    said_there = select(Outbound.id).join(Conversation, Conversation.id == Outbound.conversation_id)
    return (
        Step(
            name,
            DossierNotice,
            DossierNotice.id,
            lambda _s, m: _in(DossierNotice.outbound_id, said_there.where(_past_of(m))),
            {"outbound_id": None},
        ),
        Step(name, PracticeExercise, PracticeExercise.id, lambda _s, m: _in(PracticeExercise.conversation_id, _past(m))),
        Step(name, TranscriptIndex, TranscriptIndex.id, lambda _s, m: _in(TranscriptIndex.conversation_id, _past(m))),
        Step(
            name,
            TranscriptIndexed,
            TranscriptIndexed.conversation_id,
            lambda _s, m: _in(TranscriptIndexed.conversation_id, _past(m)),
        ),
        Step(name, AnswerJudgement, AnswerJudgement.id, lambda _s, m: _in(AnswerJudgement.conversation_id, _past(m))),
        Step(name, ReplyApproval, ReplyApproval.id, lambda _s, m: _in(ReplyApproval.conversation_id, _past(m))),
        Step(name, Attachment, Attachment.id, lambda _s, m: _in(Attachment.conversation_id, _past(m))),
        Step(name, Delivery, Delivery.id, lambda _s, m: _in(Delivery.conversation_id, _past(m))),
        Step(name, Outbound, Outbound.id, lambda _s, m: _in(Outbound.conversation_id, _past(m))),
        Step(
            name,
            NoteMention,
            NoteMention.note_id,
            lambda _s, m: _in(NoteMention.note_id, select(OfficerNote.id).where(_in(OfficerNote.conversation_id, _past(m)))),
        ),
        Step(name, OfficerNote, OfficerNote.id, lambda _s, m: _in(OfficerNote.conversation_id, _past(m))),
        Step(name, SeenUpTo, SeenUpTo.conversation_id, lambda _s, m: _in(SeenUpTo.conversation_id, _past(m))),
        Step("record", HandoffEvent, HandoffEvent.id, lambda _s, m: _in(HandoffEvent.conversation_id, _past(m))),
        Step("record", Rating, Rating.handoff_id, lambda _s, m: _in(Rating.conversation_id, _past(m))),
        Step(
            "record",
            Handoff,
            Handoff.id,
            lambda _s, m: and_(Handoff.follows_id.is_not(None), waits_no_more, _in(Handoff.conversation_id, _past(m))),
            {"follows_id": None},
        ),
        Step("record", Handoff, Handoff.id, lambda _s, m: and_(waits_no_more, _in(Handoff.conversation_id, _past(m)))),
        Step(name, Inbound, Inbound.id, inbound_due),
        Step(name, ChannelEvent, ChannelEvent.id, events_due),
        Step(
            name,
            ConversationRating,
            ConversationRating.id,
            lambda _s, m: _in(ConversationRating.conversation_id, _past(m)),
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
        return _in(OutreachSubscription.conversation_id, _past(moment))

    return (
        Step(
            name,
            CampaignPerson,
            CampaignPerson.id,
            lambda _s, m: or_(_older(CampaignPerson.finished_at, m, name), _in(CampaignPerson.conversation_id, _past(m))),
        ),
        Step(
            name,
            CampaignVisit,
            CampaignVisit.conversation_id,
            lambda _s, m: or_(_older(CampaignVisit.at, m, name), _in(CampaignVisit.conversation_id, _past(m))),
        ),
        Step(name, OutreachSubscription, OutreachSubscription.conversation_id, subscriptions_over),
    )


def _labelled() -> Sequence[Step]:
    """Messages to label go with their conversation, imported ones by their own age; what the training data hold stays as
    nobody's text for a time of its own."""
    name, kept = "transcript", "training_label"

    def over(moment: Moment) -> ColumnElement[bool]:
        imported = and_(LabelItem.import_id.is_not(None), _older(LabelItem.at, moment, name))
        return or_(_in(LabelItem.conversation_id, _past(moment)), imported)

    def unused(moment: Moment) -> ColumnElement[bool]:
        return and_(~is_taken_in(), over(moment))

    def used_up(moment: Moment) -> ColumnElement[bool]:
        nobodys = and_(LabelItem.conversation_id.is_(None), LabelItem.import_id.is_(None))
        return and_(nobodys, _older(LabelItem.at, moment, kept))

    def go(period: str, which: Callable[[Moment], ColumnElement[bool]]) -> Sequence[Step]:
        def of_these(_session: Session, moment: Moment) -> Select[Any]:
            return select(LabelItem.id).where(which(moment))

        return (
            Step(period, LabelReason, LabelReason.item_id, lambda s, m: _in(LabelReason.item_id, of_these(s, m))),
            Step(period, LabelSkip, LabelSkip.item_id, lambda s, m: _in(LabelSkip.item_id, of_these(s, m))),
            Step(period, Label, Label.item_id, lambda s, m: _in(Label.item_id, of_these(s, m))),
            Step(period, LabelItem, LabelItem.id, lambda _s, m: which(m)),
        )

    return (
        *go(name, unused),
        Step(name, LabelItem, LabelItem.id, lambda _s, m: and_(is_taken_in(), over(m)), NOBODYS),
        Step(name, LabelCluster, LabelCluster.id, lambda _s, m: _older(LabelCluster.last_at, m, name)),
        *go(kept, used_up),
    )


def _dossiers() -> Sequence[Step]:
    watch, sent = "dossier_watch", "submission"

    def watches_over(moment: Moment) -> ColumnElement[bool]:
        return and_(DossierWatch.state.in_(("unsubscribed", "ended")), _older(DossierWatch.ended_at, moment, watch))

    def submissions_over(moment: Moment) -> ColumnElement[bool]:
        return func.coalesce(Submission.sent_at, Submission.handed_over_at) <= moment.before(sent)

    return (
        Step(
            watch,
            DossierNotice,
            DossierNotice.id,
            lambda _s, m: or_(
                _older(DossierNotice.finished_at, m, watch),
                _in(DossierNotice.watch_id, select(DossierWatch.id).where(watches_over(m))),
            ),
        ),
        Step(watch, DossierWatch, DossierWatch.id, lambda _s, m: watches_over(m)),
        Step(
            sent,
            PaperToAttach,
            PaperToAttach.id,
            lambda _s, m: _in(PaperToAttach.portal_draft_id, select(Submission.portal_draft_id).where(submissions_over(m))),
        ),
        Step(sent, Submission, Submission.portal_draft_id, lambda _s, m: submissions_over(m)),
        Step("identity_link", IdentityLink, IdentityLink.conversation_id, lambda _s, m: IdentityLink.expires_at <= m.now),
        Step("known_dossier", KnownDossier, KnownDossier.proofs_key, lambda _s, m: KnownDossier.expires_at <= m.now),
        Step("wrong_proof", WrongProof, WrongProof.id, lambda _s, m: _older(WrongProof.at, m, "wrong_proof")),
        Step(
            "portal_event",
            PortalEventSeen,
            PortalEventSeen.event_id,
            lambda _s, m: _older(PortalEventSeen.received_at, m, "portal_event"),
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
        gone = _in(Consent.conversation_id, select(Conversation.id).where(_nameless(Conversation)))
        return or_(replaced, and_(_older(Consent.at, moment, "consent"), newest, or_(refusal, gone)))

    return (
        Step("consent", Consent, Consent.id, consents_over),
        Step(
            "rights_request", RightsRequest, RightsRequest.id, lambda _s, m: _older(RightsRequest.ended_at, m, "rights_request")
        ),
        Step(
            "deletion_record",
            DeletionRecord,
            DeletionRecord.reference,
            lambda _s, m: and_(
                DeletionRecord.state.in_(("done", "to_officer")), _older(DeletionRecord.asked_at, m, "deletion_record")
            ),
        ),
        Step("retention_run", RetentionRun, RetentionRun.id, lambda _s, m: _older(RetentionRun.started_at, m, "retention_run")),
        Step(
            "daily_count",
            DailyCount,
            DailyCount.day,
            lambda _s, m: DailyCount.day <= m.before("daily_count").astimezone(VIETNAM_TIME).date(),
        ),
        Step(
            "registered_dossier",
            RegisteredDossier,
            RegisteredDossier.record_id,
            lambda _s, m: func.coalesce(RegisteredDossier.ended_at, RegisteredDossier.as_of) <= m.before("registered_dossier"),
        ),
        Step(
            "form_progress",
            FormProgress,
            FormProgress.draft_hash,
            lambda _s, m: _older(FormProgress.opened_at, m, "form_progress"),
        ),
        Step("link_check", LinkCheck, LinkCheck.id, lambda _s, m: _older(LinkCheck.checked_at, m, "link_check")),
        Step("register_run", RegisterRun, RegisterRun.id, lambda _s, m: _older(RegisterRun.started_at, m, "register_run")),
        *_comparisons_and_probes(),
    )


def _comparisons_and_probes() -> tuple[Step, ...]:
    return (
        Step(
            "sync_check",
            SyncDifference,
            SyncDifference.id,
            lambda _s, m: _older(SyncDifference.resolved_at, m, "sync_check"),
        ),
        Step("sync_check", SyncComparison, SyncComparison.id, lambda _s, m: _older(SyncComparison.at, m, "sync_check")),
        # All parts of a minute or an hour are due together, so the moment alone names them.
        Step("service_probe", ServiceProbe, ServiceProbe.at, lambda _s, m: _older(ServiceProbe.at, m, "service_probe")),
        Step("service_hour", ServiceHour, ServiceHour.hour, lambda _s, m: _older(ServiceHour.hour, m, "service_hour")),
    )


def _surveys() -> Sequence[Step]:
    """A wave's sample goes when nobody is spared for its sake any more; its answers stay as long as years are compared."""
    asked, answers, rated = "survey_sample", "survey_answer", "conversation_rating"

    def closed(name: str) -> Callable[[Session, Moment], Select[Any]]:
        return lambda _s, m: select(SurveyWave.id).where(_older(SurveyWave.closed_at, m, name))

    return (
        Step(asked, SurveySampled, SurveySampled.record_id, lambda s, m: _in(SurveySampled.wave_id, closed(asked)(s, m))),
        Step(asked, SurveyLink, SurveyLink.token_sha256, lambda s, m: _in(SurveyLink.wave_id, closed(asked)(s, m))),
        Step(answers, SurveyAnswer, SurveyAnswer.id, lambda s, m: _in(SurveyAnswer.wave_id, closed(answers)(s, m))),
        Step(
            rated,
            ConversationRating,
            ConversationRating.id,
            lambda _s, m: _older(ConversationRating.asked_at, m, rated),
        ),
    )


def _shells() -> Step:
    """A conversation without a name and without anything that points to it."""

    def due(_session: Session, moment: Moment) -> ColumnElement[bool]:
        return and_(_nameless(Conversation), _past_of(moment), *(~one for one in _pointing_to(Conversation)))

    return Step("transcript", Conversation, Conversation.id, due)


def _pointing_to(table: type[Base]) -> Sequence[ColumnElement[bool]]:
    """For every foreign key to the table, found in the tables themselves: whether a row has it."""
    keys = [key for other in Base.metadata.sorted_tables for key in other.foreign_keys if key.column.table is table.__table__]
    return [exists().where(key.parent == key.column) for key in keys if key.parent.table is not table.__table__]


def _in(column: InstrumentedAttribute[Any], keys: Select[Any]) -> ColumnElement[bool]:
    return column.in_(keys)


def _older(column: InstrumentedAttribute[Any], moment: Moment, name: str) -> ColumnElement[bool]:
    return column <= moment.before(name)


def _quiet(moment: Moment, name: str) -> Select[Any]:
    return select(Conversation.id).where(idle_since(moment.before(name)))


def _past_of(moment: Moment) -> ColumnElement[bool]:
    return past_transcript(moment.before("transcript"), moment.before("record"))


def _past(moment: Moment) -> Select[Any]:
    return select(Conversation.id).where(_past_of(moment))


def _nameless(conversation: type[Conversation]) -> ColumnElement[bool]:
    return or_(conversation.external_id.startswith(EXPIRED), conversation.external_id.startswith(f"{FORGOTTEN}:"))
