"""Invitations to a survey: the portal knows how to reach people, we do not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from bot.portal.errors import ContractChanged
from bot.portal.reading import as_object, read_choice, read_list, read_matching, read_optional_choice

MAX_INVITATIONS = 200
RECORD_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
InvitationOutcome = Literal["accepted", "already_invited", "refused"]
RefusalReason = Literal["unknown_record", "no_way_to_reach", "asked_lately", "declined"]
_OUTCOMES: Mapping[str, InvitationOutcome] = {one: one for one in get_args(InvitationOutcome)}
_REASONS: Mapping[str, RefusalReason] = {one: one for one in get_args(RefusalReason)}


@dataclass(frozen=True)
class SurveyInvitation:
    """A dossier whose citizen is invited, and the link for them. The pair is told to the portal and kept nowhere."""

    record_id: str = field(repr=False)
    link: str = field(repr=False)


@dataclass(frozen=True)
class InvitationOrder:
    """What holds for all invitations of a call. ``wave``: 1 to 40 of ``A-Za-z0-9_-``; ``spared_months``: who was invited to any
    survey within so many months is not asked; ``closes_on``: the last day on which an answer is taken."""

    wave: str
    spared_months: int
    closes_on: date


@dataclass(frozen=True)
class InvitationResult:
    """What became of one invitation. ``already_invited``: this wave's invitation for this dossier went out before, with another
    link: that one stands, this one was not sent. ``reason``: why it was refused."""

    record_id: str = field(repr=False)
    outcome: InvitationOutcome
    reason: RefusalReason | None = None


def invitations_body(order: InvitationOrder, invitations: Sequence[SurveyInvitation]) -> dict[str, Any]:
    """The request. Raises ``ValueError`` for more than ``MAX_INVITATIONS``, none, or the same dossier twice."""
    records = {one.record_id for one in invitations}
    if not 0 < len(invitations) <= MAX_INVITATIONS or len(records) < len(invitations):
        raise ValueError(f"1 to {MAX_INVITATIONS} invitations, each for another dossier")
    return {
        "wave": order.wave,
        "spared_months": order.spared_months,
        "closes_on": order.closes_on.isoformat(),
        "invitations": [{"record_id": one.record_id, "link": one.link} for one in invitations],
    }


def parse_invitation_results(data: object, asked: Sequence[SurveyInvitation]) -> tuple[InvitationResult, ...]:
    """One result for each that was asked for. Raises ``ContractChanged``."""
    entries = read_list(as_object(data, "survey invitations"), "results", MAX_INVITATIONS)
    found = {}
    for entry in entries:
        fields = as_object(entry, "results")
        record_id = read_matching(fields, "record_id", RECORD_ID)
        outcome = read_choice(fields, "outcome", _OUTCOMES)
        reason = read_optional_choice(fields, "reason", _REASONS)
        if (reason is None) != (outcome != "refused"):
            raise ContractChanged("reason: belongs to refused, and to it alone")
        found[record_id] = InvitationResult(record_id, outcome, reason)
    if len(found) < len(entries) or found.keys() != {one.record_id for one in asked}:
        raise ContractChanged("results: not one for each invitation")
    return tuple(found[one.record_id] for one in asked)
