"""Ages as people tell them (``con 8 tuổi``, ``đủ 14``, ``sinh năm 2010``, ``2k8``) and lengths of time (``2 tuần rưỡi``)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.language.dates import full_year
from bot.language.normalise import fold_in_place, nfc
from bot.language.number_words import find_number_words

_COMPARED = {"tren": ">", "hon": ">", "ngoai": ">", "qua": ">", "duoi": "<", "chua den": "<", "chua du": "<", "chua toi": "<",
             "chua": "<", "du": ">=", "tu": ">=", "tu du": ">="}  # fmt: skip
_BEFORE = r"(?:(?P<than>tren|hon|ngoai|qua|duoi|chua den|chua du|chua toi|chua|tu du|du|tu)\s)?"
_YEARS_OLD = re.compile(rf"(?<!\w){_BEFORE}(?P<n>[0-9]{{1,3}})\s?(?P<unit>tuoi|t(?=\s|$)|thang tuoi|ngay tuoi|tuan tuoi)(?!\w)")
# "đủ 14", "tròn 18": an age even where "tuổi" is left out, unless something else is counted.
_FULL = re.compile(
    r"(?<!\w)(?P<than>du|tron|chua du|len|duoi|tren)\s(?P<n>[0-9]{1,2})"
    r"(?=\s*(?:$|[,.?!;]|thi|la|co|duoc|roi|chua|a\b|moi))"
)
_BORN = re.compile(
    r"(?<!\w)(?:(?:sinh|de)\s(?P<year4>(?:19|20)[0-9]{2})|"
    r"(?:sinh nam|sn|nam sinh|de nam)\s?(?:la\s|:\s?)?(?P<year>(?:19|20)?[0-9]{2}))(?![\w/])"
)
_BORN_2K = re.compile(r"(?<!\w)(?:sinh\s|sn\s|nam\s)?2k(?P<digit>[0-9]{1,2})?(?!\w)")
_WORDS_OLD = re.compile(r"\s(?P<unit>thang tuoi|ngay tuoi|tuan tuoi|tuoi)(?!\w)")
_UNITS = {"tuoi": "year", "t": "year", "thang tuoi": "month", "tuan tuoi": "week", "ngay tuoi": "day"}
_MOST_YEARS = 130

_TIME_UNITS = {"phut": "minute", "gio": "hour", "tieng": "hour", "ngay lam viec": "working_day", "ngay": "day", "hom": "day",
               "tuan": "week", "thang": "month", "nam": "year"}  # fmt: skip
_TIME_UNIT = r"(?P<unit>ngay lam viec|phut|gio|tieng|ngay|hom|tuan|thang|nam)"
# Not where a number follows that is none of a length of its own: "15 tháng 6", but "3 năm 2 tháng".
_NO_DATE_AFTER = r"(?!\w)(?!\s(?:tuoi|[0-9]+(?!\s?(?:thang|ngay|gio|phut|tuan))))"
_NUMBER_OF = re.compile(rf"(?<![\w/.,\-])(?P<n>[0-9]{{1,4}}(?:[.,][0-9])?|nua)\s{_TIME_UNIT}(?P<half>\sruoi)?{_NO_DATE_AFTER}")
_WORDS_OF = re.compile(rf"\s{_TIME_UNIT}(?P<half>\sruoi)?{_NO_DATE_AFTER}")
_DATE_BEFORE = re.compile(r"(?:ngay|thang|thu|mung|quy|khoa|lop|luc)\s$")


@dataclass(frozen=True)
class Age:
    """An age in the composed text. ``compare``: ``=``, ``<``, ``>``, ``>=``; ``unit``: year, month, week or day. From a year
    of birth the age is the one reached in the year of today."""

    start: int
    end: int
    number: int
    unit: str = "year"
    compare: str = "="
    birth_year: int | None = None

    @property
    def value(self) -> str:
        """``8``, ``>=14``, ``<6``, ``5 month``."""
        unit = "" if self.unit == "year" else f" {self.unit}"
        return f"{'' if self.compare == '=' else self.compare}{self.number}{unit}"


@dataclass(frozen=True)
class Duration:
    """A length of time in the composed text: ``amount`` of ``unit`` (minute, hour, day, working_day, week, month, year)."""

    start: int
    end: int
    amount: float
    unit: str


def _told(folded: str, text: str) -> Iterator[Age]:
    for match in _YEARS_OLD.finditer(folded):
        number, unit = int(match["n"]), _UNITS[match["unit"]]
        glued = match["unit"] == "t" and folded[match.end("n")] == " "
        if number <= _MOST_YEARS and not glued:
            yield Age(match.start(), match.end(), number, unit, _COMPARED.get(match["than"] or "", "="))
    for number_words in find_number_words(text):
        after = _WORDS_OLD.match(folded, number_words.end)
        if after and number_words.value <= _MOST_YEARS:
            before = re.search(rf"(?<!\w){_BEFORE}$", folded[: number_words.start])
            than = before["than"] if before else None
            start = before.start() if before and than else number_words.start
            yield Age(start, after.end(), number_words.value, _UNITS[after["unit"]], _COMPARED.get(than or "", "="))
    for match in _FULL.finditer(folded):
        compare = _COMPARED.get(match["than"], ">=")
        if 1 <= int(match["n"]) <= 99:
            yield Age(match.start(), match.end(), int(match["n"]), "year", compare)


def _born(folded: str, today: date) -> Iterator[Age]:
    for pattern in (_BORN, _BORN_2K):
        for match in pattern.finditer(folded):
            typed = (match["year4"] or match["year"]) if pattern is _BORN else f"20{int(match['digit'] or 0):02d}"
            year = full_year(typed, today)
            # Nobody is born ten years from now.
            year -= 100 if year > today.year and len(typed) == 2 else 0
            if 0 <= today.year - year <= _MOST_YEARS:
                yield Age(match.start(), match.end(), today.year - year, birth_year=year)


def find_ages(text: str, today: date | None) -> list[Age]:
    """All ages and years of birth in a text, in order, without overlaps; without ``today`` no years of birth."""
    text = nfc(text)
    folded = fold_in_place(text)
    found: list[Age] = []
    born = _born(folded, today) if today else ()
    for age in sorted([*_told(folded, text), *born], key=lambda a: (a.start, -a.end)):
        if not found or age.start >= found[-1].end:
            found.append(age)
    return found


def _durations(folded: str, text: str) -> Iterator[Duration]:
    for match in _NUMBER_OF.finditer(folded):
        if not _DATE_BEFORE.search(folded, 0, match.start()):
            amount = 0.5 if match["n"] == "nua" else float(match["n"].replace(",", "."))
            yield Duration(match.start(), match.end(), amount + (0.5 if match["half"] else 0), _TIME_UNITS[match["unit"]])
    for number in find_number_words(text):
        after = _WORDS_OF.match(folded, number.end)
        # "thứ hai tuần sau", "tháng ba năm 2026": a day, not a length.
        if after and not _DATE_BEFORE.search(folded, 0, number.start):
            amount = float(number.value) + (0.5 if after["half"] else 0)
            yield Duration(number.start, after.end(), amount, _TIME_UNITS[after["unit"]])


def find_durations(text: str) -> list[Duration]:
    """All lengths of time in a text, in order, without overlaps."""
    text = nfc(text)
    folded = fold_in_place(text)
    found: list[Duration] = []
    for duration in sorted(_durations(folded, text), key=lambda d: (d.start, -d.end)):
        if not found or duration.start >= found[-1].end:
            found.append(duration)
    return found
