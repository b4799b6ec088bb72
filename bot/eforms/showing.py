"""Values as people may see them, and what contradicts what in them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from bot.eforms.answers import labels
from bot.eforms.fields import PRIVATE_KINDS, Field
from bot.eforms.identity import disagreement
from bot.eforms.readings import Refused
from bot.eforms.tools import Tools
from bot.language.formats import spoken_date, spoken_money
from bot.language.masking import find_private, masked
from bot.texts import say


def shown(field: Field, value: Any, tools: Tools) -> str:
    """A value as people may see it: private numbers masked, what is sensitive not at all, days and money in our writing."""
    if field.kind in PRIVATE_KINDS:
        return masked(PRIVATE_KINDS[field.kind], str(value))
    if field.sensitive:
        return say("eform_hidden_value", tools.language)
    return without_private(_plain(field, value, tools))


def _plain(field: Field, value: Any, tools: Tools) -> str:
    names = labels(field.options, tools.language)
    match field.kind:
        case "boolean":
            return say("eform_yes" if value is True else "eform_no", tools.language)
        case "choice":
            return names.get(str(value), str(value))
        case "choices" | "list":
            parts = value if isinstance(value, list) else [value]
            return ", ".join(names.get(str(part), str(part)) for part in parts)
        case "ward":
            return tools.place_names.get(str(value), str(value))
        case "date":
            day = _as_day(value)
            return spoken_date(day) if day else str(value)
        case "money" if isinstance(value, int | float):
            return spoken_money(int(value))
        case "number" | "integer" if isinstance(value, float):
            return f"{value:g}".replace(".", ",")
    return str(value)


def without_private(text: str) -> str:
    """A text in which private numbers are masked, wherever they stand."""
    pieces, last = [], 0
    for span in find_private(text):
        pieces += [text[last : span.start], masked(span.kind, span.value)]
        last = span.end
    return "".join(pieces) + text[last:]


def _as_day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def contradiction(field: Field, value: Any, fields: Iterable[Field], values: Mapping[str, Any]) -> Refused | None:
    """How an answer contradicts another one about the same person: a citizen id tells the sex and the year of birth."""
    near = [one for one in fields if one.parent == field.parent]
    told = {**values, field.path: value}
    birth = next((one for one in near if one.is_birth_date), None)
    sex = next((one for one in near if one.is_sex), None)
    numbers = [one for one in near if one.kind in ("citizen_id", "identity_number") and isinstance(told.get(one.path), str)]
    involved = {one.path for one in (birth, sex, *numbers) if one is not None}
    # Of two persons in one object nobody knows whose day of birth it is.
    if field.path not in involved or len(numbers) != 1 or len([one for one in near if one.is_birth_date]) > 1:
        return None
    born = _as_day(told.get(birth.path)) if birth else None
    said = labels(sex.options, "vi").get(str(told.get(sex.path))) if sex else None
    found = disagreement(str(told[numbers[0].path]), born, said)
    if found is None:
        return None
    return Refused(found.key, {**found.values, "label": field.label.vi.lower()})
