"""What goes over the wire, as ``docs/portal-api.yaml`` describes it (a test compares the two)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VIETNAM_OFFSET = "+07:00"


class Wire(BaseModel):
    """Base of all bodies: unknown fields are refused, values are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Health(Wire):
    """Answer of ``GET /health``."""

    status: Literal["ok"]
    dossiers: int


class LookupFactor(Wire):
    """The second proof."""

    type: Literal["lookup_code"]
    value: str = Field(min_length=1, max_length=32)


class LookupRequest(Wire):
    """Both proofs."""

    dossier_code: str = Field(min_length=1, max_length=64)
    factor: LookupFactor


class SupplementRequest(Wire):
    """One round of "please supplement": counts and dates only."""

    requested_at: str
    deadline: str | None
    item_count: int
    answered_at: str | None


class Dossier(Wire):
    """What a holder of the slip may see."""

    dossier_code: str
    source_system: str
    status_code: str
    as_of: str
    procedure_code: str | None
    procedure_name: str | None
    receiving_unit: str | None
    received_at: str | None
    due_at: str | None
    ended_at: str | None
    current_step: str | None
    current_unit: str | None
    must_act: Literal["citizen", "agency", "nobody"] | None
    supplement_requests: list[SupplementRequest]
    result_method: Literal["counter", "post"] | None
    result_place: str | None


class Problem(Wire):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
