"""Amounts of money as people type them: ``5tr``, ``1tr2``, ``50k``, ``2 củ``, ``1,5 triệu``, ``hai trăm nghìn``, ``20.000đ``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.language.normalise import fold_in_place, nfc
from bot.language.number_words import find_number_words

_UNITS = {
    "k": 1_000, "ka": 1_000, "nghin": 1_000, "ngan": 1_000, "ng": 1_000, "trieu": 1_000_000, "tr": 1_000_000, "cu": 1_000_000,
    "ty": 1_000_000_000, "ti": 1_000_000_000, "lit": 100_000, "dong": 1, "d": 1, "vnd": 1,
}  # fmt: skip
_SLANG = frozenset({"cu", "lit", "ka"})
_NUMBER = r"(?P<number>[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]{1,12}(?:[.,][0-9]{1,2})?)"
_TYPED = re.compile(
    rf"(?<![\w.,/\-]){_NUMBER}\s?(?P<unit>trieu|tr|nghin|ngan|ty|ti|cu|lit|dong|vnd|ka|k|ng|d)"
    r"(?:\s?(?P<rest>[0-9]{1,3})(?![\w.,/])|\s(?P<half>ruoi)(?!\w))?(?!\w)(?P<dong>\s?(?:dong|vnd|d)(?!\w))?"
)
# "2 củ khoai", "5 lít xăng": goods, not money.
_GOODS = re.compile(r"\s?(?:khoai|hanh|toi|cai|san|su hao|nghe|gung|xang|nuoc|sua|ruou|bia|dau|dien)(?!\w)")
# Units that are other words where a blank stands before them: "5 k" may be "5 không", "10 d", "3 ng".
_GLUED = frozenset({"k", "d", "ng", "ti", "ka"})
_MONEY_BEFORE = re.compile(r"(?<!\w)(?:het|ton|mat|phi|le phi|nop|dong|tien|gia|tra|khoang|tam|cho)\s$")
_AFTER_WORDS = re.compile(r"\s?(?P<unit>dong|cu|lit|vnd)(?!\w)")
_NAMED_UNIT = re.compile(r"\s(?:nghin|ngan|trieu|ty|ti)(?!\w)")


@dataclass(frozen=True)
class Money:
    """An amount in đồng, and where it stands in the composed text. ``slang``: said in a way that should be repeated in plain
    words before anything depends on it."""

    start: int
    end: int
    vnd: int
    slang: bool


def _plain_number(typed: str) -> float:
    if re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{3})+", typed):
        return float(re.sub(r"[.,]", "", typed))
    return float(typed.replace(",", "."))


def _amount(match: re.Match[str]) -> float:
    scale = _UNITS[match["unit"]]
    amount = _plain_number(match["number"]) * scale
    if match["half"]:
        return amount + scale / 2
    if match["rest"] and scale > 1:
        # "1tr2" is 1,200,000; "1tr25" 1,250,000; "1tr250" the same.
        amount += int(match["rest"]) * scale / 10 ** len(match["rest"])
    return amount


def _typed(text: str, folded: str) -> Iterator[Money]:
    for match in _TYPED.finditer(folded):
        unit = match["unit"]
        blank = folded[match.end("number") : match.start("unit")] != ""
        # "d" and "đ" fold alike: only "đ" stands for đồng behind a blank.
        told = text[match.start("unit")] in "đĐ" or (unit == "k" and _MONEY_BEFORE.search(folded, 0, match.start()))
        if blank and unit in _GLUED and not told:
            continue
        if unit in _SLANG and _GOODS.match(folded, match.end()):
            continue
        if unit == "cu" and text[match.start("unit") : match.end("unit")].lower() not in ("củ", "cu"):
            continue
        if match["rest"] and _UNITS[unit] == 1:
            continue
        yield Money(match.start(), match.end(), round(_amount(match)), unit in _SLANG)


def _in_words(folded: str, text: str) -> Iterator[Money]:
    for number in find_number_words(text):
        named = bool(_NAMED_UNIT.search(folded[number.start : number.end]))
        unit = _AFTER_WORDS.match(folded, number.end)
        if not named and unit is None:
            continue
        slang = unit is not None and unit["unit"] in _SLANG
        if slang and unit is not None and _GOODS.match(folded, unit.end()):
            continue
        value = number.value * (_UNITS[unit["unit"]] if unit else 1)
        if value >= 1_000 or unit is not None:
            yield Money(number.start, unit.end() if unit else number.end, value, slang)


def find_money(text: str) -> list[Money]:
    """All amounts of money in a text, in order, without overlaps. A number without a unit is none."""
    text = nfc(text)
    folded = fold_in_place(text)
    found: list[Money] = []
    for money in sorted([*_typed(text, folded), *_in_words(folded, text)], key=lambda m: (m.start, -m.end)):
        if not found or money.start >= found[-1].end:
            found.append(money)
    return found
