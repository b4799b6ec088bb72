"""The contract's addresses of a submission: fees, drafts, files, links."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from simulators.portal.contract import DraftRequest
from simulators.portal.dossier_api import Key
from simulators.portal.drafts import SimDraft, draft_view
from simulators.portal.problems import problem
from simulators.portal.procedures import fees_view
from simulators.portal.tokens import random_token
from simulators.portal.world import PortalWorld

_MAGIC = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


def draft_routes(world: PortalWorld) -> APIRouter:
    """Fees, drafts, files, links."""
    router = APIRouter()
    _serve_fees(router, world)
    _serve_drafts(router, world)
    _serve_files(router, world)
    _serve_links(router, world)
    return router


def _serve_fees(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/v1/procedures/{procedure_code}/fees")
    async def procedure_fees(procedure_code: str) -> Response:
        record = world.procedures.record(procedure_code)
        if record is None:
            return problem("procedure-not-found")
        return JSONResponse(fees_view(record, world.now().isoformat(timespec="seconds")))


def _serve_drafts(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/drafts")
    async def create_draft(asked: DraftRequest, request: Request, key: Key) -> Response:
        async def created() -> tuple[int, Any] | Response:
            if world.procedures.record(asked.procedure_code) is None:
                return problem("procedure-not-found")
            fee = world.procedures.online_fee(asked.procedure_code)
            if fee is None:
                return problem("procedure-not-online")
            if request.scope["portal_fault"] == "refuse_values":
                faults = [{"field": name[:200], "reason": "format"} for name in list(asked.values)[:1]]
                return problem("values-refused", faults=faults)
            papers = [paper.model_dump() for paper in asked.papers]
            draft = world.drafts.create(
                kind="application",
                procedure_code=asked.procedure_code,
                case=asked.case,
                values=asked.values,
                papers=papers,
                fee=fee,
            )
            return 201, draft_view(draft)

        return await world.idempotency.once("draft", key, await request.body(), created)

    @router.get("/v1/drafts/{draft_id}")
    async def draft_state(draft_id: str) -> Response:
        draft = world.drafts.find(draft_id)
        return problem("draft-not-found") if draft is None else JSONResponse(draft_view(draft))


def _serve_files(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/drafts/{draft_id}/files")
    async def attach_file(
        draft_id: str,
        key: Key,
        paper_code: Annotated[str, Form(min_length=1, max_length=60)],
        file: Annotated[UploadFile, File()],
    ) -> Response:
        draft = _open_draft(world, draft_id)
        if isinstance(draft, Response):
            return draft
        content = await file.read()

        async def attached() -> tuple[int, Any] | Response:
            if paper_code not in {paper["paper_code"] for paper in draft.papers if paper["source"] == "upload"}:
                return problem("paper-unknown")
            magic = _MAGIC.get(file.content_type or "")
            if magic is None or not content.startswith(magic):
                return problem("file-refused")
            taken = {"file_id": random_token(), "paper_code": paper_code, "size": len(content)}
            draft.files.append({**taken, "name": file.filename})
            return 201, taken

        return await world.idempotency.once(f"file {draft_id}", key, paper_code.encode() + b"\0" + content, attached)


def _serve_links(router: APIRouter, world: PortalWorld) -> None:
    @router.post("/v1/drafts/{draft_id}/payment-link")
    async def payment_link(draft_id: str, request: Request) -> Response:
        draft = _open_draft(world, draft_id)
        if isinstance(draft, Response):
            return draft
        if draft.payment != "due":
            return problem("nothing-to-pay")
        token, ends = world.drafts.payment_links.issue(draft)
        url = str(request.url_for("payment_page", token=token))
        return JSONResponse({"url": url, "amount": draft.fee, "expires_at": ends.isoformat(timespec="seconds")})

    @router.post("/v1/drafts/{draft_id}/hand-over-link")
    async def hand_over_link(draft_id: str, request: Request) -> Response:
        draft = _open_draft(world, draft_id)
        if isinstance(draft, Response):
            return draft
        if draft.missing_papers:
            return problem("draft-incomplete")
        draft.status = "handed_over"
        token, ends = world.drafts.hand_over_links.issue(draft)
        url = str(request.url_for("hand_over_page", token=token))
        return JSONResponse({"url": url, "expires_at": ends.isoformat(timespec="seconds")})


def _open_draft(world: PortalWorld, draft_id: str) -> SimDraft | Response:
    draft = world.drafts.find(draft_id)
    if draft is None:
        return problem("draft-not-found")
    return draft if draft.status in ("open", "handed_over") else problem("draft-closed")
