"""Everything that a citizen's message names, in one list: the matter, the case, places, agencies, days, money, numbers.

Offsets are those of the message as typed. What stands in a placeholder or a private number is found as such and as nothing
else.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from bot.language.agencies import AgencyIndex
from bot.language.ages import find_ages
from bot.language.case_cues import find_cues_but_ages
from bot.language.dates import find_dates
from bot.language.masking import KINDS as MASKED_KINDS
from bot.language.masking import PLACEHOLDER, find_private
from bot.language.mention import Mention, find_mention
from bot.language.money import find_money
from bot.language.phrases import PhraseIndex
from bot.language.places import PlaceIndex
from bot.language.tables import load_table
from bot.language.written import WrittenOut, cleaned_up, written_out

PRIVATE_KINDS = MASKED_KINDS
KINDS = ("procedure_mention", "case_cue", "place", "agency", "date", "money", "age", *PRIVATE_KINDS)
LONGEST_TEXT = 2_000

Named = Callable[[Sequence[str]], frozenset[int]]

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Entity:
    """``text`` stands at ``start`` to ``end`` of the message. ``value`` by kind: ids of places or agencies with commas
    between (several: to be asked back), ``late:overdue`` for a case cue, an ISO day or stretch of days or ``lunar``, đồng,
    an age, the words of a procedure in full marks, a placeholder's token or a number in its one spelling."""

    kind: str
    value: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _Found:
    kind: str
    value: str
    start: int
    end: int


@cache
def _matters() -> PhraseIndex[str]:
    return PhraseIndex((str(name), str(name)) for name in load_table("matters")["matters"])


def named_matters(words: Sequence[str]) -> frozenset[int]:
    """Which of these folded words belong to the name of an everyday matter, for ``find_mention`` where no catalogue is."""
    found: set[int] = set()
    text = " ".join(words)
    for match in _matters().find(text):
        first = text[: match.start].count(" ")
        found |= set(range(first, first + text[match.start : match.end].count(" ") + 1))
    return frozenset(found)


def _private(text: str) -> Iterator[_Found]:
    for match in PLACEHOLDER.finditer(text):
        yield _Found(match[1], match[2], match.start(), match.end())
    for span in find_private(text):
        yield _Found(span.kind, span.value, span.start, span.end)


def _mention_span(mention: Mention, written: str) -> tuple[int, int] | None:
    """Where the words of the matter stand in the written text: from its first to its last word, the words between included."""
    if not mention.strong:
        return None
    tokens = list(_WORD.finditer(written))
    places: dict[int, re.Match[str]] = {}
    at = 0
    for position, word in enumerate(mention.words):
        # The mention leaves private numbers out, so tokens of the text may have no word; never the other way round for long.
        found = next((i for i in range(at, len(tokens)) if tokens[i].group() == word.text), None)
        if found is not None:
            places[position] = tokens[found]
            at = found + 1
    known = [places[i] for i in _contiguous(mention) if i in places]
    return (known[0].start(), known[-1].end()) if known else None


def _contiguous(mention: Mention) -> range:
    """The longest run of the matter's words, small gaps ("làm lại cho con giấy khai sinh") left inside; it holds a word that
    can name a matter."""
    runs: list[list[int]] = []
    for position in mention.content:
        if runs and position - runs[-1][-1] <= 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    strong = set(mention.strong)
    best = max(runs, key=lambda run: (sum(i in strong for i in run), len(run), -run[0]))
    return range(best[0], best[-1] + 1)


def _matter(written: WrittenOut, places: PlaceIndex, agencies: Sequence[_Found], named: Named) -> Iterator[_Found]:
    span = _mention_span(find_mention(written.original, named, places), written.text)
    # An agency's name says where, not what.
    if span is not None and not any(agency.start <= span[0] and span[1] <= agency.end for agency in agencies):
        yield _Found("procedure_mention", written.text[span[0] : span[1]], *span)


def _in_written(written: WrittenOut, places: PlaceIndex, agencies: AgencyIndex, today: date, named: Named) -> Iterator[_Found]:
    text = written.text
    found: list[_Found] = [_Found("agency", ",".join(m.agency_ids), m.start, m.end) for m in agencies.find(text)]
    found += _matter(written, places, list(found), named)
    found += [_Found("place", ",".join(m.place_ids), m.start, m.end) for m in places.find(text)]
    found += [_Found("case_cue", f"{c.kind}:{c.value}", c.start, c.end) for c in find_cues_but_ages(text)]
    ages = [_Found("age", age.value, age.start, age.end) for age in find_ages(text, today)]
    # "sinh năm 2010" is an age and no stretch of days.
    dates = [_Found("date", day.value, day.start, day.end) for day in find_dates(text, today)]
    found += [*ages, *(day for day in dates if not any(_overlap(day, age) for age in ages))]
    for item in found:
        yield _Found(item.kind, item.value, *written.to_original(item.start, item.end))


def _money(text: str) -> Iterator[_Found]:
    view = cleaned_up(text)
    for money in find_money(view.text):
        yield _Found("money", str(money.vnd), *view.to_original(money.start, money.end))


def _overlap(a: _Found, b: _Found) -> bool:
    return a.start < b.end and b.start < a.end


def _outside(found: Iterable[_Found], taken: Sequence[_Found]) -> Iterator[_Found]:
    for item in found:
        if item.start < item.end and not any(_overlap(item, other) for other in taken):
            yield item


def find_entities(
    text: str, *, places: PlaceIndex, agencies: AgencyIndex, today: date, named: Named = named_matters
) -> list[Entity]:
    """All entities of a message, in order of the text and then of ``KINDS``. Deterministic and total; a message is read up to
    ``LONGEST_TEXT`` characters. Entities of different kinds may overlap, of one kind only case cues do. ``named`` tells which
    words name a matter: a catalogue's own where there is one."""
    read = text[:LONGEST_TEXT]
    private = list(_private(read))
    money = list(_outside(_money(read), private))
    others = _outside(_in_written(written_out(read), places, agencies, today, named), private)
    kept = [item for item in others if item.kind != "date" or not any(_overlap(item, amount) for amount in money)]
    rank = {kind: position for position, kind in enumerate(KINDS)}
    ordered = sorted({*private, *money, *kept}, key=lambda f: (f.start, f.end, rank[f.kind], f.value))
    return [Entity(item.kind, item.value, item.start, item.end, text[item.start : item.end]) for item in ordered]
