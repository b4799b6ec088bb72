"""The portal through a province's LGSP: status and fees. All else the exchange has no service for, and says so."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from bot.clock import vietnam_now
from bot.portal.dossier_records import DossierRecordPage
from bot.portal.errors import ContractChanged, Declined, NotFound, NotOffered, Unavailable
from bot.portal.http_exchange import TOTAL_SECONDS, HttpExchange, checked_base
from bot.portal.invitations import InvitationOrder, InvitationResult, SurveyInvitation
from bot.portal.lgsp_records import factor_fits, parse_exchange_dossier, parse_exchange_fees, records_of
from bot.portal.lgsp_service import LgspAccount, LgspServices, ServiceAnswer
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

REFUSAL_SECONDS = 0.6


class LgspPortal:
    """``PortalGateway`` over ``TraCuuHoSo`` and ``LayThuTuc``: every method is documented there; those that the exchange has no
    service for raise ``NotOffered``.

    ``TraCuuHoSo`` hands out a dossier to whoever knows its code. The second proof is therefore checked here: the receipt number
    (``SoBienNhan``) printed on the slip. A refusal is told not before ``refusal_seconds``, so that an unknown code and a wrong
    number take the same time. Safe for several threads."""

    offered = frozenset({"lookup_dossier", "procedure_fees"})

    def __init__(
        self,
        service_url: str,
        account: LgspAccount,
        *,
        login_url: str | None = None,
        total_seconds: float = TOTAL_SECONDS,
        refusal_seconds: float = REFUSAL_SECONDS,
        exchange: HttpExchange | None = None,
        now: Callable[[], datetime] = vietnam_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``login_url``: ``service_url`` + ``/login`` where absent. Raises ``ValueError`` for an address that cannot be used."""
        base = checked_base(service_url, "portal_lgsp_url")
        login = checked_base(login_url, "portal_lgsp_login_url") if login_url else base + "/login"
        self._exchange = exchange if exchange is not None else HttpExchange(clock=clock)
        self._services = LgspServices(base, login, account, self._exchange, clock)
        self._total_seconds, self._refusal_seconds, self._now, self._clock = total_seconds, refusal_seconds, now, clock

    def close(self) -> None:
        """Gives up waiting calls and closes the connections."""
        self._exchange.close()

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:  # noqa: ARG002
        """See ``PortalGateway.lookup_dossier``. The exchange has no limit per person: ``on_behalf_of`` is not used."""
        return self._exchange.within(self._total_seconds, lambda deadline: self._looked_up(code, factor, deadline))

    def _looked_up(self, code: str, factor: LookupFactor, deadline: float) -> Dossier:
        earliest_refusal = self._clock() + self._refusal_seconds
        answer = _success_or_absence(self._services.ask("TraCuuHoSo", {"MaHoSo": code}, deadline))
        # One date and counter may have been issued under several prefixes: only the very code that was asked for counts.
        records = [record for record in records_of(answer.data) if record.get("MaHoSo") == code] if answer.succeeded else []
        if len(records) > 1:
            raise ContractChanged("MaHoSo: two dossiers of one code")
        if answer.succeeded and answer.data and not records and not _other_codes(answer.data):
            raise ContractChanged("MaHoSo: missing")
        fitting = [record for record in records or [{}] if factor_fits(record, code, factor)]
        if not fitting:
            self._exchange.rest(earliest_refusal, deadline)
            raise NotFound("no dossier fits this pair")
        return parse_exchange_dossier(fitting[0], code, self._now())

    def procedure_fees(self, procedure_code: str) -> ProcedureFees:
        """See ``PortalGateway.procedure_fees``."""
        answer = _success_or_absence(
            self._exchange.within(
                self._total_seconds, lambda deadline: self._services.ask("LayThuTuc", {"maTTHC": procedure_code}, deadline)
            )
        )
        fees = parse_exchange_fees(answer.data, procedure_code, self._now()) if answer.succeeded else None
        if fees is None:
            raise Declined("procedure-not-found")
        return fees

    def request_one_time_code(self, code: str, last_digits: str, *, on_behalf_of: str | None = None) -> OneTimeChallenge:
        """Not offered."""
        _not_offered("request_one_time_code", code, last_digits, on_behalf_of)

    def confirm_one_time_code(self, challenge: str, one_time_code: str, *, on_behalf_of: str | None = None) -> LookupFactor:
        """Not offered."""
        _not_offered("confirm_one_time_code", challenge, one_time_code, on_behalf_of)

    def identity_link(self, idempotency_key: str) -> IdentityCheck:
        """Not offered."""
        _not_offered("identity_link", idempotency_key)

    def identity_proof(self, check_id: str) -> IdentityProof | None:
        """Not offered."""
        _not_offered("identity_proof", check_id)

    def create_draft(
        self,
        idempotency_key: str,
        procedure_code: str,
        case: str | None,
        values: Mapping[str, Any],
        papers: Sequence[DraftPaper],
    ) -> Draft:
        """Not offered: ``DongBoHoSoMC`` hands on what an agency has received, it takes no submission of a citizen."""
        _not_offered("create_draft", idempotency_key, procedure_code, case, values, papers)

    def attach_file(self, draft_id: str, idempotency_key: str, file: PaperFile) -> AttachedFile:
        """Not offered."""
        _not_offered("attach_file", draft_id, idempotency_key, file)

    def payment_link(self, draft_id: str) -> PaymentLink:
        """Not offered."""
        _not_offered("payment_link", draft_id)

    def hand_over_link(self, draft_id: str) -> PortalLink:
        """Not offered."""
        _not_offered("hand_over_link", draft_id)

    def draft_state(self, draft_id: str) -> Draft:
        """Not offered."""
        _not_offered("draft_state", draft_id)

    def withdraw(
        self, code: str, factor: LookupFactor, reason: str, idempotency_key: str, *, on_behalf_of: str | None = None
    ) -> WithdrawalRequest:
        """Not offered."""
        _not_offered("withdraw", code, factor, reason, idempotency_key, on_behalf_of)

    def supplement_details(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> SupplementDetails:
        """Not offered: the exchange tells the papers, but has no proof of identity, without which they are not shown."""
        _not_offered("supplement_details", code, factor, on_behalf_of)

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
        """Not offered."""
        _not_offered("answer_supplement", code, factor, request_id, idempotency_key, papers, note, on_behalf_of)

    def watch(self, code: str, factor: LookupFactor, our_reference: str, *, on_behalf_of: str | None = None) -> Watch:
        """Not offered: changes are to be found by looking the dossier up again."""
        _not_offered("watch", code, factor, our_reference, on_behalf_of)

    def unwatch(self, our_reference: str) -> None:
        """Not offered."""
        _not_offered("unwatch", our_reference)

    def changes_since(self, cursor: str | None, *, limit: int = 100) -> ChangePage:
        """Not offered."""
        _not_offered("changes_since", cursor, limit)

    def dossier_records(self, cursor: str | None, *, limit: int = 200) -> DossierRecordPage:
        """Not offered: the exchange looks up one dossier at a time."""
        _not_offered("dossier_records", cursor, limit)

    def invite_to_survey(
        self, order: InvitationOrder, invitations: Sequence[SurveyInvitation], idempotency_key: str
    ) -> tuple[InvitationResult, ...]:
        """Not offered: the exchange sends no messages."""
        _not_offered("invite_to_survey", order, invitations, idempotency_key)


def _not_offered(operation: str, *_arguments: object) -> NoReturn:
    raise NotOffered(operation)


def _success_or_absence(answer: ServiceAnswer) -> ServiceAnswer:
    """Any failure but "there is no such record" is the system's own."""
    if not answer.succeeded and not answer.says_absent:
        raise Unavailable(f"error_code {answer.error_code}")
    return answer


def _other_codes(data: object) -> bool:
    """Whether every record names some dossier: then the answer is sound, and only not about the code asked for."""
    return all(isinstance(record.get("MaHoSo"), str) for record in records_of(data))
