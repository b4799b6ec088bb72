"""The portal over HTTP, as ``docs/portal-api.yaml`` describes it."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from urllib3.filepost import encode_multipart_formdata

from bot.portal.dossier_records import DossierRecordPage, parse_record_page
from bot.portal.errors import Declined, OutcomeUnknown, Unavailable
from bot.portal.gateway import OPERATIONS
from bot.portal.http_exchange import MAX_ANSWER_BYTES, TOTAL_SECONDS, Answer, Call, HttpExchange, checked_base
from bot.portal.http_problems import refusal
from bot.portal.invitations import (
    InvitationOrder,
    InvitationResult,
    SurveyInvitation,
    invitations_body,
    parse_invitation_results,
)
from bot.portal.oauth import AccessTokens, ClientCredentials
from bot.portal.records import Dossier, LookupFactor, parse_dossier
from bot.portal.submission import (
    MAX_FILE_BYTES,
    AttachedFile,
    Draft,
    DraftPaper,
    PaperFile,
    PaymentLink,
    PortalLink,
    ProcedureFees,
    parse_attached_file,
    parse_draft,
    parse_fees,
    parse_link,
    parse_payment_link,
)
from bot.portal.watching import (
    ChangePage,
    IdentityCheck,
    IdentityProof,
    OneTimeChallenge,
    SupplementDetails,
    Watch,
    WithdrawalRequest,
    parse_challenge,
    parse_change_page,
    parse_factor,
    parse_identity_check,
    parse_identity_state,
    parse_supplement_details,
    parse_watch,
    parse_withdrawal,
)

__all__ = ["MAX_ANSWER_BYTES", "TRANSFER_SECONDS", "HttpPortal"]

TRANSFER_SECONDS = 30.0
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PERSON = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)


class HttpPortal:
    """``PortalGateway`` over HTTP: every method is documented there.

    Promises an answer or an error within ``total_seconds`` (an attached file: ``transfer_seconds``), the token's fetch
    included. A token that the portal refuses is fetched anew once. Safe for several threads.
    """

    offered = OPERATIONS

    def __init__(
        self,
        base_url: str,
        credentials: ClientCredentials,
        *,
        link_hosts: Collection[str] = (),
        total_seconds: float = TOTAL_SECONDS,
        transfer_seconds: float = TRANSFER_SECONDS,
        exchange: HttpExchange | None = None,
    ) -> None:
        """``link_hosts``: hosts that links may lead to, beside that of ``base_url``. Raises ``ValueError`` for an address that is
        not http or https."""
        self._base = checked_base(base_url, "portal_url")
        self._link_hosts = frozenset({*link_hosts, urlsplit(base_url).hostname or ""}) - {""}
        self._total_seconds, self._transfer_seconds = total_seconds, transfer_seconds
        self._exchange = exchange if exchange is not None else HttpExchange()
        self._tokens = AccessTokens(self._base + "/oauth/token", credentials, self._exchange)

    def close(self) -> None:
        """Gives up waiting calls and closes the connections."""
        self._exchange.close()

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        """See ``PortalGateway.lookup_dossier``."""
        answer = self._post("/v1/dossiers/lookup", _proofs(code, factor), on_behalf_of=on_behalf_of)
        return parse_dossier(answer.json(), code)

    def request_one_time_code(self, code: str, last_digits: str, *, on_behalf_of: str | None = None) -> OneTimeChallenge:
        """See ``PortalGateway.request_one_time_code``. A lost answer is not asked for again: it would send a second code."""
        body = {"dossier_code": code, "phone_last_digits": last_digits}
        answer = self._post("/v1/one-time-codes", body, on_behalf_of=on_behalf_of, expected=202, repeatable=False)
        return parse_challenge(answer.json())

    def confirm_one_time_code(self, challenge: str, one_time_code: str, *, on_behalf_of: str | None = None) -> LookupFactor:
        """See ``PortalGateway.confirm_one_time_code``."""
        body = {"challenge": challenge, "code": one_time_code}
        answer = self._post("/v1/one-time-codes/confirm", body, on_behalf_of=on_behalf_of, repeatable=False)
        return parse_factor(answer.json())

    def identity_link(self, idempotency_key: str) -> IdentityCheck:
        """See ``PortalGateway.identity_link``."""
        answer = self._write("/v1/identity-checks", {}, idempotency_key)
        return parse_identity_check(answer.json(), self._link_hosts)

    def identity_proof(self, check_id: str) -> IdentityProof | None:
        """See ``PortalGateway.identity_proof``."""
        return parse_identity_state(self._get(f"/v1/identity-checks/{quote(check_id, safe='')}").json())

    def procedure_fees(self, procedure_code: str) -> ProcedureFees:
        """See ``PortalGateway.procedure_fees``."""
        return parse_fees(self._get(f"/v1/procedures/{quote(procedure_code, safe='')}/fees").json(), procedure_code)

    def create_draft(
        self,
        idempotency_key: str,
        procedure_code: str,
        case: str | None,
        values: Mapping[str, Any],
        papers: Sequence[DraftPaper],
    ) -> Draft:
        """See ``PortalGateway.create_draft``."""
        body = {"procedure_code": procedure_code, "case": case, "values": dict(values), "papers": _papers(papers)}
        return parse_draft(self._write("/v1/drafts", body, idempotency_key).json())

    def attach_file(self, draft_id: str, idempotency_key: str, file: PaperFile) -> AttachedFile:
        """See ``PortalGateway.attach_file``. A file over ``MAX_FILE_BYTES`` is not sent at all."""
        if len(file.content) > MAX_FILE_BYTES:
            raise Declined("body-too-large")
        body, media_type = encode_multipart_formdata(
            [("paper_code", file.paper_code), ("file", (file.name, file.content, file.media_type))]
        )
        call = Call(
            "POST",
            f"{self._draft(draft_id)}/files",
            {"Content-Type": media_type, "Idempotency-Key": _checked_key(idempotency_key)},
            body,
        )
        return parse_attached_file(self._outcome(call, 201, self._transfer_seconds).json())

    def payment_link(self, draft_id: str) -> PaymentLink:
        """See ``PortalGateway.payment_link``."""
        return parse_payment_link(self._link(draft_id, "payment-link"), self._link_hosts)

    def hand_over_link(self, draft_id: str) -> PortalLink:
        """See ``PortalGateway.hand_over_link``."""
        return parse_link(self._link(draft_id, "hand-over-link"), self._link_hosts)

    def draft_state(self, draft_id: str) -> Draft:
        """See ``PortalGateway.draft_state``."""
        return parse_draft(self._ask(Call("GET", self._draft(draft_id)), 200).json(), draft_id)

    def withdraw(
        self, code: str, factor: LookupFactor, reason: str, idempotency_key: str, *, on_behalf_of: str | None = None
    ) -> WithdrawalRequest:
        """See ``PortalGateway.withdraw``."""
        body = {**_proofs(code, factor), "reason": reason}
        answer = self._write("/v1/dossiers/withdrawals", body, idempotency_key, on_behalf_of, 202)
        return parse_withdrawal(answer.json())

    def supplement_details(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> SupplementDetails:
        """See ``PortalGateway.supplement_details``."""
        answer = self._post("/v1/dossiers/supplements", _proofs(code, factor), on_behalf_of=on_behalf_of)
        return parse_supplement_details(answer.json())

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
        """See ``PortalGateway.answer_supplement``."""
        body = {**_proofs(code, factor), "request_id": request_id, "note": note, "papers": _papers(papers)}
        return parse_draft(self._write("/v1/dossiers/supplement-answers", body, idempotency_key, on_behalf_of).json())

    def watch(self, code: str, factor: LookupFactor, our_reference: str, *, on_behalf_of: str | None = None) -> Watch:
        """See ``PortalGateway.watch``."""
        call = self._json_call("PUT", f"/v1/watches/{_checked_key(our_reference)}", _proofs(code, factor), on_behalf_of)
        return parse_watch(self._outcome(call, 200).json(), our_reference)

    def unwatch(self, our_reference: str) -> None:
        """See ``PortalGateway.unwatch``."""
        self._outcome(Call("DELETE", f"{self._base}/v1/watches/{_checked_key(our_reference)}"), 204)

    def changes_since(self, cursor: str | None, *, limit: int = 100) -> ChangePage:
        """See ``PortalGateway.changes_since``."""
        query = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        return parse_change_page(self._get(f"/v1/changes?{urlencode(query)}").json())

    def dossier_records(self, cursor: str | None, *, limit: int = 200) -> DossierRecordPage:
        """See ``PortalGateway.dossier_records``."""
        query = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        return parse_record_page(self._get(f"/v1/dossier-records?{urlencode(query)}").json())

    def invite_to_survey(
        self, order: InvitationOrder, invitations: Sequence[SurveyInvitation], idempotency_key: str
    ) -> tuple[InvitationResult, ...]:
        """See ``PortalGateway.invite_to_survey``. Takes as long as a file may: two hundred messages are queued."""
        body = invitations_body(order, invitations)
        key = {"Idempotency-Key": _checked_key(idempotency_key)}
        call = self._json_call("POST", "/v1/survey-invitations", body, None, key)
        return parse_invitation_results(self._outcome(call, 200, self._transfer_seconds).json(), invitations)

    def _draft(self, draft_id: str) -> str:
        return f"{self._base}/v1/drafts/{quote(draft_id, safe='')}"

    def _link(self, draft_id: str, kind: str) -> Any:
        return self._ask(Call("POST", f"{self._draft(draft_id)}/{kind}"), 200).json()

    def _get(self, path: str) -> Answer:
        return self._ask(Call("GET", self._base + path), 200)

    def _post(
        self, path: str, body: Mapping[str, Any], *, on_behalf_of: str | None, expected: int = 200, repeatable: bool = True
    ) -> Answer:
        return self._ask(self._json_call("POST", path, body, on_behalf_of, repeatable=repeatable), expected)

    def _write(
        self, path: str, body: Mapping[str, Any], key: str, on_behalf_of: str | None = None, expected: int = 201
    ) -> Answer:
        call = self._json_call("POST", path, body, on_behalf_of, {"Idempotency-Key": _checked_key(key)})
        return self._outcome(call, expected)

    def _json_call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        on_behalf_of: str | None,
        more: Mapping[str, str] | None = None,
        *,
        repeatable: bool = True,
    ) -> Call:
        headers = {"Content-Type": "application/json", **(more or {})}
        if on_behalf_of:
            if not _PERSON.fullmatch(on_behalf_of):
                raise ValueError("on_behalf_of is up to 64 visible ASCII characters")
            headers["Client-Reference"] = on_behalf_of
        return Call(method, self._base + path, headers, json.dumps(body, allow_nan=False).encode(), repeatable)

    def _outcome(self, call: Call, expected: int, seconds: float | None = None) -> Answer:
        """As ``_ask``, for a write: no answer means that nobody knows whether it was done."""
        try:
            return self._ask(call, expected, seconds)
        except OutcomeUnknown:
            raise
        except Unavailable as error:
            raise OutcomeUnknown(str(error)) from error

    def _ask(self, call: Call, expected: int, seconds: float | None = None) -> Answer:
        answer = self._exchange.within(seconds or self._total_seconds, lambda deadline: self._authorised(call, deadline))
        if answer.status != expected:
            raise refusal(answer)
        return answer

    def _authorised(self, call: Call, deadline: float) -> Answer:
        token = self._tokens.current(deadline)
        answer = self._exchange.send(_with_token(call, token), deadline)
        if answer.status != 401:
            return answer
        self._tokens.refused(token)
        return self._exchange.send(_with_token(call, self._tokens.current(deadline)), deadline)


def _with_token(call: Call, token: str) -> Call:
    return Call(call.method, call.url, {**call.headers, "Authorization": f"Bearer {token}"}, call.body, call.repeatable)


def _proofs(code: str, factor: LookupFactor) -> dict[str, Any]:
    return {"dossier_code": code, "factor": {"type": factor.type, "value": factor.value}}


def _papers(papers: Sequence[DraftPaper]) -> list[dict[str, str]]:
    return [{"paper_code": paper.paper_code, "name": paper.name, "source": paper.source} for paper in papers]


def _checked_key(key: str) -> str:
    """The key or reference as it may stand in a header and in a path; ``ValueError`` for a caller's mistake."""
    if not _KEY.fullmatch(key):
        raise ValueError("an idempotency key or reference is 1 to 64 of A-Za-z0-9_-")
    return key
