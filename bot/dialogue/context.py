"""Whether words belong to the procedure being spoken of: "sinh viên thì bao nhiêu tiền" inside the judicial record."""

import re

from bot.catalogue.schema import Procedure
from bot.language.normalise import fold

_WORD = re.compile(r"[a-z0-9]+")
_BELONGS = 0.6

CIRCUMSTANCES = (
    "hộ nghèo",
    "sổ hộ nghèo",
    "hộ cận nghèo",
    "cận nghèo",
    "khuyết tật",
    "người khuyết tật",
    "người có công",
    "sinh viên",
    "học sinh",
    "ly hôn",
    "thương binh",
    "liệt sĩ",
    "người cao tuổi",
    "căn cước chip",
    "chip",
)
"""Words that are a procedure's subject when they stand alone, and a circumstance of the citizen inside another procedure."""

_FOLDED_CIRCUMSTANCES = frozenset(fold(words) for words in CIRCUMSTANCES)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text)))


def vocabulary(procedure: Procedure) -> set[str]:
    """The folded words of everything the catalogue says about a procedure's cases, papers, fees, times and conditions."""
    texts = [procedure.conditions.text, procedure.handled_by.text, procedure.online.note, procedure.documents.note]
    texts += [part for case in procedure.cases for part in (case.name, *case.cues)]
    texts += [part for group in procedure.documents.groups for p in group.items for part in (p.name, p.when, p.form)]
    texts += [part for fact in (*procedure.fees, *procedure.times) for part in (fact.text, fact.note, fact.raw)]
    return _words(" ".join(text for text in (*texts, *procedure.steps) if text))


def belongs(mention: str, procedure: Procedure) -> bool:
    """Whether most words of the mention are among the procedure's own."""
    said = _words(mention)
    return bool(said) and len(said & vocabulary(procedure)) >= _BELONGS * len(said)


def is_circumstance(mention: str) -> bool:
    """Whether the mention is only a circumstance of the citizen."""
    folded = " ".join(_WORD.findall(fold(mention)))
    return any(folded == words or folded.startswith(f"{words} ") for words in _FOLDED_CIRCUMSTANCES)
