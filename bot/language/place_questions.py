"""What to ask back where a place's name may mean several wards or communes. Texts: ``tables/place_questions.yml``."""

import re
from dataclasses import dataclass
from functools import cache

from bot.language.normalise import fold_in_place, nfc
from bot.language.places import PlaceChoice, PlaceIndex, PlaceMatch
from bot.language.tables import load_table

_MOST_NAMES = 8


@dataclass(frozen=True)
class PlaceQuestion:
    """A question about a place: where it was named in the composed text, what to say, and the choices (none where only the
    citizen can name the ward or commune)."""

    matched: str
    start: int
    end: int
    question: str
    choices: tuple[PlaceChoice, ...]


@cache
def _areas() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = load_table("place_questions")["areas"]
    return tuple((re.compile(rf"(?<!\w)(?:{row['pattern']})(?!\w)"), str(row["question"])) for row in rows)


def _of_match(match: PlaceMatch) -> PlaceQuestion:
    texts = load_table("place_questions")
    labels = [choice.label for choice in match.choices]
    units = len(match.choices) == len(match.place_ids)
    if len(labels) > _MOST_NAMES:
        text = texts["many"].format(matched=match.matched)
    else:
        last = texts["last_unit"] if units else texts["last_bearer"]
        joined = f"{', '.join(labels[:-1])}{last}{labels[-1]}" if len(labels) > 1 else "".join(labels)
        text = texts["units" if units else "bearers"].format(matched=match.matched, choices=joined)
    return PlaceQuestion(match.matched, match.start, match.end, text, match.choices)


def place_question(text: str, places: PlaceIndex) -> PlaceQuestion | None:
    """The first thing to ask back about the places of a text, or None where every name means one ward or commune.

    Former and whole areas ("tỉnh Bắc Giang", "TP Bắc Ninh") are asked about first: there, only the citizen can name the unit.
    """
    text = nfc(text)
    folded = fold_in_place(text)
    matches = places.find(text)
    one_unit = [match for match in matches if not match.ambiguous]
    for pattern, question in _areas():
        area = pattern.search(folded)
        # "phường Kinh Bắc, TP Bắc Ninh": the ward is named, nothing is open.
        if area is not None and not one_unit:
            inside = next((match for match in matches if match.start <= area.start() < match.end), None)
            choices = inside.choices if inside else ()
            return PlaceQuestion(text[area.start() : area.end()], area.start(), area.end(), question, choices)
    open_match = next((match for match in matches if match.ambiguous), None)
    # "xã Tam Đa, huyện Yên Phong": the commune lies in the district.
    covered = open_match is not None and any(match.place_ids[0] in open_match.place_ids for match in one_unit)
    return _of_match(open_match) if open_match is not None and not covered else None
