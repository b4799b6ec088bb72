"""The contract's addresses around a filed dossier."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from simulators.portal.access import opened, person_of
from simulators.portal.contract import (
    IdentityCheckRequest,
    LookupRequest,
    OneTimeCodeConfirmation,
    OneTimeCodeRequest,
    SupplementAnswerRequest,
    WithdrawalRequest,
)
from simulators.portal.distortions import distorted
from simulators.portal.drafts import draft_view
from simulators.portal.exchange import iso_moment
from simulators.portal.people import PEOPLE
from simulators.portal.problems import problem
from simulators.portal.world import PortalWorld

Key = Annotated[str, Header(alias="Idempotency-Key", pattern="^[A-Za-z0-9_-]{1,64}$")]
Reference = Annotated[str | None, Header(alias="Client-Reference", max_length=64)]
STRONG = ("identity_proof", "phone_proof")
IDENTIFIED = ("identity_proof",)
DONE = (9, 10, 3, 7, 8)


def dossier_routes(world: PortalWorld) -> APIRouter:
    """Look-up, one-time codes, identity checks, withdrawal, supplements, watches, changes."""
    router = APIRouter()
    _serve_lookup(router, world)
    _serve_codes(router, world)
    _serve_identity(router, world)
    _serve_withdrawal(router, world)
    _serve_supplements(router, world)
    _serve_watches(router, world)
    return router


def _serve_lookup(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/dossiers/lookup")
    async def lookup_dossier(pair: LookupRequest, request: Request, _person: Reference = None) -> Response:
        record = opened(world, pair, request)
        if isinstance(record, Response):
            return record
        fault = request.scope["portal_fault"]
        if fault == "duplicate_codes":  # the source looks for date and counter alone, and takes what it finds last
            record = world.store.same_number(pair.dossier_code)[-1]
        return JSONResponse(world.view(record, fault))


def _serve_codes(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/one-time-codes")
    async def request_one_time_code(asked: OneTimeCodeRequest, request: Request, _person: Reference = None) -> Response:
        person = person_of(request)
        wait = max(world.code_requests.wait_for(person), world.code_requests.wait_for("#" + asked.dossier_code))
        if wait:
            return problem("too-many-attempts", {"Retry-After": str(wait)})
        world.code_requests.note(person)
        world.code_requests.note("#" + asked.dossier_code)
        record = world.store.record(asked.dossier_code)
        phone = record["SoDienThoai"] if record else None
        challenge, ends = world.codes.request(asked.dossier_code, asked.phone_last_digits, phone)
        return JSONResponse({"challenge": challenge, "expires_at": ends.isoformat(timespec="seconds")}, 202)

    @router.post("/v1/one-time-codes/confirm")
    async def confirm_one_time_code(sent: OneTimeCodeConfirmation, request: Request, _person: Reference = None) -> Response:
        person = person_of(request)
        wait = world.lookups.wait_for(person)
        if wait:
            return problem("too-many-attempts", {"Retry-After": str(wait)})
        world.lookups.note(person)
        dossier_code = world.codes.confirm(sent.challenge, sent.code)
        if dossier_code is None:
            return problem("code-refused")
        token, ends = world.phone_proofs.issue(dossier_code)
        return JSONResponse({"type": "phone_proof", "value": token, "expires_at": ends.isoformat(timespec="seconds")})


def _serve_identity(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/identity-checks")
    async def begin_identity_check(_asked: IdentityCheckRequest, request: Request, key: Key) -> Response:
        async def begin() -> tuple[int, Any]:
            check, page = world.identity.begin()
            url = str(request.url_for("identity_page", token=page))
            return 201, {"check_id": check.check_id, "url": url, "expires_at": check.ends.isoformat(timespec="seconds")}

        return await world.idempotency.once("identity", key, await request.body(), begin)

    @router.get("/v1/identity-checks/{check_id}")
    async def identity_check(check_id: Annotated[str, Path(max_length=64)]) -> Response:
        check = world.identity.find(check_id)
        if check is None:
            return problem("check-not-found")
        state, factor, person = world.identity.state(check), None, None
        if state == "confirmed" and check.person_id is not None:
            factor = {"type": "identity_proof", "value": world.identity.proofs.issue(check.person_id)[0]}
            known = PEOPLE[check.person_id]
            person = {"citizen_id": known.id, "phone": known.phone}
        return JSONResponse({"state": state, "factor": factor, "person": person})


def _serve_withdrawal(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/dossiers/withdrawals")
    async def withdraw(asked: WithdrawalRequest, request: Request, key: Key, _person: Reference = None) -> Response:
        record = opened(world, asked, request, STRONG)
        if isinstance(record, Response):
            return record

        async def withdrawn() -> tuple[int, Any] | Response:
            if record["TrangThaiHoSo"] in DONE:
                return problem("not-withdrawable")
            record.update(TrangThaiHoSo=7, NgayKetThucXuLy=world.stamp(), BenPhaiThucHien="agency")
            await world.rewrite(record)
            at = world.now()
            return 202, {"request_id": f"R{at:%Y%m%d%H%M%S}", "requested_at": at.isoformat(timespec="seconds")}

        return await world.idempotency.once("withdraw", key, await request.body(), withdrawn)


def _serve_supplements(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/dossiers/supplements")
    async def supplement_details(pair: LookupRequest, request: Request, _person: Reference = None) -> Response:
        record = opened(world, pair, request, IDENTIFIED)
        if isinstance(record, Response):
            return record
        shown = _open_supplement(record, request.scope["portal_fault"])
        return problem("no-open-supplement") if shown is None else JSONResponse(shown)

    @router.post("/v1/dossiers/supplement-answers")
    async def answer_supplement(
        asked: SupplementAnswerRequest, request: Request, key: Key, _person: Reference = None
    ) -> Response:
        record = opened(world, asked, request, IDENTIFIED)
        if isinstance(record, Response):
            return record

        async def begun() -> tuple[int, Any] | Response:
            shown = _open_supplement(record, "ok")
            if shown is None or shown["request_id"] != asked.request_id:
                return problem("no-open-supplement")
            draft = world.drafts.create(
                kind="supplement",
                procedure_code=record["MaTTHC"],
                case=None,
                values={"ghi_chu": asked.note},
                papers=[paper.model_dump() for paper in asked.papers],
                fee=0,
                request_id=asked.request_id,
                dossier_code=asked.dossier_code,
            )
            return 201, draft_view(draft)

        return await world.idempotency.once("supplement", key, await request.body(), begun)


def _open_supplement(record: dict[str, Any], fault: str) -> dict[str, Any] | None:
    record = distorted(record, fault)
    rounds = record["DanhSachHoSoBoSung"]
    waiting = [(number, entry) for number, entry in enumerate(rounds, 1) if not entry["NgayTiepNhanBoSung"]]
    if not waiting:
        return None
    number, entry = waiting[-1]
    papers = [
        {"paper_code": f"{entry['HoSoBoSungId']}-{place}", "name": name, "note": None}
        for place, name in enumerate(entry["DanhSachGiayToBoSung"], 1)
    ]
    return {
        "request_id": entry["HoSoBoSungId"],
        "round_number": number,
        "requested_at": iso_moment(entry["NgayBoSung"]),
        "deadline": iso_moment(entry["ThoiHanBoSung"]),
        "request_text": entry["NoiDungBoSung"],
        "papers": papers,
        "fee": None,
    }


def _serve_watches(router: APIRouter, world: PortalWorld) -> None:
    reference_path = Path(pattern="^[A-Za-z0-9_-]{1,64}$")

    @router.put("/v1/watches/{reference}")
    async def watch(
        pair: LookupRequest, request: Request, reference: Annotated[str, reference_path], _person: Reference = None
    ) -> Response:
        record = opened(world, pair, request)
        if isinstance(record, Response):
            return record
        since = world.watches.watch(reference, pair.dossier_code)
        return JSONResponse({"reference": reference, "since": since.isoformat(timespec="seconds")})

    @router.delete("/v1/watches/{reference}")
    async def unwatch(reference: Annotated[str, reference_path]) -> Response:
        world.watches.unwatch(reference)
        return Response(status_code=204)

    @router.get("/v1/changes")
    async def changes(
        cursor: Annotated[str | None, Query(max_length=200)] = None, limit: Annotated[int, Query(ge=1, le=200)] = 100
    ) -> Response:
        page = world.watches.page(cursor, limit)
        return problem("cursor-expired") if page is None else JSONResponse(page)
