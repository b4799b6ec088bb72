"""To which agency a procedure belongs in the counts."""

from collections.abc import Mapping

from bot.catalogue.importing.procedure import UNKNOWN_AGENCY
from bot.catalogue.schema import Procedure
from bot.usage.counting import AgencyOf


def receiving_agencies(procedures: Mapping[str, Procedure]) -> AgencyOf:
    """The receiving agency as the catalogue in force names it. Each procedure is looked up once."""
    known: dict[str, str] = {}

    def agency_of(code: str) -> str:
        if code not in known:
            procedure = procedures.get(code) if code else None
            named = procedure.receiving_agency if procedure is not None else ""
            known[code] = "" if named == UNKNOWN_AGENCY else named
        return known[code]

    return agency_of
