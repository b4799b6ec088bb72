"""Which services a year's review is about: every reviewed procedure, and every other that people filed or asked about. Pure."""

from collections.abc import Iterable, Mapping

from bot.catalogue.schema import Procedure
from bot.service_reviews.figures import YearFigures
from bot.service_reviews.record import ReviewedService


def services_to_review(
    reviewed: Iterable[Procedure], names: Mapping[str, str], figures: Mapping[str, YearFigures]
) -> list[ReviewedService]:
    """``names``: of all procedures in force, by code. One of which only the count is known is named by its code; it counts as
    published online where somebody filed it so."""
    found = {
        one.code: ReviewedService(one.code, one.name, one.receiving_agency, published_online=one.online.available is True)
        for one in reviewed
    }
    for code, counted in figures.items():
        if code not in found and counted.count("dossiers"):
            online = counted.count("online_dossiers") > 0
            found[code] = ReviewedService(code, names.get(code, code), None, published_online=online)
    return list(found.values())
