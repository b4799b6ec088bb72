"""What goes over the wire, as ``docs/portal-api.yaml`` describes it (a test holds the two against one another)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VIETNAM_OFFSET = "+07:00"
Code = Annotated[str, Field(min_length=1, max_length=60)]


class Wire(BaseModel):
    """Base of all bodies: unknown fields are refused, values are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Health(Wire):
    """Answer of ``GET /health``."""

    status: Literal["ok"]
    dossiers: int


class LookupFactor(Wire):
    """The second proof."""

    type: Literal["lookup_code", "phone_proof", "identity_proof"]
    value: str = Field(min_length=1, max_length=512)


class LookupRequest(Wire):
    """Both proofs."""

    dossier_code: str = Field(min_length=1, max_length=64)
    factor: LookupFactor


class OneTimeCodeRequest(Wire):
    """Asks for a code to the phone on file."""

    dossier_code: str = Field(min_length=1, max_length=64)
    phone_last_digits: str = Field(pattern=r"^[0-9]{4}$")


class OneTimeCodeConfirmation(Wire):
    """The code that was sent."""

    challenge: str = Field(min_length=1, max_length=512)
    code: str = Field(min_length=1, max_length=16)


class IdentityCheckRequest(Wire):
    """Asks for a login page; nothing is told of the citizen."""


class Paper(Wire):
    """A paper of the checklist."""

    paper_code: Code
    name: str = Field(min_length=1, max_length=500)
    source: Literal["upload", "data_store", "counter"]


class DraftRequest(Wire):
    """A submission."""

    procedure_code: str = Field(min_length=1, max_length=40)
    case: str | None = Field(max_length=200)
    values: dict[str, Any]
    papers: list[Paper] = Field(max_length=100)


class WithdrawalRequest(LookupRequest):
    """Asks that the dossier be withdrawn."""

    reason: str = Field(min_length=1, max_length=1000)


class SupplementAnswerRequest(LookupRequest):
    """Begins the answer to a supplement request."""

    request_id: str = Field(min_length=1, max_length=64)
    note: str | None = Field(max_length=1000)
    papers: list[Paper] = Field(max_length=100)


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


class RecordedSupplement(Wire):
    """One round in which papers were asked for."""

    requested_at: str
    answered_at: str | None


class DossierRecord(Wire):
    """One dossier as the list tells it: no person, no dossier code."""

    record_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    source_system: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    procedure_code: str = Field(min_length=1, max_length=40)
    unit_code: str = Field(min_length=1, max_length=40)
    unit_name: str = Field(min_length=1, max_length=300)
    channel: Literal["counter", "online", "post"]
    status_code: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,20}$")
    received_at: str | None
    due_at: str | None
    ended_at: str | None
    supplements: list[RecordedSupplement] = Field(max_length=50)
    fee_due: bool
    paid_online: bool
    electronic_result: bool | None
    digitised: bool | None
    disliked: bool | None
    as_of: str


class DossierRecordPage(Wire):
    """A page of the list."""

    records: list[DossierRecord] = Field(max_length=200)
    next_cursor: str = Field(min_length=1, max_length=200)
    more: bool
