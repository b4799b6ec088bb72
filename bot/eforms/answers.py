"""Reading a citizen's words as the answer to one field. Private numbers come in clear: the caller has revealed them."""

import re
from collections.abc import Mapping
from typing import Any

from bot.dialogue.choices import chosen_option
from bot.eforms.amounts import read_date, read_money, read_number
from bot.eforms.fields import Field, Option
from bot.eforms.identity import read_person_name, read_private
from bot.eforms.json_schema import violations
from bot.eforms.readings import Accepted, Reading, Refused, Unclear
from bot.eforms.tools import Tools
from bot.eforms.typed import as_typed
from bot.eforms.yes_no import yes_or_no
from bot.language.normalise import clean, fold
from bot.language.phrases import PhraseIndex
from bot.language.place_questions import place_question

LONGEST_TEXT = 1_000
"""A text without ``maxLength`` ends here."""

_LIST_MARKS = re.compile(r"\s*(?:[,;\n]|\s-\s|(?<!\w)(?:và|va)(?!\w))\s*")
_NUMBERS = re.compile(r"\W*\d{1,2}(?:\s*(?:,|;|và|va|\s|\+|&)\s*\d{1,2})*\W*")
_ALL = re.compile(r"\W*(?:tat ca|ca hai|ca ba|het|all|toan bo)\W*")
_PARTICLES = re.compile(r"^(?:da|cua|la)\s+|\s+(?:a|ak|nhe|nha|ban|oi)$")
_SHORTEST_PART = 4
_LETTERS = re.compile(r"[^\W_]")


def read_answer(field: Field, text: str, tools: Tools, siblings: Mapping[str, Any]) -> Reading:
    """The value of a field in a text, or why there is none. ``siblings``: the other answers of the same object, by name."""
    reading = _by_kind(field, text, tools, siblings)
    return _checked(field, reading) if isinstance(reading, Accepted) else reading


def _by_kind(field: Field, text: str, tools: Tools, siblings: Mapping[str, Any]) -> Reading:
    match field.kind:
        case "citizen_id" | "identity_number" | "phone" | "email":
            return read_private(text, field.kind)
        case "person_name":
            return read_person_name(text)
        case "date":
            return read_date(text, field.schema, tools.today, born=field.is_birth_date, siblings=siblings)
        case "money":
            return read_money(text, field.schema)
        case "integer" | "number":
            return read_number(text, field.schema, whole=field.kind == "integer")
        case "boolean":
            said = yes_or_no(text)
            return Refused("eform_bad_yes_no") if said is None else Accepted(said)
        case "choice":
            return _read_choice(field, text, tools.language)
        case "choices":
            return _read_choices(field, text, tools.language)
        case "list":
            return _read_list(text)
        case "ward":
            return read_ward(text, tools)
        case "address" | "text":
            return _read_text(field, text)


def _read_text(field: Field, text: str) -> Reading:
    plain = as_typed(text)
    if not _LETTERS.search(plain):
        return Refused("eform_bad_text_empty")
    longest = field.schema.get("maxLength", LONGEST_TEXT)
    if len(plain) > longest:
        return Refused("eform_bad_text_long", {"limit": longest, "count": len(plain)})
    return Accepted(plain)


def _read_list(text: str) -> Reading:
    parts = [part.strip(" .") for part in _LIST_MARKS.split(as_typed(text)) if _LETTERS.search(part)]
    return Accepted(list(dict.fromkeys(parts)), read=len(parts) > 1) if parts else Refused("eform_bad_text_empty")


def labels(options: tuple[Option, ...], language: str) -> dict[str, str]:
    """Key → label of the options."""
    return {option.key: option.label.of(language) for option in options}


def _read_choice(field: Field, text: str, language: str) -> Reading:
    found = _options_meant(field.options, text, language)
    if len(found) == 1:
        return Accepted(found[0].value)
    names = ", ".join(f"{place}) {name}" for place, name in enumerate(labels(field.options, language).values(), start=1))
    return Refused("eform_bad_choice_several" if found else "eform_bad_choice", {"options": names})


