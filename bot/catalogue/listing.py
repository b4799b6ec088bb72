"""The catalogue as a list: the few words of every procedure that search and menus need, without its facts."""

from dataclasses import dataclass

from bot.catalogue.schema import Origin, Procedure


@dataclass(frozen=True, slots=True)
class ProcedureListing:
    """One procedure in the list. ``superseded_by`` is the code that took its place, where one did; such a procedure is found by
    its code and offered only behind its successor."""

    code: str
    name: str
    official_name: str
    field: str
    levels: tuple[str, ...]
    targets: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    origin: Origin = "reviewed"
    superseded_by: str | None = None


def listing_of(procedure: Procedure) -> ProcedureListing:
    """The listing of a procedure that is at hand."""
    return ProcedureListing(
        code=procedure.code,
        name=procedure.name,
        official_name=procedure.official_name,
        field=procedure.field,
        levels=procedure.levels,
        targets=procedure.targets,
        aliases=procedure.aliases,
        questions=procedure.questions,
        origin=procedure.origin,
    )
