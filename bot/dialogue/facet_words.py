"""Facets named by their nouns: "lệ phí và thời hạn", "giấy tờ", "online" – lists and short follow-ups that the classifier, which
picks one intent a clause, cannot tell apart."""

import re
from collections.abc import Mapping

from bot.language.cues import find_cues
from bot.language.normalise import fold
from bot.language.shorthand import expand

_NOUNS: Mapping[str, re.Pattern[str]] = {
    facet: re.compile(rf"\b(?:{pattern})\b")
    for facet, pattern in {
        "documents": r"(?<!mat )(?<!mat het )giay to(?! tuy than)|"
        r"(?<!nop )(?<!gui )(?<!lam )(?<!lay )ho so(?! (?:den|toi|cua|nay|da))|can gi|can nhung gi|can giay"
        r"|thanh phan ho so|chuan bi gi|mang gi",
        "fee": "le phi|phi|tien nong|bao nhieu tien|het bao nhieu|het bao tien|ton bao nhieu|ton tien|mat tien|may tien",
        "processing_time": "thoi han|thoi gian|bao lau|may ngay|may hom|lau khong|lau ko|bao gio xong|bao gio co",
        "place": "noi nop|cho nop|o dau|cho nao|dia chi|nop dau|ai giai quyet|co quan nao",
        "online_level": "online|truc tuyen|qua mang|tren mang",
        "steps": "cach lam|cac buoc|quy trinh|trinh tu",
        "form": "mau don|to khai|bieu mau",
        "conditions": "dieu kien",
        "legal_basis": "can cu phap ly|can cu luat|luat nao",
    }.items()
}
_BETWEEN = frozenset(
    {
        "va", "voi", "cua", "thi", "sao", "nua", "a", "ah", "ad", "the", "con", "la",
        "nhu", "nao", "gi", "bao", "nhieu", "khong", "ko", "duoc", "dc", "co", "can", "phai",
        "mat", "het", "nop", "lam", "lay", "o", "dau", "may", "ngay", "ai", "giai", "quyet", "cho", "em", "toi",
        "minh", "anh", "chi", "da", "vay", "oi", "nhe", "nhi", "ca", "roi", "tong", "tien",
        "phi",
    }
)  # fmt: skip
"""Words that may stand between the nouns of a list."""
_LONGEST = 16
_PARTS = re.compile(r"[,;.:…!?\n]+")
ASKS_LITTLE = frozenset({"steps", "conditions"})
"""Facets that "thế nào", "thì sao" and "được không" seem to ask: too little to go by where the engine itself was not sure."""
_OF_CUE: Mapping[str, str] = {
    "time": "processing_time",
    "online": "online_level",
    **{facet: facet for facet in ("documents", "fee", "place", "steps", "conditions", "form", "result", "legal_basis")},
}
_SHORT = re.compile(
    r"^\W*(?:(?:da|a|vay|the|con|thi|vay con|the con)\W+)*"
    r"(?:(?P<fee>tien|gia|chi phi|bao tien)|(?P<processing_time>ngay|thoi gian|bao gio|khi nao|lau)|(?P<place>cho|noi|dia chi)"
    r"|(?P<documents>giay|papers?)|(?P<online_level>mang|onl))"
    r"(?: (?:thi|sao|the nao|ra sao|vay|a|ah|nhi|nua|nhe|bao nhieu|ha))*\W*$"
)
"""A follow-up of one bare word: "còn tiền thì sao"."""


def named_facets(text: str, mention: str = "") -> tuple[str, ...]:
    """The facets whose nouns stand in the text outside the words that name the matter, in the order said."""
    folded = _without(fold(expand(text)), mention)
    if len(folded.split()) > _LONGEST:
        return ()
    places = {facet: match.start() for facet, pattern in _NOUNS.items() if (match := pattern.search(folded))}
    return tuple(sorted(places, key=lambda facet: places[facet]))


def only_names_facets(text: str, mention: str = "") -> bool:
    """Whether the text holds nothing beside nouns of facets and small words: then it is a list, whatever it looks like."""
    rest = _without(fold(expand(text)), mention)
    for pattern in _NOUNS.values():
        rest = pattern.sub(" ", rest)
    return all(word in _BETWEEN for word in re.findall(r"[a-z0-9]+", rest))


def asked_facets(text: str, mention: str = "") -> tuple[str, ...]:
    """The facets that a text asks about by its nouns, by its question words, or as a follow-up of one word ("còn tiền thì
    sao"); empty where it asks nothing plainly. "được không" alone is a condition only where nothing else is asked."""
    if named := named_facets(text, mention):
        return named
    folded = fold(expand(text))
    if short := _SHORT.match(folded):
        return tuple(facet for facet, word in short.groupdict().items() if word)
    cued = dict.fromkeys(_OF_CUE[cue.facet] for cue in find_cues(folded) if cue.facet in _OF_CUE)
    plain = [facet for facet in cued if facet not in ("conditions", "steps")]
    return tuple(plain or cued)


def closing_facets(text: str, mention: str = "") -> tuple[str, ...]:
    """The facets that a story asks: those of its last part that asks any plainly. A short text is taken as a whole."""
    if len(text.split()) <= _LONGEST:
        return asked_facets(text, mention)
    for part in reversed(_PARTS.split(text)):
        if (asked := asked_facets(part, mention)) and not set(asked) <= ASKS_LITTLE:
            return asked
    return ()


def _without(folded: str, mention: str) -> str:
    taken = fold(mention).split()
    pattern = r"\W+".join(map(re.escape, taken))
    return re.sub(rf"\b{pattern}\b", " ", folded) if taken else folded
