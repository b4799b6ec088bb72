"""Ages as the law draws its lines: "8 tuổi" and "dưới 14 tuổi" are one to a search, "17 tuổi" and "từ đủ 14 tuổi" another."""

from bot.language.ages import Age, find_ages

_CHILD, _PUPIL, _YOUNG, _OLD, _VERY_OLD = 6, 14, 25, 60, 75


def age_terms(text: str) -> tuple[str, ...]:
    """The stretches of life that the ages in a text lie in, each once, in order; none where no age is told."""
    return tuple(dict.fromkeys(term for age in find_ages(text, None) for term in _stretches(age)))


def _stretches(age: Age) -> list[str]:
    years = age.number if age.unit == "year" else 0
    if age.compare == "<":
        years -= 1
    if years < _CHILD:
        return ["tuoi_duoi_6", "tuoi_duoi_14"]
    if years < _PUPIL:
        return ["tuoi_duoi_14"]
    if years < _YOUNG:
        return ["tuoi_tu_14"]
    return ["tuoi_tu_75"] if years >= _VERY_OLD else ["tuoi_tu_60"] if years >= _OLD else []
