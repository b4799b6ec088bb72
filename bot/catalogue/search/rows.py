"""The catalogue as rows to search in: one row per name, alias, question and official name of a procedure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.catalogue.search.mention import find_mention, words_of

RowKind = Literal["name", "alias", "question", "official"]


class ProcedureLike(Protocol):
    """What the index needs of a procedure; ``bot.catalogue.schema.Procedure`` fits."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def official_name(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def questions(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Row:
    """One wording of a procedure. ``words``: folded, shorthand written out; of questions only what they are about."""

    code: str
    kind: RowKind
    text: str
    words: tuple[str, ...]


def _row(code: str, kind: RowKind, text: str) -> Row:
    if kind == "question":
        words = find_mention(text).folded
    else:
        words = tuple(word.folded for word in words_of(text))
        if words[:2] == ("thu", "tuc"):
            words = words[2:]
    return Row(code, kind, text, words)


def rows_of(procedures: Sequence[ProcedureLike]) -> tuple[Row, ...]:
    """All rows of the catalogue, those without any word left out."""

    def each() -> Iterator[Row]:
        for procedure in procedures:
            yield _row(procedure.code, "name", procedure.name)
            yield _row(procedure.code, "official", procedure.official_name)
            for alias in procedure.aliases:
                yield _row(procedure.code, "alias", alias)
            for question in procedure.questions:
                yield _row(procedure.code, "question", question)

    return tuple(row for row in each() if row.words)
