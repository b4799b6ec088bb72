"""The contract's list of all dossiers, and the orders by which a test makes it differ from what its readers know."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from simulators.portal.contract import DossierRecordPage
from simulators.portal.problems import problem
from simulators.portal.world import PortalWorld


class CorrectionOrder(BaseModel):
    """``values`` are written over the record as they stand, whatever the contract says of them."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any]
    silently: bool = False


def register_routes(world: PortalWorld) -> APIRouter:
    """``/v1/dossier-records`` and ``/_control/dossier-records/…``."""
    router = APIRouter()

    @router.get("/v1/dossier-records", response_model=DossierRecordPage)
    async def dossier_records(
        cursor: Annotated[str | None, Query(max_length=200)] = None, limit: Annotated[int, Query(ge=1, le=200)] = 100
    ) -> Response:
        page = world.register.page(cursor, limit)
        return problem("cursor-expired") if page is None else JSONResponse(page)

    @router.post("/_control/dossier-records/{record_id}", include_in_schema=False)
    async def correct(record_id: str, order: CorrectionOrder) -> dict[str, Any]:
        found = world.register.correct(record_id, order.values, silently=order.silently)
        if found is None:
            raise HTTPException(404)
        return found

    @router.delete("/_control/dossier-records/{record_id}", include_in_schema=False)
    async def remove(record_id: str) -> dict[str, int]:
        return {"removed": world.register.remove(record_id)}

    return router
