"""What an import says in one part, written into the reviewed procedure's YAML: what accepting a difference proposes. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.catalogue.editing.documents import changed_text, load_document
from bot.catalogue.editing.forms import insert
from bot.catalogue.importing.procedure import UNREVIEWED, procedure_of
from bot.catalogue.importing.record import ImportedRecord
from bot.catalogue.schema import Agency, Fact, ImportedProcedure, Provenance


class NotByItselfError(Exception):
    """The part cannot be taken over as it is; it has to be edited by hand. ``key``: the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


TAKEN_OVER = ("fee", "time", "papers", "agency", "level", "legal_basis", "name", "validity")
"""The parts in which reviewed procedures are compared; each can be taken over where cases do not stand in the way."""


def taken_over(text: str, record: ImportedRecord, part: str, agencies: Mapping[str, Agency]) -> str:
    """The procedure's text with the import's facts in this part, each with the import as its source. A caution that only says
    "not reviewed" goes, since people have now read it; the import's own doubts stay. Raises ``NotByItselfError`` and
    ``UnreadableDocumentError``."""
    document, imported = load_document(text), procedure_of(record)
    _PARTS[part](document, imported, record, agencies)
    return changed_text(text, document)


def _plain(model: BaseModel) -> CommentedMap:
    return _mapping(model.model_dump(exclude_defaults=True))


def _mapping(values: Mapping[str, Any]) -> CommentedMap:
    made = CommentedMap()
    for key, value in values.items():
        insert(made, key, _mapping(value) if isinstance(value, Mapping) else value)
    return made


def _fact(fact: Fact, source: Provenance) -> CommentedMap:
    """The fact as the review keeps it, or the import's own caution with it."""
    own = fact.note is not None and fact.note != UNREVIEWED
    changed = {"certainty": fact.certainty if own or fact.certainty == "unknown" else "sure", "note": fact.note if own else None}
    return _plain(fact.model_copy(update={**changed, "source": source}))


def _refuse_cases(document: CommentedMap, key: str) -> None:
    if any(entry.get("case") for entry in document.get(key) or ()):
        raise NotByItselfError("has_cases")


def _facts(key: str) -> Callable[..., None]:
    def put(document: CommentedMap, imported: ImportedProcedure, _record: object, _agencies: object) -> None:
        _refuse_cases(document, key)
        facts = getattr(imported, key)
        if not facts:
            raise NotByItselfError("nothing_stated")
        insert(document, key, CommentedSeq(_fact(fact, imported.source) for fact in facts))

    return put


def _papers(document: CommentedMap, imported: ImportedProcedure, _record: object, _agencies: object) -> None:
    papers = document["documents"]
    if imported.cases or any(group.get("case") for group in papers.get("groups") or ()):
        raise NotByItselfError("has_cases")
    if not imported.documents.groups:
        raise NotByItselfError("nothing_stated")
    items = [_plain(item) for group in imported.documents.groups for item in group.items]
    note = imported.documents.note
    made = {"certainty": "sure"} if note in (None, UNREVIEWED) else {"certainty": "check", "note": note}
    new = _mapping({**made, "source": imported.source.model_dump(exclude_defaults=True)})
    insert(new, "groups", CommentedSeq([CommentedMap({"items": CommentedSeq(items)})]))
    document["documents"] = new


def _agency(document: CommentedMap, _imported: object, record: ImportedRecord, agencies: Mapping[str, Agency]) -> None:
    known = {
        key: agency.id
        for key, agency in (("receiving_agency", record.receiving), ("deciding_agency", record.deciding))
        if agency is not None and agency.id in agencies
    }
    if not known:
        raise NotByItselfError("agency_unknown")
    for key, agency in known.items():
        insert(document, key, agency)


def _levels(document: CommentedMap, imported: ImportedProcedure, _record: object, _agencies: object) -> None:
    insert(document, "levels", CommentedSeq(imported.levels))


def _laws(document: CommentedMap, imported: ImportedProcedure, _record: object, _agencies: object) -> None:
    insert(document, "legal_basis", CommentedSeq(imported.legal_basis))
    insert(document, "legal_basis_source", _plain(imported.source))


def _name(document: CommentedMap, imported: ImportedProcedure, _record: object, _agencies: object) -> None:
    insert(document, "official_name", imported.official_name)


def _validity(document: CommentedMap, imported: ImportedProcedure, _record: object, _agencies: object) -> None:
    for key in ("valid_from", "valid_to"):
        if getattr(imported, key) is not None:
            insert(document, key, getattr(imported, key))


_PARTS: Mapping[str, Callable[..., None]] = {
    "fee": _facts("fees"),
    "time": _facts("times"),
    "papers": _papers,
    "agency": _agency,
    "level": _levels,
    "legal_basis": _laws,
    "name": _name,
    "validity": _validity,
}
