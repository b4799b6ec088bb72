"""Who may see or do what with a dossier: both proofs, the limits, one refusal."""

from collections.abc import Collection
from typing import Any

from fastapi import Request, Response

from simulators.portal.contract import LookupRequest
from simulators.portal.people import PEOPLE
from simulators.portal.problems import problem
from simulators.portal.world import PortalWorld


def person_of(request: Request) -> str:
    """Whom the caller asks for: its reference, else its address."""
    return request.headers.get("Client-Reference") or (request.client.host if request.client else "")


def opened(
    world: PortalWorld, pair: LookupRequest, request: Request, accepted: Collection[str] | None = None
) -> dict[str, Any] | Response:
    """The record that the pair opens, or the refusal. ``accepted``: the kinds of factor that this act takes; asking with another
    is refused before anything is looked up."""
    if accepted is not None and pair.factor.type not in accepted:
        return problem("proof-too-weak", accepted=sorted(accepted))
    person = person_of(request)
    wait = max(world.lookups.wait_for(person), world.wrong_factors.wait_for(pair.dossier_code))
    if wait:
        return problem("too-many-attempts", {"Retry-After": str(wait)})
    world.lookups.note(person)
    record = _record(world, pair)
    if record is None:
        world.wrong_factors.note(pair.dossier_code)
        return problem("dossier-not-found")
    return record


def _record(world: PortalWorld, pair: LookupRequest) -> dict[str, Any] | None:
    code, value = pair.dossier_code, pair.factor.value
    if pair.factor.type == "lookup_code":
        return world.store.find(code, value)
    record = world.store.record(code)
    if pair.factor.type == "phone_proof":
        return record if world.phone_proofs.find(value) == code else None
    person = PEOPLE.get(world.identity.proofs.find(value) or "")
    if record is None or person is None:
        return None
    owners = {identity["SoDinhDanh"] for identity in record["DinhDanhCHS"]}
    return record if owners & {person.id, *person.represents} else None
