"""The periods of retention, read from one file, and the tables that hold nothing personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

SHIPPED = Path(__file__).with_name("periods.yml")

IMPERSONAL_TABLES: Mapping[str, str] = {
    "change_proposal": "trainers' changes; the history of the training data",
    "proposed_file": "trainers' changes; private numbers are refused in them",
    "workspace_turn": "whose turn it is to write",
    "team_member": "officers in teams",
    "officer_shift": "when officers are on duty",
    "canned_reply": "replies kept ready",
    "practice_attempt": "officers' own answers in practice; private numbers masked",
    "label_import": "lists that trainers brought: counts and numbers of lines",
    "labelling_cursor": "how far the labelling has looked",
    "labelling_setting": "what trainers have set",
    "account": "officers' accounts; the console's own rules",
    "account_session": "officers' sessions; the console's own rules",
    "recovery_code": "officers' recovery codes; the console's own rules",
    "sign_in_attempt": "tries at officers' accounts; the console's own rules",
    "kill_switch": "officers' orders; append-only",
    "partial_reason": "published reasons; append-only",
    "filing_proposal": "officers' proposals; append-only",
    "filing_decision": "officers' decisions; append-only",
    "outage": "announcements to everybody",
    "switch_pointer": "how often the switches changed",
    "audit_head": "the end of the audit log",
    "audit_entry": "append-only: the database refuses changes; at least 24 months by law's purpose",
    "catalogue_record": "published procedures",
    "catalogue_version": "published procedures",
    "catalogue_member": "published procedures",
    "catalogue_pointer": "published procedures",
    "content_archive": "published procedures; the states of the last releases",
    "content_release": "published procedures",
    "content_pointer": "published procedures",
    "import_difference": "published procedures, and officers' decisions on them",
    "channel_account": "our own accounts on the platforms",
    "channel_token": "our own tokens",
    "heartbeat": "our processes; a day after their last sign of life",
    "portal_cursor": "how far the portal was read",
    "service_review": "figures of services by year",
    "service_review_comment": "what officers say to them; private numbers masked",
    "service_review_decision": "signed decisions on services",
    "report": "counts of units, the proof of what was reported",
    "report_delivery": "where and when reports went",
    "scheduled_turn": "whose turn a task is",
    "usage_count": "counts by month",
    "usage_month": "when months were counted",
    "campaign": "what was told to many, by whom it was written and approved",
    "campaign_link": "links of campaigns",
    "campaign_count": "counts by day",
    "survey_wave": "surveys: period, seed and counts",
    "survey_export": "who gave anonymous answers to which firm",
    "service_card": "published facts of procedures, all versions",
    "guide_count": "openings of guides by day",
    "promotion": "who let which model speak, and why",
    "engine_slot": "what our engines serve",
    "engine_route": "which engine answers",
    "training_job": "trainings of models",
    "candidate_model": "trained models and their figures",
    "regression_case": "texts that trainers wrote to test models with",
}
"""Kept without a period: table → why it holds nothing of a citizen."""


class RetentionFileError(ValueError):
    """The file of periods cannot be used; the message names what is wrong in it."""


class Period(BaseModel):
    """How long one class of data is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    days: int = Field(ge=1, le=36_500)
    counts_from: str
    tables: tuple[str, ...]
    source: str
    built_in: bool = False

    @property
    def length(self) -> timedelta:
        """The period."""
        return timedelta(days=self.days)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    periods: dict[str, Period]


@dataclass(frozen=True)
class Periods:
    """All classes, by name."""

    by_name: Mapping[str, Period]

    def __getitem__(self, name: str) -> Period:
        return self.by_name[name]


def read_periods(path: Path) -> Periods:
    """The periods of a file. Raises ``RetentionFileError`` where it cannot be read, lacks a class, has one that we do not know,
    or changes one that is built in."""
    try:
        found = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).periods
    except (OSError, ValueError, yaml.YAMLError, ValidationError) as error:
        raise RetentionFileError(f"{path}: cannot be read as periods of retention ({type(error).__name__})") from error
    ours = shipped_periods().by_name if path != SHIPPED else found
    if found.keys() != ours.keys():
        differing = ", ".join(sorted(found.keys() ^ ours.keys()))
        raise RetentionFileError(f"{path}: the classes differ from the product's: {differing}")
    for name, period in found.items():
        if ours[name].built_in and period.days != ours[name].days:
            raise RetentionFileError(f"{path}: {name} is built in and stays {ours[name].days} day(s)")
    if found["record"].days < found["transcript"].days:
        raise RetentionFileError(f"{path}: record must not be shorter than transcript")
    if found["message_details"].days > found["transcript"].days:
        raise RetentionFileError(f"{path}: message_details must not be longer than transcript")
    return Periods(found)


@cache
def shipped_periods() -> Periods:
    """The periods that ship with the product."""
    return read_periods(SHIPPED)