def _options_meant(options: tuple[Option, ...], text: str, language: str) -> list[Option]:
    """The options that a text means: by number, label, or the words given for them."""
    by_key = {option.key: option for option in options}
    key = chosen_option(text, labels(options, language)) or chosen_option(text, labels(options, "vi"))
    exact = next((option for option in options if fold(text.strip()) in (fold(option.key), fold(option.label.vi))), None)
    if exact is not None:
        return [exact]
    rows = [(word, option.key) for option in options for word in (option.label.vi, option.label.en, *option.words) if word]
    matches = PhraseIndex(rows).find(clean(text))
    longest = max((match.end - match.start for match in matches), default=0)
    # Of "nhà ở riêng lẻ" and "nhà" the longer phrase is meant.
    said = {value for match in matches if 2 * (match.end - match.start) >= longest for value in match.values}
    if len(said) == 1:
        return [by_key[said.pop()]]
    if key is not None:
        return [by_key[key]]
    part = _PARTICLES.sub("", fold(clean(text)).strip(" .!"))
    holding = [option for option in options if len(part) >= _SHORTEST_PART and part in fold(option.label.vi)]
    if len(holding) == 1:
        return holding
    return [by_key[value] for value in by_key if value in said]


def _read_choices(field: Field, text: str, language: str) -> Reading:
    names = labels(field.options, language)
    numbered = ", ".join(f"{place}) {name}" for place, name in enumerate(names.values(), start=1))
    if _ALL.fullmatch(fold(clean(text))):
        return Accepted([option.value for option in field.options], read=True)
    if _NUMBERS.fullmatch(clean(text)):
        places = [int(number) for number in re.findall(r"\d+", text)]
        if any(not 1 <= place <= len(field.options) for place in places):
            return Refused("eform_bad_choice", {"options": numbered})
        return Accepted([field.options[place - 1].value for place in dict.fromkeys(places)], read=True)
    found: list[Any] = []
    for part in _LIST_MARKS.split(clean(text)):
        found += [option.value for option in _options_meant(field.options, part, language) if option.value not in found]
    return Accepted(found, read=True) if found else Refused("eform_bad_choice", {"options": numbered})


def read_ward(text: str, tools: Tools) -> Reading:
    """One of the wards and communes of today, by its own or an old name. Several meanings are asked about, never guessed."""
    plain = clean(text)
    if plain in tools.place_names:
        return Accepted(plain)
    question = place_question(plain, tools.places)
    if question is not None:
        options = {
            choice.place_ids[0]: tools.place_names[choice.place_ids[0]]
            for choice in question.choices
            if len(choice.place_ids) == 1
        }
        several = [place for choice in question.choices for place in choice.place_ids]
        if len(options) < len(question.choices):
            options = {place: tools.place_names[place] for place in dict.fromkeys(several)}
        return Unclear(question.question, options) if options else Refused("eform_bad_ward_wide", {"question": question.question})
    found = tools.places.find(plain)
    if not found:
        # A bare name ("Chờ", "lim") is one where a ward is asked for.
        found = tools.places.find(f"xã {plain}") or tools.places.find(f"phường {plain}") or tools.places.find(f"thị trấn {plain}")
    ids = list(dict.fromkeys(match.place_ids[0] for match in found if not match.ambiguous))
    if len(ids) > 1:
        return Unclear("", {place: tools.place_names[place] for place in ids})
    if not ids:
        return Refused("eform_bad_ward")
    return Accepted(ids[0], read=True)


def _checked(field: Field, reading: Accepted) -> Reading:
    """The value against the schema's own rules."""
    broken = violations(field.schema, reading.value)
    if not broken:
        return reading
    limit = broken[0].limit
    key = {
        "minLength": "eform_bad_text_short", "maxLength": "eform_bad_text_long", "pattern": "eform_bad_pattern",
        "minItems": "eform_bad_few", "maxItems": "eform_bad_many", "multipleOf": "eform_bad_step",
        "const": "eform_bad_must_agree", "minimum": "eform_bad_number_small", "maximum": "eform_bad_number_large",
    }.get(broken[0].word, "eform_bad_value")  # fmt: skip
    size = len(reading.value) if isinstance(reading.value, str | list) else 0
    return Refused(key, {"limit": limit, "count": size, "example": field.example})
