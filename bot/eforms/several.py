"""One message, several answers: "tên quán Mây, 15 Lý Thái Tổ phường Kinh Bắc" names the shop, the street and the ward.

What stands behind a field's own words is its answer; what can only be one thing (a telephone number, a ward of ours) goes to the
open field that asks for it; all the rest is the answer to what was asked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bot.eforms.answers import read_answer
from bot.eforms.fields import PRIVATE_KINDS, Field
from bot.eforms.readings import Refused
from bot.eforms.tools import Tools
from bot.eforms.typed import as_typed
from bot.language.dates import find_dates
from bot.language.masking import find_private
from bot.language.money import find_money
from bot.language.normalise import fold, fold_in_place
from bot.language.phrases import PhraseIndex

_FREE = frozenset({"text", "address", "list", "person_name"})
_BESIDE_FIGURES = frozenset({"person_name", "date", *PRIVATE_KINDS})
_SEPARATOR = re.compile(r"\s*(?:,(?!\d{3}(?!\d))(?=\D|\s|$)|;|\n)\s*|\s*,\s+")
_LEAD = re.compile(r"^(?:(?:va|con|thi|la|voi|em|toi|minh|cua|da|a|cho|nha)\s+)*")
_BETWEEN = re.compile(r"^\s*(?::|=|-|la\b|thi\b|ten la\b)?\s*")
_ADDRESS = re.compile(r"^(?:so nha|so \d+|thon|xom|to dan pho|to \d+|khu pho|khu|ngo|ngach|duong|pho|lang|kdt|chung cu)\b")
_HOUSE = re.compile(r"^\d{1,4}[a-z]?(?:/\d{1,4})*[a-z]?\s+[^\W\d]")
_SEX_WORDS = 3
_ONE_OF_A_KIND = frozenset({"date", "money"})
_PLACE_ASKED = re.compile(r"\b(?:noi|que|dia chi|cho o|o dau|dia diem)\b")
_EDGES = " ,.;:-\n\t"


@dataclass
class _Shares:
    """Which words go to which field."""

    by_path: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)

    def give(self, one: Field, words: str) -> None:
        """Adds words to a field's answer."""
        words = words.strip(_EDGES)
        if words:
            before = self.by_path.get(one.path)
            self.by_path[one.path] = f"{before}, {words}" if before else words
            self.fields[one.path] = one


def answers_in(
    text: str, fields: Sequence[Field], asked: Field | None, values: Mapping[str, Any], tools: Tools
) -> list[tuple[Field, str]]:
    """The fields that a message answers and the words for each, the asked one first. ``fields``: those of the form, in order."""
    plain = as_typed(text)
    chunks = [chunk for chunk in _SEPARATOR.split(plain) if chunk and chunk.strip(_EDGES)]
    if asked is not None and asked.kind in _BESIDE_FIGURES:
        chunks = [part for chunk in chunks for part in _cut_before_figures(chunk, fields)]
    open_fields = [one for one in fields if not one.gate and one.path not in values]
    shares, current = _Shares(), None
    for place, chunk in enumerate(chunks):
        following = chunks[place + 1] if place + 1 < len(chunks) else ""
        labelled = _labelled(chunk, fields, asked, values)
        if labelled:
            for one, words in labelled:
                _give_with_place(shares, one, words, open_fields, tools)
                current = one
        elif (
            asked is not None
            and asked.path not in shares.by_path
            and _fits_asked(asked, chunk, place, open_fields, values, tools, others=len(chunks) > 1)
        ):
            _give_with_place(shares, asked, chunk, open_fields, tools)
        elif not _give_by_shape(shares, chunk, following, open_fields, asked or current, values, tools):
            holder = current if current is not None and current.kind in _FREE else asked
            # A name ends at its comma: what follows and is nothing that is asked for is left out.
            if holder is not None and not (holder.kind == "person_name" and holder.path in shares.by_path):
                shares.give(holder, chunk)
    if asked is not None and set(shares.by_path) <= {asked.path}:
        # Nothing for anybody else: the answer is the message as it was typed, unless it began with the field's own words.
        return [(asked, shares.by_path[asked.path] if _labelled(plain, fields, asked, values) and shares.by_path else plain)]
    first = asked.path if asked else ""
    return sorted(
        ((shares.fields[path], words) for path, words in shares.by_path.items()), key=lambda pair: pair[0].path != first
    )


