"""A change of one procedure checked at once: our own checks over the whole catalogue as it would be, and what looks doubtful."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from bot.catalogue.check import check_catalogue_texts
from bot.catalogue.editing.documents import UnreadableDocumentError, plain
from bot.catalogue.editing.told import Told, in_words
from bot.catalogue.schema import Procedure
from bot.language.money import find_money


@dataclass(frozen=True)
class Checked:
    """``procedure``: the procedure as it would be; None where it is none. ``told``: errors first, then warnings of this file."""

    procedure: Procedure | None
    told: tuple[Told, ...]

    @property
    def errors(self) -> tuple[Told, ...]:
        """What stops the change."""
        return tuple(one for one in self.told if one.severity == "error")


def procedure_file(code: str) -> str:
    """Where a procedure stands below the catalogue's folder."""
    return f"procedures/{code}.yml"


def read_procedure(text: str) -> Procedure | None:
    """The procedure of a file's text; None where it is none."""
    try:
        return Procedure.model_validate(plain(text))
    except (ValidationError, UnreadableDocumentError):
        return None


def check_change(files: Mapping[str, str], changed: Mapping[str, str], today: date) -> Checked:
    """Checks the catalogue ``files`` (texts by path) with ``changed`` procedures in it. ``procedure`` is the last one of them."""
    problems = check_catalogue_texts({**files, **changed}, today)
    told = [in_words(problem) for problem in problems if problem.severity == "error" or problem.file in changed]
    procedure = read_procedure(list(changed.values())[-1]) if changed else None
    if procedure is not None:
        told += _doubts(procedure)
    return Checked(procedure, tuple(_each_once(told)))


def _each_once(told: list[Told]) -> Iterator[Told]:
    seen = set()
    for one in told:
        key = (one.key, one.severity, tuple(sorted(one.values.items())), one.part, one.row, one.code)
        if key not in seen:
            seen.add(key)
            yield one


def _doubts(procedure: Procedure) -> Iterator[Told]:
    """Words that say another number than the value beside them: both are spoken from, by different answers."""
    for row, fee in enumerate(procedure.fees, start=1):
        amounts = {found.vnd for found in find_money(fee.text or "")}
        if fee.amount_vnd is not None and amounts and fee.amount_vnd not in amounts:
            yield Told("other_amount", "warning", {"text": fee.text or ""}, "fees", row, procedure.code)
    for row, time in enumerate(procedure.times, start=1):
        numbers = {float(word.replace(",", ".")) for word in _numbers(time.text or "")}
        if time.amount is not None and numbers and time.amount not in numbers:
            yield Told("other_number", "warning", {"text": time.text or ""}, "times", row, procedure.code)


def _numbers(text: str) -> Iterator[str]:
    for word in text.replace("(", " ").replace(")", " ").split():
        bare = word.strip(".;:,")
        if bare.replace(",", "", 1).isdigit() and bare.isascii():
            yield bare
