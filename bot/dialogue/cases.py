"""Which case of a procedure a citizen's words show: by the catalogue's own words, by what they tell (late, lost, how old, for
whom), and whether the procedure is for them at all."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from bot.catalogue.schema import Case, Procedure
from bot.language.ages import Age, find_ages
from bot.language.case_cues import AGE, find_case_cues
from bot.language.normalise import fold, nfc
from bot.language.shorthand import expand

_WORD = re.compile(r"[a-z0-9]+")
_COVERED = 0.7
"""A cue of the catalogue says what a cue word says only where the cue word is most of it: "mất giấy độc thân" is not "mất"."""

_TOO_GENERAL = frozenset({AGE, "again", "urgency", "minor", "for_whom"})
"""Kinds that do not tell one case from another by themselves; ages and children have a rule of their own."""

_OLDEST = 130


def case_in_text(procedure: Procedure, text: str, today: date) -> str | None:
    """The one case of the procedure that the text shows; None where it shows none or several.

    The catalogue's own words count first, then what is told in other words, then an age or a child."""
    text = expand(text)
    ages = find_ages(text, today)
    return (
        _only(_by_words(procedure.cases, text, ages))
        or _only(_by_cues(procedure, text, today))
        or _only(_by_age(procedure.cases, text, ages, today))
    )


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _by_words(cases: Iterable[Case], text: str, ages: Sequence[Age]) -> list[str]:
    """Cases whose cue or name stands in the text, those with the longest one."""
    said = f" {' '.join(_WORD.findall(fold(text)))} {_age_words(ages)} "
    found: dict[str, int] = {}
    for case in cases:
        cues = [" ".join(_WORD.findall(fold(cue))) for cue in (*case.cues, case.name)]
        longest = max((len(cue) for cue in cues if cue and f" {cue} " in said), default=0)
        if longest:
            found[case.id] = longest
    best = max(found.values(), default=0)
    return [case_id for case_id, length in found.items() if length == best]


def _age_words(ages: Sequence[Age]) -> str:
    """Ages in the words of the law's limits: "con 5 tuổi" is a child under 6 and under 14."""
    said = []
    for age in ages:
        years = years_of(age)
        said += [f"duoi {limit} tuoi" for limit in (6, 14, 16, 18) if years < limit]
        said += [f"tu du {limit} tuoi" for limit in (14, 16, 18) if years >= limit]
        said += ["tre em"] if years < 16 else []
    return " ".join(said)


def _by_cues(procedure: Procedure, text: str, today: date) -> list[str]:
    """Cases whose own words tell what the text does ("đăng ký trễ": quá hạn). What the procedure's name tells is no case."""
    told = _told(text, today)
    if not told:
        return []
    told -= _name_tells(f"{procedure.name}. {procedure.official_name}", today)
    return [case.id for case in procedure.cases if told & _case_tells((case.name, *case.cues), today)]


def _told(text: str, today: date) -> frozenset[tuple[str, str]]:
    return frozenset((cue.kind, cue.value) for cue in find_case_cues(text, today) if cue.kind not in _TOO_GENERAL)


# The catalogue's own words are the same at each turn of a day.
_name_tells = lru_cache(maxsize=1024)(_told)


@lru_cache(maxsize=4096)
def _case_tells(wordings: tuple[str, ...], today: date) -> frozenset[tuple[str, str]]:
    return frozenset(
        (cue.kind, cue.value)
        for words in wordings
        for cue in find_case_cues(words, today)
        if cue.kind not in _TOO_GENERAL and cue.end - cue.start >= _COVERED * len(words)
    )


def _by_age(cases: Iterable[Case], text: str, ages: Sequence[Age], today: date) -> list[str]:
    """Cases of an age that the text tells; without an age, a child belongs to the case of the young."""
    if not ages:
        cues = {(cue.kind, cue.value) for cue in find_case_cues(text, today)}
        if not cues & {("for_whom", "child"), ("minor", "under_age")}:
            return []
    limited = {case.id: limits_in(" . ".join((case.name, *case.cues)), today) for case in cases}
    if ages:
        return [case_id for case_id, limits in limited.items() if limits and all(admits(limits, age) for age in ages)]
    return [case_id for case_id, limits in limited.items() if any(limit.compare == "<" for limit in limits)]


def tells_of_somebody(text: str, today: date) -> bool:
    """Whether the text tells for whom or of what age: "thế của chồng em", "con 5 tuổi"."""
    return any(cue.kind in (AGE, "for_whom", "minor", "elderly") for cue in find_case_cues(expand(text), today))


def without_told(text: str, today: date) -> str:
    """The text without the words that tell a case, an age or a person."""
    text = nfc(expand(text))
    for cue in reversed(find_case_cues(text, today)):
        text = text[: cue.start] + " " + text[cue.end :] if cue.end <= len(text) else text
    return text


@lru_cache(maxsize=4096)
def limits_in(text: str, today: date) -> tuple[Age, ...]:
    """The limits of age in a name of the catalogue ("người từ đủ 14 tuổi", "trẻ dưới 6 tuổi"). Remembered: names come again."""
    return tuple(age for age in find_ages(text, today) if age.compare != "=" and age.birth_year is None)


def years_of(age: Age) -> int:
    """The age in whole years that a telling stands for: "dưới 6" is 5, "5 tháng" 0."""
    if age.unit != "year":
        return 0
    return age.number + {"<": -1, ">": 1}.get(age.compare, 0)


def admits(limits: Iterable[Age], age: Age) -> bool:
    """Whether somebody of this age lies within all limits."""
    low, high = 0, _OLDEST
    for limit in limits:
        if limit.compare == "<":
            high = min(high, limit.number - 1)
        else:
            low = max(low, limit.number + (limit.compare == ">"))
    return low <= years_of(age) <= high


def outside_age(procedure: Procedure, text: str, today: date) -> Age | None:
    """The age in the text that lies outside the limits in the procedure's name; None where every age fits or none is told."""
    limits = limits_in(f"{procedure.name}. {procedure.official_name}", today)
    if not limits:
        return None
    told = find_ages(expand(text), today)
    # "căn cước cho người từ 14 tuổi, con em 8 tuổi": the limit is quoted, the age is told.
    ages = [age for age in told if age.compare == "="] or told
    return ages[0] if ages and not any(admits(limits, age) for age in ages) else None


def sibling_for(age: Age, procedure: Procedure, candidates: Iterable[Procedure], today: date) -> Procedure | None:
    """The first of the candidates that is the same matter for this age: its name has fitting limits and shares most words, or
    has none and lies within the other's name ("đăng ký khai sinh" beside "liên thông khai sinh … cho trẻ dưới 6 tuổi")."""
    return next(_siblings(age, procedure, candidates, today), None)


def _siblings(age: Age, procedure: Procedure, candidates: Iterable[Procedure], today: date) -> Iterator[Procedure]:
    own = _name_words(procedure.name)
    for other in candidates:
        limits, words = limits_in(f"{other.name}. {other.official_name}", today), _name_words(other.name)
        shared = len(own & words)
        same_matter = words and (2 * shared >= len(words) if limits else words <= own)
        if other.code != procedure.code and same_matter and admits(limits, age):
            yield other


def _name_words(name: str) -> set[str]:
    folded = set(_WORD.findall(fold(name)))
    return folded - {
        "dang",
        "ky",
        "cap",
        "cho",
        "nguoi",
        "tu",
        "du",
        "duoi",
        "tuoi",
        "tro",
        "len",
        "thu",
        "tuc",
        "tre",
        "em",
        "chua",
    }
