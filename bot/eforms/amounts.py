"""Days, amounts of money and numbers as answers."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bot.eforms.json_schema import holds
from bot.eforms.readings import Accepted, Reading, Refused
from bot.language.dates import DateMention, find_dates, full_year
from bot.language.formats import spoken_date, spoken_money
from bot.language.money import find_money
from bot.language.normalise import clean, fold
from bot.language.number_words import find_number_words

_ISO = re.compile(r"(?<![\d/.-])(?P<year>(?:19|20)\d{2})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?![\d/.-])")
_GLUED = re.compile(r"(?<!\d)(?P<day>[0-3]\d)(?P<month>[01]\d)(?P<year>(?:19|20)\d{2})(?!\d)")
_SPACED = re.compile(r"(?<![\d/.-])(?P<day>\d{1,2})[ ,]+(?P<month>\d{1,2})[ ,]+(?P<year>(?:19|20)\d{2})(?![\d/.-])")
_LOOSE = re.compile(
    r"(?<![\d/.-])(?P<day>\d{1,2})\s*(?P<mark>[/.-])\s*(?P<month>\d{1,2})\s*(?P=mark)\s*(?P<year>(?:19|20)?\d{2})(?![\d/.-])"
)
_TOLD = re.compile(r"(?<!\d)(?P<day>\d{1,2})\s*thang\s*(?P<month>\d{1,2})(?:\s*,?\s*nam)?\s*(?P<year>(?:19|20)\d{2})(?!\d)")
_ONLY_YEAR = re.compile(r"\W*(?:nam|sinh nam|sn)?\s*(?:19|20)\d{2}\W*")
_NUMBER = re.compile(r"(?<![\w.,/-])-?(?:[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?|[0-9]+(?:[.,][0-9]+)?)(?![\w/-])")
_BARE_AMOUNT = re.compile(r"\W*([0-9]{1,3}(?:[., ][0-9]{3})+|[0-9]+)\W*")
_FIRST = re.compile(r"\b(?:lan dau|dau tien|thu nhat)\b")
_SMALL_AMOUNT = 1_000
_MOST_DIGITS = 15
_LIMITS = {
    "minimum": "eform_bad_number_small",
    "exclusiveMinimum": "eform_bad_number_more",
    "maximum": "eform_bad_number_large",
    "exclusiveMaximum": "eform_bad_number_less",
}


def read_date(text: str, schema: Mapping[str, Any], today: date, *, born: bool, siblings: Mapping[str, Any]) -> Reading:
    """One day, as ``YYYY-MM-DD``. ``x-not-after`` and ``x-not-before`` of the schema hold "today", a day, or the name of another
    date of the same object (``siblings``)."""
    text = clean(text).replace("\n", " ")
    plain, impossible = _in_slashes(text, today)
    if impossible is not None:
        return impossible
    days = find_dates(plain, today)
    lunar = [day for day in days if day.lunar]
    single = [day for day in days if day.first is not None and day.first == day.last]
    if lunar:
        return Refused("eform_bad_date_lunar")
    if len({day.first for day in single}) > 1:
        return Refused("eform_bad_date_several")
    if not single:
        return Refused("eform_bad_date_part" if days or _ONLY_YEAR.fullmatch(fold(text)) else "eform_bad_date")
    if single[0].year_assumed and (born or "year" in schema.get("x-needs", ())):
        return Refused("eform_bad_date_year", {"day": _short(single[0])})
    return _within(_of(single[0]), schema, today, born=born, siblings=siblings)


def _of(day: DateMention) -> date:
    assert day.first is not None
    return day.first


def _short(day: DateMention) -> str:
    return f"{_of(day).day}/{_of(day).month}"


def _in_slashes(text: str, today: date) -> tuple[str, Refused | None]:
    """The text with days in figures written one way, or the reason why one of them is no day."""
    folded = fold(text)
    if len(folded) != len(text):
        folded = text.lower()
    for pattern in (_ISO, _GLUED, _SPACED, _LOOSE, _TOLD):
        match = pattern.search(folded)
        if match is None:
            continue
        day, month, year = int(match["day"]), int(match["month"]), full_year(match["year"], today)
        if not 1 <= month <= 12:
            return text, Refused("eform_bad_date_month", {"month": month})
        if not 1 <= day <= monthrange(year, month)[1]:
            return text, Refused(
                "eform_bad_date_day", {"day": day, "month": month, "year": year, "last": monthrange(year, month)[1]}
            )
        return f"{text[: match.start()]} {day}/{month}/{year} {text[match.end() :]}", None
    return text, None


def _within(day: date, schema: Mapping[str, Any], today: date, *, born: bool, siblings: Mapping[str, Any]) -> Reading:
    last = _limit(schema.get("x-not-after", "today" if born else None), today, siblings)
    first = _limit(schema.get("x-not-before"), today, siblings)
    if born and day.year < today.year - 130:
        return Refused("eform_bad_date_too_old", {"day": spoken_date(day)})
    if last is not None and day > last:
        key = "eform_bad_date_future" if last == today else "eform_bad_date_late"
        return Refused(key, {"day": spoken_date(day), "limit": spoken_date(last)})
    if first is not None and day < first:
        return Refused("eform_bad_date_early", {"day": spoken_date(day), "limit": spoken_date(first)})
    return Accepted(day.isoformat(), read=True)


def _limit(told: object, today: date, siblings: Mapping[str, Any]) -> date | None:
    if not isinstance(told, str):
        return None
    value = today.isoformat() if told == "today" else str(siblings.get(told, told))
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def read_money(text: str, schema: Mapping[str, Any]) -> Reading:
    """An amount in đồng. A bare small number is asked about: "50" may be thousands or millions."""
    found = find_money(clean(text))
    if len({money.vnd for money in found}) > 1:
        return Refused("eform_bad_money_several")
    if not found:
        bare = _BARE_AMOUNT.fullmatch(clean(text))
        if bare is None:
            return Refused("eform_bad_money")
        digits = re.sub(r"\D", "", bare[1])
        if len(digits) > _MOST_DIGITS:
            return Refused("eform_bad_money")
        amount = int(digits)
        if 0 < amount < _SMALL_AMOUNT:
            return Refused("eform_bad_money_unit", {"number": amount})
        return _bounded(amount, schema, spoken_money)
    return _bounded(found[0].vnd, schema, spoken_money)


def read_number(text: str, schema: Mapping[str, Any], *, whole: bool) -> Reading:
    """One number, in figures or words."""
    plain = clean(text)
    found = [_number(match.group()) for match in _NUMBER.finditer(plain) if len(match.group()) <= 2 * _MOST_DIGITS]
    if not found and _FIRST.search(fold(plain)):
        found = [1.0]
    if not found:
        found = [float(number.value) for number in find_number_words(plain)]
    if len(set(found)) > 1:
        return Refused("eform_bad_number_several")
    if not found or abs(found[0]) >= 10**_MOST_DIGITS:
        return Refused("eform_bad_number")
    value = found[0]
    if whole:
        return _bounded(int(value), schema, _shown) if value == int(value) else Refused("eform_bad_number_whole")
    return _bounded(int(value) if value == int(value) else value, schema, _shown)


def _number(typed: str) -> float:
    if re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", typed):
        typed = typed.replace(".", "")
    return float(typed.replace(",", "."))


def _shown(value: float) -> str:
    return f"{value:g}".replace(".", ",") if value != int(value) else str(int(value))


def _bounded(value: float, schema: Mapping[str, Any], show: Callable[[Any], str]) -> Reading:
    for word, key in _LIMITS.items():
        limit = schema.get(word)
        if isinstance(limit, int | float) and not holds({word: limit}, value):
            return Refused(key, {"limit": show(limit)})
    return Accepted(value, read=True)