def _cut_before_figures(chunk: str, fields: Sequence[Field]) -> Iterator[str]:
    """ "Lê Thị Cúc sinh 1/1/1995": beside a name, words of another field with figures behind them begin that field's answer."""
    index = PhraseIndex((name, one.path) for one in fields if not one.gate for name in _names(one))
    cuts = [match.start for match in index.find(chunk) if match.start and re.match(r"\s*[:=]?\s*\+?\d", chunk[match.end :])]
    for start, end in pairwise([0, *cuts, len(chunk)]):
        if chunk[start:end].strip(_EDGES):
            yield chunk[start:end].strip(_EDGES)


def _fits_asked(
    asked: Field, chunk: str, place: int, open_fields: Sequence[Field], values: Mapping[str, Any], tools: Tools, *, others: bool
) -> bool:
    if asked.kind in _ONE_OF_A_KIND and not others:
        # A day alone is meant for the day that was asked for, even one that cannot be: it is refused with its reason there.
        return True
    if asked.kind in _FREE:
        own = asked.kind != "person_name" or not isinstance(read_answer(asked, chunk, tools, {}), Refused)
        return place == 0 and own and not _other_number(asked, chunk, open_fields)
    return not isinstance(read_answer(asked, chunk, tools, siblings_of(asked, values)), Refused)


def _other_number(asked: Field, chunk: str, open_fields: Sequence[Field]) -> bool:
    """Whether the chunk is nothing but a private number that another field asks for."""
    spans = find_private(chunk)
    alone = bool(spans) and len(re.findall(r"\w+", chunk)) <= 3 * len(spans) + 1
    return alone and any(PRIVATE_KINDS.get(one.kind) == spans[0].kind for one in open_fields if one.path != asked.path)


