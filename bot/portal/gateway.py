"""The one interface to the portal. ``offered`` says which of its services the portal behind an adapter has; the others raise
``NotOffered``. All calls are blocking, keep nothing between them but tokens, and may come from several threads at once.
They raise the errors of ``bot.portal.errors``, and ``ValueError`` for a caller's own mistake (a key or reference of another form,
values that are no JSON).

``factor`` is the second proof beside a dossier code (``LookupFactor``). ``idempotency_key`` is ours: 1 to 64 characters of
``A-Za-z0-9_-``, one for each intended act, kept with it: after ``OutcomeUnknown`` the same call with the same key is repeated and
never does the act twice. ``on_behalf_of`` is an opaque reference (≤ 64 ASCII characters) of the person asked for, for the
portal's own limits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.portal.dossier_records import DossierRecordPage
from bot.portal.invitations import InvitationOrder, InvitationResult, SurveyInvitation
from bot.portal.records import Dossier, LookupFactor
from bot.portal.submission import AttachedFile, Draft, DraftPaper, PaperFile, PaymentLink, PortalLink, ProcedureFees
from bot.portal.watching import (
    ChangePage,
    IdentityCheck,
    IdentityProof,
    OneTimeChallenge,
    SupplementDetails,
    Watch,
    WithdrawalRequest,
)

OPERATIONS = frozenset(
    {
        "lookup_dossier",
        "request_one_time_code",
        "confirm_one_time_code",
        "identity_link",
        "identity_proof",
        "procedure_fees",
        "create_draft",
        "attach_file",
        "payment_link",
        "hand_over_link",
        "draft_state",
        "withdraw",
        "supplement_details",
        "answer_supplement",
        "watch",
        "unwatch",
        "changes_since",
        "dossier_records",
        "invite_to_survey",
    }
)
"""All services of the interface, by the names of its methods."""


class DossierDesk(Protocol):
    """What is asked about a filed dossier."""

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        """What the holder of both proofs may see: no name, no papers. ``NotFound`` whichever of the two is wrong."""
        ...

    def request_one_time_code(self, code: str, last_digits: str, *, on_behalf_of: str | None = None) -> OneTimeChallenge:
        """Has a one-time code sent to the phone on file where its number ends in ``last_digits`` (4 digits). The answer and its
        time are the same whether or not code and digits fit."""
        ...

    def confirm_one_time_code(self, challenge: str, one_time_code: str, *, on_behalf_of: str | None = None) -> LookupFactor:
        """A ``phone_proof`` for the challenge's dossier; ``CodeRefused`` for every reason why not."""
        ...

    def identity_link(self, idempotency_key: str) -> IdentityCheck:
        """A login of the citizen on the portal's own page (VNeID). The bot never sees a password or a code of it."""
        ...

    def identity_proof(self, check_id: str) -> IdentityProof | None:
        """Who logged in and an ``identity_proof`` of theirs, None until then (and for an expired check). The proof opens the
        dossiers that this person owns, or is recorded by an officer as representative of."""
        ...

    def withdraw(
        self, code: str, factor: LookupFactor, reason: str, idempotency_key: str, *, on_behalf_of: str | None = None
    ) -> WithdrawalRequest:
        """Asks the agency to let the dossier be withdrawn. ``ProofTooWeak`` for a lookup code; ``Declined``
        (``not-withdrawable``) where it has ended."""
        ...

    def supplement_details(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> SupplementDetails:
        """The open supplement request with its papers: needs an ``identity_proof``, else ``ProofTooWeak``. ``Declined``
        (``no-open-supplement``) where nothing is asked for."""
        ...

    def answer_supplement(
        self,
        code: str,
        factor: LookupFactor,
        request_id: str,
        idempotency_key: str,
        papers: Sequence[DraftPaper],
        *,
        note: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Draft:
        """Begins the answer: a draft of kind ``supplement``, to which files are attached and which the citizen signs and sends
        at ``hand_over_link``, as any other draft."""
        ...

    def watch(self, code: str, factor: LookupFactor, our_reference: str, *, on_behalf_of: str | None = None) -> Watch:
        """Has changes told, under ``our_reference`` (1 to 64 of ``A-Za-z0-9_-``). May be repeated."""
        ...

    def unwatch(self, our_reference: str) -> None:
        """Ends a watch. May be repeated; an unknown reference is no error."""
        ...

    def changes_since(self, cursor: str | None, *, limit: int = 100) -> ChangePage:
        """Changes of all watched dossiers after ``cursor`` (None: from the oldest kept). ``CursorExpired``: begin with None, and
        know old changes by their ``change_id``."""
        ...


class SubmissionDesk(Protocol):
    """What a submission needs."""

    def procedure_fees(self, procedure_code: str) -> ProcedureFees:
        """Times and fees by channel. ``Declined`` (``procedure-not-found``) for an unknown procedure."""
        ...

    def create_draft(
        self,
        idempotency_key: str,
        procedure_code: str,
        case: str | None,
        values: Mapping[str, Any],
        papers: Sequence[DraftPaper],
    ) -> Draft:
        """A draft of a submission; ``values`` is the e-form's JSON. ``Declined`` (``values-refused`` with ``faults``,
        ``procedure-not-found``, ``procedure-not-online``)."""
        ...

    def attach_file(self, draft_id: str, idempotency_key: str, file: PaperFile) -> AttachedFile:
        """Attaches a file to a paper of the draft. ``Declined`` (``body-too-large`` over 10 MiB, ``file-refused``,
        ``paper-unknown``, ``draft-closed``). May take longer than the other calls: not within a turn of the dialogue."""
        ...

    def payment_link(self, draft_id: str) -> PaymentLink:
        """The official payment page. ``Declined`` (``nothing-to-pay``, ``draft-closed``)."""
        ...

    def hand_over_link(self, draft_id: str) -> PortalLink:
        """The portal's signed-in page where the citizen logs in, checks, signs and sends. ``Declined`` (``draft-incomplete``,
        ``draft-closed``)."""
        ...

    def draft_state(self, draft_id: str) -> Draft:
        """The draft now, with the receipt once it was sent. ``DraftNotFound``."""
        ...


class RegisterDesk(Protocol):
    """What is counted and compared: all dossiers of the city's units, without any person."""

    def dossier_records(self, cursor: str | None, *, limit: int = 200) -> DossierRecordPage:
        """The list of all dossiers after ``cursor`` (None: from the oldest), in the order of their last change.
        ``CursorExpired``: begin with None."""
        ...


class SurveyDesk(Protocol):
    """What a survey needs."""

    def invite_to_survey(
        self, order: InvitationOrder, invitations: Sequence[SurveyInvitation], idempotency_key: str
    ) -> tuple[InvitationResult, ...]:
        """Has people invited, up to ``MAX_INVITATIONS`` at once. The portal sends one invitation per wave and dossier,
        whichever call and link it comes with, and decides itself who was asked lately or wants no surveys."""
        ...


class PortalGateway(DossierDesk, SubmissionDesk, RegisterDesk, SurveyDesk, Protocol):
    """All that the assistant asks of a portal."""

    @property
    def offered(self) -> frozenset[str]:
        """The names of the methods that this portal serves, out of ``OPERATIONS``."""
        ...
