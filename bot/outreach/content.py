"""What a notice keeps of a dossier until it is told: no code, no personal number, nothing that the portal did not say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dossiers.next_steps import free_text
from bot.portal.moments import Moment
from bot.portal.records import Dossier, SupplementRequest, parse_dossier

_LONG_ENOUGH = 20


def kept_of(dossier: Dossier) -> dict[str, Any]:
    """The dossier as JSON values, without its code."""
    return {
        "source_system": dossier.source_system,
        "status_code": dossier.status_code,
        "as_of": dossier.as_of.isoformat(),
        "procedure_code": dossier.procedure_code,
        "procedure_name": _masked(dossier.procedure_name),
        "receiving_unit": _masked(dossier.receiving_unit),
        "received_at": _moment(dossier.received_at),
        "due_at": _moment(dossier.due_at),
        "ended_at": _moment(dossier.ended_at),
        "current_step": _masked(dossier.current_step),
        "current_unit": _masked(dossier.current_unit),
        "must_act": dossier.must_act,
        "supplement_requests": [_request(one) for one in dossier.supplement_requests],
        "result_method": dossier.result_method,
        "result_place": _masked(dossier.result_place),
    }


def dossier_of(content: Mapping[str, Any], shown: str) -> Dossier:
    """The dossier again, with a code that masks to ``shown``. Raises ``ContractChanged`` for what ``kept_of`` did not make."""
    # Of a code too short for it fewer digits would be shown.
    return replace(parse_dossier({**content, "dossier_code": "kept"}, None), dossier_code=shown.rjust(_LONG_ENOUGH, "*"))


def _masked(text: str | None) -> str | None:
    return free_text(text)[:290] if text else None


def _moment(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    return moment.at.isoformat() if moment.at is not None else moment.day.isoformat()


def _request(request: SupplementRequest) -> dict[str, Any]:
    return {
        "requested_at": _moment(request.requested_at),
        "deadline": _moment(request.deadline),
        "item_count": request.item_count,
        "answered_at": _moment(request.answered_at),
    }