def siblings_of(one: Field, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of the same object, by the names of their properties."""
    prefix = f"{one.parent}." if one.parent else ""
    return {path[len(prefix) :]: value for path, value in values.items() if path.startswith(prefix)}


def _near(one: Field, around: Field | None) -> tuple[bool, bool]:
    """For ordering: fields of the same object come first."""
    return (around is None or one.parent != around.parent, around is not None and one.path != around.path)


def _names(one: Field) -> list[str]:
    label = re.sub(r"\s*\([^)]*\)", "", one.label.vi)
    # "chủ nhà Trần Văn B": an object's own title stands before the name of the person whom it is about.
    section = one.section.vi if one.kind == "person_name" else ""
    return [name for name in (label, one.label.en, section, *one.words) if name]


def _labelled(chunk: str, fields: Sequence[Field], asked: Field | None, values: Mapping[str, Any]) -> list[tuple[Field, str]]:
    """The fields whose own words begin the chunk, or follow inside it, with what stands behind each."""
    folded = fold_in_place(chunk)
    lead = _LEAD.match(folded)
    start = lead.end() if lead else 0
    index = PhraseIndex((name, one.path) for one in fields if not one.gate for name in _names(one))
    by_path = {one.path: one for one in fields}
    matches = [m for m in index.find(chunk) if m.start >= start]
    if not matches or matches[0].start != start:
        return []
    kept = [matches[0], *(m for m in matches[1:] if " " in chunk[m.start : m.end].strip())]
    found: list[tuple[Field, str]] = []
    for place, match in enumerate(kept):
        end = kept[place + 1].start if place + 1 < len(kept) else len(chunk)
        gap = _BETWEEN.match(folded[match.end : end])
        words = chunk[match.end + (gap.end() if gap else 0) : end].strip(_EDGES)
        chosen = min((by_path[path] for path in match.values), key=lambda one: (_near(one, asked), one.path in values))
        chosen = _open_twin(chosen, fields, asked, values)
        if words:
            found.append((chosen, words))
    return found


def _open_twin(chosen: Field, fields: Sequence[Field], asked: Field | None, values: Mapping[str, Any]) -> Field:
    """ "bà Hoà, sđt 09…" as the answer to the landlord's name: the landlord's number, and not one's own that was told before."""
    if chosen.path not in values or chosen.kind not in PRIVATE_KINDS or (asked is not None and asked.path == chosen.path):
        return chosen
    twins = [one for one in fields if one.kind == chosen.kind and one.path not in values and one.parent == chosen.parent]
    return twins[0] if asked is not None and twins else chosen


def _first(fields: Sequence[Field], kinds: set[str], around: Field | None, taken: Mapping[str, str]) -> Field | None:
    """The open field of these kinds nearest to another one."""
    fitting = [one for one in fields if one.kind in kinds and one.path not in taken]
    return min(fitting, key=lambda one: _near(one, around), default=None)


def _give_with_place(shares: _Shares, one: Field, words: str, open_fields: Sequence[Field], tools: Tools) -> None:
    """An address that ends in a ward of ours answers the field for the ward, too, where the form has one beside it."""
    if one.kind == "address":
        beside = [other for other in open_fields if other.parent == one.parent]
        ward = next((other for other in beside if other.kind == "ward" and other.path not in shares.by_path), None)
        places = tools.places.find(words) if ward else []
        if ward and places and words[: places[-1].start].strip(_EDGES):
            shares.give(one, words[: places[0].start] if len(places) == 1 else words[: places[-1].start])
            shares.give(ward, words[places[-1].start :] if len(places) == 1 else words[places[0].start :])
            return
    shares.give(one, words)


def _give_by_shape(
    shares: _Shares,
    chunk: str,
    following: str,
    open_fields: Sequence[Field],
    around: Field | None,
    values: Mapping[str, Any],
    tools: Tools,
) -> bool:
    """Gives a chunk to the open field that asks for just such a thing; whether there was one."""
    given = False
    for span in find_private(chunk):
        kinds = {kind for kind, private in PRIVATE_KINDS.items() if private == span.kind}
        target = _first(open_fields, set(kinds), around, shares.by_path)
        if target is not None:
            shares.give(target, span.value)
            given = True
    if given:
        return True
    if _give_place(shares, chunk, following, open_fields, around, tools):
        return True
    for kind, found in (("date", _exact_days(chunk, tools)), ("money", len(find_money(chunk)))):
        fitting = [one for one in open_fields if one.kind == kind and one.path not in shares.by_path]
        fitting = [one for one in fitting if not isinstance(read_answer(one, chunk, tools, siblings_of(one, values)), Refused)]
        near = [one for one in fitting if around is not None and one.parent == around.parent]
        chosen = near if len(near) == 1 else fitting
        if found == 1 and len(chosen) == 1:
            shares.give(chosen[0], chunk)
            return True
    sex = next((one for one in open_fields if one.is_sex and (around is None or one.parent == around.parent)), None)
    if sex is not None and len(chunk.split()) <= _SEX_WORDS and not isinstance(read_answer(sex, chunk, tools, {}), Refused):
        shares.give(sex, chunk)
        return True
    return False


def _exact_days(chunk: str, tools: Tools) -> int:
    return sum(day.first is not None and day.first == day.last and not day.year_assumed for day in find_dates(chunk, tools.today))


def _give_place(
    shares: _Shares, chunk: str, following: str, open_fields: Sequence[Field], around: Field | None, tools: Tools
) -> bool:
    folded = fold_in_place(chunk)
    places = tools.places.find(chunk)
    if around is not None and around.kind == "text" and _PLACE_ASKED.search(fold(f"{around.label.vi} {around.question.vi}")):
        # "thôn Đông, xã Tam Giang" as a place of birth is one answer.
        return False
    beside = [one for one in open_fields if around is None or one.parent == around.parent]
    ward = _first(beside, {"ward"}, around, shares.by_path)
    address = _first(beside, {"address"}, around, shares.by_path)
    before = chunk[: places[0].start].strip(_EDGES) if places else ""
    street = bool(_ADDRESS.match(folded)) or (bool(_HOUSE.match(folded)) and bool(places or tools.places.find(following)))
    if places and ward is not None:
        if before and not (address is not None and street):
            return False
        if before and address is not None:
            shares.give(address, before)
        shares.give(ward, chunk[places[0].start :])
        return True
    if street and address is not None:
        shares.give(address, chunk)
        return True
    return False
