"""What is past its time of the evidence: dossiers as the portal lists them, counts, checks, probes, surveys. Nothing here belongs
to a conversation but the tie of a rating."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.retention.step import Moment, Step, among, older
from bot.storage.evidence_models import RegisteredDossier, RegisterRun
from bot.storage.level_models import LinkCheck
from bot.storage.survey_models import ConversationRating, SurveyAnswer, SurveyLink, SurveySampled, SurveyWave
from bot.storage.sync_models import ServiceHour, ServiceProbe, SyncComparison, SyncDifference
from bot.storage.usage_models import FormProgress


def evidence_steps() -> Sequence[Step]:
    """All of them."""
    return (*_counted(), *_comparisons_and_probes(), *_surveys())


def _counted() -> Sequence[Step]:
    return (
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
            lambda _s, m: older(FormProgress.opened_at, m, "form_progress"),
        ),
        Step("link_check", LinkCheck, LinkCheck.id, lambda _s, m: older(LinkCheck.checked_at, m, "link_check")),
        Step("register_run", RegisterRun, RegisterRun.id, lambda _s, m: older(RegisterRun.started_at, m, "register_run")),
    )


def _comparisons_and_probes() -> tuple[Step, ...]:
    return (
        Step(
            "sync_check",
            SyncDifference,
            SyncDifference.id,
            lambda _s, m: older(SyncDifference.resolved_at, m, "sync_check"),
        ),
        Step("sync_check", SyncComparison, SyncComparison.id, lambda _s, m: older(SyncComparison.at, m, "sync_check")),
        # All parts of a minute or an hour are due together, so the moment alone names them.
        Step("service_probe", ServiceProbe, ServiceProbe.at, lambda _s, m: older(ServiceProbe.at, m, "service_probe")),
        Step("service_hour", ServiceHour, ServiceHour.hour, lambda _s, m: older(ServiceHour.hour, m, "service_hour")),
    )


def _surveys() -> Sequence[Step]:
    """A wave's sample goes when nobody is spared for its sake any more; its answers stay as long as years are compared."""
    asked, answers, rated = "survey_sample", "survey_answer", "conversation_rating"

    def closed(name: str) -> Callable[[Session, Moment], Select[Any]]:
        return lambda _s, m: select(SurveyWave.id).where(older(SurveyWave.closed_at, m, name))

    return (
        Step(asked, SurveySampled, SurveySampled.record_id, lambda s, m: among(SurveySampled.wave_id, closed(asked)(s, m))),
        Step(asked, SurveyLink, SurveyLink.token_sha256, lambda s, m: among(SurveyLink.wave_id, closed(asked)(s, m))),
        Step(answers, SurveyAnswer, SurveyAnswer.id, lambda s, m: among(SurveyAnswer.wave_id, closed(answers)(s, m))),
        Step(
            rated,
            ConversationRating,
            ConversationRating.id,
            lambda _s, m: older(ConversationRating.asked_at, m, rated),
        ),
    )
