"""What the pages of labelling share: intents and procedures in words, the filter that an address asks for, what a form says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from bot.catalogue.load import Catalogue
from bot.catalogue.names_in_force import ProcedureNames
from bot.catalogue.publishing.content import ReviewedNow
from bot.labelling.example_text import place_in_text, shown
from bot.labelling.intents import known_intents
from bot.labelling.labels import LEFT_OUT, LONGEST_NOTE, Meaning
from bot.labelling.queue import STATES, QueueFilter
from bot.labelling.selection import REASONS
from bot.language.normalise import fold
from console.forms import SentForm, clean_line
from console.texts import label

FIELDS = ("reason", "intent", "procedure_code", "channel", "weeks", "state")
WEEKS = (1, 2, 4, 8)
ENTITY_KINDS = ("procedure_mention", "case_cue", "place", "agency", "date", "money", "age")
MOST_FOUND = 12
MOST_ENTITIES = 20
_LONGEST_TYPED = 200


class UnclearLabelError(ValueError):
    """The form cannot be read as a label; ``key`` of the text that says what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class FoundWords:
    """A procedure that fits what was typed. ``wording``: people's words that fit, empty where its name does."""

    code: str
    name: str
    wording: str = ""


class PeoplesWords:
    """People's wordings of the reviewed catalogue in force, each with the codes that it names; made anew when another release
    goes live."""

    def __init__(self, reviewed: ReviewedNow) -> None:
        self._reviewed = reviewed
        self._known: tuple[Catalogue, tuple[tuple[str, tuple[str, ...]], ...]] | None = None

    def all(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The wordings."""
        catalogue, known = self._reviewed.catalogue(), self._known
        if known is None or known[0] is not catalogue:
            own = [(alias, (code,)) for code, procedure in catalogue.procedures.items() for alias in procedure.aliases]
            matters = [
                (wording, matter.codes) for matter in catalogue.aliases.matters for wording in (matter.name, *matter.wordings)
            ]
            known = self._known = (catalogue, (*own, *matters))
        return known[1]


@dataclass(frozen=True)
class LabellingDesk:
    """Intents come from the training data, procedures from the catalogue in force."""

    data_dir: Path
    names: ProcedureNames
    words: PeoplesWords

    def intents(self) -> dict[str, str]:
        """The intents that a message can be labelled with, in words, by name; in the order of the words."""
        named = {name: intent_words(name) for name in known_intents(self.data_dir)}
        return dict(sorted(named.items(), key=lambda item: fold(item[1])))

    def procedure_name(self, code: str | None) -> str:
        """The procedure's name with its code; empty for None."""
        if code is None:
            return ""
        name = self.names.all().get(code)
        return f"{name} ({code})" if name else code

    def find_procedures(self, typed: str) -> list[FoundWords]:
        """The procedures whose name, code or people's words hold every word typed, marks aside; at most twelve."""
        words = fold(typed).split()
        if not words:
            return []
        named = self.names.all()
        fitting = sorted((c for c, name in named.items() if _holds(f"{c} {name}", words)), key=lambda c: len(named[c]))
        found = {code: FoundWords(code, named[code]) for code in fitting[:MOST_FOUND]}
        for wording, codes in self.words.all():
            if len(found) >= MOST_FOUND:
                break
            if _holds(wording, words):
                for code in codes:
                    if code in named:
                        found.setdefault(code, FoundWords(code, named[code], wording))
        return list(found.values())[:MOST_FOUND]

    def read_intent(self, typed: str) -> str | None:
        """The intent that was typed: its name, its words, or words that only one has."""
        intents, wanted = self.intents(), fold(typed).strip()
        if typed in intents:
            return typed
        whole = [name for name, words in intents.items() if fold(words) == wanted]
        parts = whole or [name for name, words in intents.items() if wanted and _holds(f"{words} {name}", wanted.split())]
        return parts[0] if len(parts) == 1 else None

    def read_procedure(self, typed: str) -> str | None:
        """The code that was typed, alone or behind the name; None for nothing. Raises ``UnclearLabelError``."""
        if not typed:
            return None
        inside = typed.rpartition("(")[2].rstrip(") ")
        if inside in self.names.all():
            return inside
        found = self.find_procedures(typed)
        if len(found) != 1:
            raise UnclearLabelError("labelling_fault_procedure")
        return found[0].code

    def read_meaning(self, form: SentForm, text: str) -> Meaning:
        """What the form says of the message. Raises ``UnclearLabelError``."""
        typed, picked = form.text("intent", _LONGEST_TYPED), form.text("intent_pick", 80)
        intent = self.read_intent(typed) if typed else picked if picked in self.intents() else None
        if intent is None:
            raise UnclearLabelError("labelling_fault_intent" if typed else "labelling_fault_no_intent")
        procedure = form.text("procedure", _LONGEST_TYPED)
        code = self.read_procedure(procedure or form.text("procedure_pick", 20))
        places = form.all("entity", 60)[:MOST_ENTITIES]
        entities = tuple(_entity(one, text) for one in places)
        part = _place(form.text("part", 40), text) if form.text("part", 40) else None
        return Meaning(intent, code, entities, part, form.text("note", LONGEST_NOTE))


def _holds(text: str, words: Sequence[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in words)


def _entity(sent: str, text: str) -> dict[str, object]:
    kind, _, place = sent.partition(":")
    if kind not in ENTITY_KINDS:
        raise UnclearLabelError("labelling_fault_entity")
    start, end = _place(place, text)
    return {"kind": kind, "start": start, "end": end}


def _place(sent: str, text: str) -> tuple[int, int]:
    first, _, last = sent.partition(":")
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise UnclearLabelError("labelling_fault_entity")
    try:
        return place_in_text(text, number_words, int(first), int(last))
    except ValueError as error:
        raise UnclearLabelError("labelling_fault_entity") from error


def number_words(kind: str) -> str:
    """What a kind of private number is called."""
    return label(f"labelling_number_{kind}")


def for_people(text: str) -> str:
    """A message's text with its placeholders in words."""
    return shown(text, number_words)


def intent_words(name: str | None) -> str:
    """What an intent is called; its own name where we have no words for it, empty for None."""
    if name is None:
        return ""
    key = "labelling_left_out" if name == LEFT_OUT else f"intent_{name}"
    try:
        return label(key)
    except KeyError:
        return name


def asked_for(query: QueryParams) -> dict[str, str]:
    """The fields of the filter as they were sent, without those left empty or unknown."""
    sent = {name: clean_line(query.get(name, ""), 80) for name in FIELDS}
    known = {"reason": REASONS, "state": STATES, "weeks": [str(one) for one in WEEKS]}
    return {name: value for name, value in sent.items() if value and value in known.get(name, [value])}


def filter_of(asked: Mapping[str, str]) -> QueueFilter:
    """The filter that the fields ask for."""
    return QueueFilter(
        reason=asked.get("reason"),
        intent=asked.get("intent"),
        procedure_code=asked.get("procedure_code"),
        channel=asked.get("channel"),
        weeks=int(asked["weeks"]) if "weeks" in asked else None,
        state=asked.get("state"),
    )


def with_query(path: str, asked: Mapping[str, str], **more: str) -> str:
    """The address with the filter, and what else is told."""
    query = urlencode({**asked, **more})
    return f"{path}?{query}" if query else path
