"""Days and months as people type them: ``15/3``, ``hôm kia``, ``thứ 2 tuần sau``, ``ngày 2 tháng 9 năm 2026``, ``cuối tháng``.

Lunar dates (``mùng 5 Tết``, ``rằm tháng bảy``) are recognised and never converted: the day has to be asked for.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.language.normalise import fold_in_place, nfc
from bot.language.number_words import read_number

_WORD_NUMBER = r"(?:muoi|hai|ba|bon|tu|nam|sau|bay|tam|chin|mot)(?: (?:muoi|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin))?"
_SMALL = rf"(?:[0-9]{{1,2}}|{_WORD_NUMBER})"
_MONTH = rf"(?:thang|thg)\s(?P<month>gieng|chap|{_SMALL})"
_YEAR = r"(?:\s?,?\s(?:nam\s)?(?P<year>(?:19|20)[0-9]{2})(?![0-9])|/(?P<year2>(?:19|20)[0-9]{2})(?![0-9]))"
_MONTH_NAMES = {"gieng": 1, "chap": 12}
_WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5}
_NEAR_DAYS = {"hom kia": -2, "hom qua": -1, "toi qua": -1, "hom nay": 0, "sang nay": 0, "chieu nay": 0, "hnay": 0, "bua nay": 0,
              "ngay mai": 1, "sang mai": 1, "chieu mai": 1, "bua qua": -1, "ngay mot": 2, "ngay kia": 2}  # fmt: skip
_PARTS_OF_MONTH = {"dau": (1, 10), "giua": (11, 20), "cuoi": (21, 31)}
# "nghị định 15/3", "thửa 12/5", "số nhà 7/2": not days.
_NO_DAY_BEFORE = re.compile(
    r"(?:so|nghi dinh|thong tu|quyet dinh|nghi quyet|luat|dieu|thua|to|ngo|ngach|hem|nha|ban do|cong van|kiot|diem|lop|lo)\s$"
)
_SCORE_AFTER = re.compile(r"\s?(?:diem|ngay|buoi|gia|%|-nd|/nd|/tt|/qd|/nq)")


@dataclass(frozen=True)
class DateMention:
    """A day or a stretch of days in the composed text, first and last included. ``lunar``: a day of the lunar calendar, with
    no days of ours. ``year_assumed``: no year was typed, the one of today is taken."""

    start: int
    end: int
    first: date | None
    last: date | None
    lunar: bool = False
    year_assumed: bool = False

    @property
    def value(self) -> str:
        """``2026-03-15``, ``2026-03-01/2026-03-31``, or ``lunar``."""
        if self.first is None or self.last is None:
            return "lunar"
        return self.first.isoformat() if self.first == self.last else f"{self.first.isoformat()}/{self.last.isoformat()}"


Finder = Callable[[str, str, date], Iterator[DateMention]]


def _day(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] and year >= 1 else None


def _number(typed: str) -> int:
    if typed.isdigit():
        return int(typed)
    read = read_number(typed.split())
    return _MONTH_NAMES.get(typed) or (read[0] if read else 0)


def full_year(typed: str, today: date) -> int:
    """A year of two digits: not more than ten years ahead, else of the last century. Four digits stay."""
    if len(typed) != 2:
        return int(typed)
    year = today.year // 100 * 100 + int(typed)
    return year if year <= today.year + 10 else year - 100


def _single(match: re.Match[str], found: date | None, *, assumed: bool = False) -> Iterator[DateMention]:
    if found is not None:
        yield DateMention(match.start(), match.end(), found, found, year_assumed=assumed)


_LUNAR = re.compile(
    rf"(?<!\w)(?:(?:mung|mong)\s{_SMALL}(?:\s(?:tet|{_MONTH.replace('month', 'm1')}|am lich|al))?"
    rf"|ram(?:\s{_MONTH.replace('month', 'm2')})?"
    rf"|(?:ngay\s)?{_SMALL}\stet|thang\s(?:gieng|chap)|(?:ngay\s)?[0-9]{{1,2}}\s?/\s?[0-9]{{1,2}}\s?(?:am lich|am|al)"
    rf"|(?:ngay\s)?{_SMALL}\s{_MONTH.replace('month', 'm3')}\s(?:am lich|am|al)"
    rf"|(?:sau|truoc|ra|dip|nghi|den|qua|het|gan)\stet|am lich)(?!\w)"
)


def _lunar(folded: str, text: str, today: date) -> Iterator[DateMention]:
    del today
    for match in _LUNAR.finditer(folded):
        # "răm", "mong" (to hope): only with the marks of the lunar words, or with a number and "Tết" or a month after them.
        typed = text[match.start() : match.end()].lower()
        if match.group() == "ram" and typed != "rằm":
            continue
        if match.group().startswith("mong ") and not typed.startswith("mồng") and "tet" not in match.group() and not match["m1"]:
            continue
        yield DateMention(match.start(), match.end(), None, None, lunar=True)


_WRITTEN = re.compile(rf"(?<!\w)(?:ngay\s|hom\s|mung\s)?(?P<day>{_SMALL})\s{_MONTH}(?:{_YEAR})?(?!\w)")


def _written(folded: str, text: str, today: date) -> Iterator[DateMention]:
    del text
    for match in _WRITTEN.finditer(folded):
        year = match["year"] or match["year2"]
        found = _day(int(year) if year else today.year, _number(match["month"]), _number(match["day"]))
        yield from _single(match, found, assumed=not year)


_NUMERIC = re.compile(
    r"(?<![\w./\-])(?:ngay\s)?(?P<day>[0-9]{1,2})(?:(?P<mark>[/\-.])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>(?:19|20)?[0-9]{2})"
    r"|\s?/\s?(?P<month2>[0-9]{1,2}))(?![\w/\-]|\.[0-9])"
)


def _numeric(folded: str, text: str, today: date) -> Iterator[DateMention]:
    del text
    for match in _NUMERIC.finditer(folded):
        if _NO_DAY_BEFORE.search(folded, 0, match.start()) or _SCORE_AFTER.match(folded, match.end()):
            continue
        if match.group() == "24/7":
            continue
        year = full_year(match["year"], today) if match["year"] else today.year
        found = _day(year, int(match["month"] or match["month2"]), int(match["day"]))
        yield from _single(match, found, assumed=not match["year"])


_MONTHS = re.compile(
    rf"(?<!\w)(?:(?P<part>dau|giua|cuoi)\s)?(?:{_MONTH}(?:{_YEAR})?|(?:thang)(?:\s(?P<which>nay|sau|toi|truoc))|(?<=dau\s)thang|"
    r"(?<=giua\s)thang|(?<=cuoi\s)thang)(?!\w)"
)


def _months(folded: str, text: str, today: date) -> Iterator[DateMention]:
    for match in _MONTHS.finditer(folded):
        # "tháng sau" is the next month and "tháng sáu" June; without marks the next month is meant more often.
        june = match["month"] == "sau" and text[match.start("month") : match.end("month")].lower() != "sáu"
        if match["month"] and not june:
            month, year = _number(match["month"]), int(match["year"] or match["year2"] or today.year)
        else:
            steps = {"sau": 1, "toi": 1, "truoc": -1}.get("sau" if june else match["which"] or "", 0)
            month, year = (today.month - 1 + steps) % 12 + 1, today.year + (today.month - 1 + steps) // 12
        if not 1 <= month <= 12:
            continue
        last = monthrange(year, month)[1]
        first_day, last_day = _PARTS_OF_MONTH.get(match["part"] or "", (1, 31))
        assumed = bool(match["month"]) and not june and not (match["year"] or match["year2"])
        first, end = date(year, month, first_day), date(year, month, min(last_day, last))
        yield DateMention(match.start(), match.end(), first, end, year_assumed=assumed)


_MONTH_OF_YEAR = re.compile(r"(?<![\w./\-])(?P<month>0?[1-9]|1[0-2])/(?P<year>(?:19|20)[0-9]{2})(?![\w/\-])")
_YEARS = re.compile(r"(?<!\w)(?<!sinh\s)nam\s(?P<which>nay|sau|toi|ngoai|truoc|(?:19|20)[0-9]{2})(?!\w)")


def _long_stretches(folded: str, text: str, today: date) -> Iterator[DateMention]:
    del text
    for match in _MONTH_OF_YEAR.finditer(folded):
        if not _NO_DAY_BEFORE.search(folded, 0, match.start()):
            year, month = int(match["year"]), int(match["month"])
            last = date(year, month, monthrange(year, month)[1])
            yield DateMention(match.start(), match.end(), date(year, month, 1), last)
    for match in _YEARS.finditer(folded):
        which = match["which"]
        year = int(which) if which.isdigit() else today.year + {"sau": 1, "toi": 1, "ngoai": -1, "truoc": -1}.get(which, 0)
        yield DateMention(match.start(), match.end(), date(year, 1, 1), date(year, 12, 31))


_RELATIVE = re.compile(
    rf"(?<!\w)(?:(?P<near>{'|'.join(_NEAR_DAYS)})|(?P<count>{_SMALL})\sngay\s(?P<way>nua|toi|truoc)|"
    r"(?:thu\s(?P<day>hai|ba|tu|nam|sau|bay|[2-7])|(?P<sunday>chu nhat))(?:\s(?P<week>tuan\s(?:nay|sau|toi|truoc)|nay|toi))?|"
    r"(?P<end>cuoi|dau)?\s?tuan\s(?P<whole>nay|sau|toi|truoc)|(?P<weekend>cuoi tuan))(?!\w)"
)
_WEEK_STEPS = {"nay": 0, "sau": 1, "toi": 1, "truoc": -1}


def _weekday(match: re.Match[str], today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    day = 6 if match["sunday"] else _WEEKDAYS[match["day"]]
    if match["week"] and match["week"].startswith("tuan"):
        return monday + timedelta(days=day, weeks=_WEEK_STEPS[match["week"].split()[1]])
    # Without a week the next such day is meant, today included.
    return today + timedelta(days=(day - today.weekday()) % 7)


def _relative(folded: str, text: str, today: date) -> Iterator[DateMention]:
    monday = today - timedelta(days=today.weekday())
    for match in _RELATIVE.finditer(folded):
        if match["near"]:
            days = _NEAR_DAYS[match["near"]]
            # "hôm kìa", "ngày kìa" are one day further than "kia".
            days += (1 if days > 0 else -1) if text[match.start() : match.end()].lower().endswith("kìa") else 0
            yield from _single(match, today + timedelta(days=days))
        elif match["count"]:
            count = _number(match["count"])
            yield from _single(match, today + timedelta(days=-count if match["way"] == "truoc" else count))
        elif match["day"] or match["sunday"]:
            yield from _single(match, _weekday(match, today))
        elif match["weekend"]:
            yield DateMention(match.start(), match.end(), monday + timedelta(days=5), monday + timedelta(days=6))
        else:
            begin = monday + timedelta(weeks=_WEEK_STEPS[match["whole"]])
            yield DateMention(match.start(), match.end(), begin, begin + timedelta(days=6))


_FINDERS: tuple[Finder, ...] = (_lunar, _written, _numeric, _long_stretches, _months, _relative)


def find_dates(text: str, today: date) -> list[DateMention]:
    """All days and months named in a text, in order, without overlaps; of two readings the longer one, and lunar before
    solar. Positions are those of the composed text."""
    text = nfc(text)
    folded = fold_in_place(text)
    candidates = [found for finder in _FINDERS for found in finder(folded, text, today)]
    found: list[DateMention] = []
    for mention in sorted(candidates, key=lambda m: (-(m.end - m.start), not m.lunar, m.start)):
        if all(mention.end <= other.start or mention.start >= other.end for other in found):
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)
