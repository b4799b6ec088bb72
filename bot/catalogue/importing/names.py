"""Hazards of names, levels, codes and decisions: polluted names, names twice over, levels in several spellings, the abolished
district level, procedures that another province made for itself."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.texts import one_line, short
from bot.catalogue.schema import CODE_PATTERN
from bot.language.normalise import fold

MAX_NAME = 150
"""Letters of a name in a sentence or on a button; the whole name stays as the official name."""

LEVELS = ("Cấp bộ", "Cấp tỉnh", "Cấp xã", "Cơ quan khác")
"""The levels of today; the district level is read as the commune's and told as a doubt."""

_LEVEL_WORDS = (
    ("Cấp bộ", re.compile(r"\bbo\b|trung uong")),
    ("Cấp tỉnh", re.compile(r"\btinh\b|thanh pho|\bso\b")),
    ("Cấp xã", re.compile(r"\bxa\b|phuong|thi tran")),
    ("Cơ quan khác", re.compile(r"khac|don vi|truong|chi nhanh")),
)
DISTRICT_FOLDED = re.compile(r"\bhuyen\b|\bcap quan\b(?! (?:khu|doan|doi|chung))|\bthi xa\b")
_DISTRICT_IN_PROSE = re.compile(r"\bhuyện\b|\bcấp quận\b|\bthị xã\b", re.I)
"""With marks: folding pages of prose would cost more than all other judgements together."""
_CODE = re.compile(CODE_PATTERN)
_LOOSE_CODE = re.compile(r"(?<![\d.])(\d)[.,_](\d{6})(?!\d)")
_PREFIX = re.compile(r"^(?:thủ tục hành chính|thủ tục)\s*:?\s+(?=\S)", re.I)
_FILE_NAME = re.compile(r"\s*\S+\.(?:docx?|pdf|xlsx?)$", re.I)
_TITLE_OF_DECISION = re.compile(r"^(?:quyết định )?(?:về việc )?công bố danh mục\b.*\b(?:quy trình|thủ tục)", re.I)
_TAIL = re.compile(r"(?:\s*(?:không có thông tin|mã thủ tục.*|số quyết định.*))+$", re.I)
_MADE_BY = re.compile(
    r"\((?:UBND|ủy ban nhân dân|uỷ ban nhân dân|HĐND)\s+(?:thành phố|tỉnh|TP\.?)\s+(?P<place>[^)]{2,40})\)\s*$", re.I
)
_IN_PROVINCE = re.compile(
    r"trên địa bàn (?:tỉnh|thành phố)\s+(?P<place>[A-ZĐÀ-Ỹ][\w\s\-]{2,30}?)(?=\s+(?:giai đoạn|năm|theo|do|và)|[,.;()]|$)"
)
_PROVINCE_CODE = re.compile(r"^1\.11[56]\d{3}$")
_OWN = frozenset({"bac ninh", "bac giang"})


@dataclass(frozen=True, slots=True)
class JudgedName:
    """The name as spoken, the name as published, and doubts."""

    name: str
    official: str
    doubts: tuple[Doubt, ...]


def is_code(text: str) -> bool:
    """Whether the text is a procedure's code as published: ``d.dddddd``."""
    return bool(_CODE.match(text))


def code_in(text: str) -> str | None:
    """The code in a cell that may hold a blank, a comma for the dot, or a suffix ("1,001234", "1.014197.01")."""
    match = _LOOSE_CODE.search(text)
    return f"{match[1]}.{match[2]}" if match else None


def judge_name(written: str) -> JudgedName:
    """The name without what does not belong to it."""
    official = one_line(written)
    clean = _TAIL.sub("", official)
    clean = _FILE_NAME.sub("", clean) if _FILE_NAME.search(clean) and len(clean) > 60 else clean
    clean = _once(clean).strip(" .;:,-") or official
    doubts: list[Doubt] = []
    if clean != official.strip(" .;:,-"):
        doubts.append(Doubt("name_polluted", "tên lẫn chữ không thuộc về tên, đã bỏ", official[:200]))
    if _TITLE_OF_DECISION.match(clean):
        doubts.append(Doubt("name_polluted", "tên là trích yếu của quyết định công bố, không phải tên thủ tục", official[:200]))
    spoken = _PREFIX.sub("", clean)
    spoken = short(spoken[:1].upper() + spoken[1:], MAX_NAME)
    return JudgedName(spoken, clean, tuple(doubts))


def is_decision_title(name: str) -> bool:
    """Whether the name is the title of a publishing decision: an earlier publication's or a list's name is better."""
    return bool(_TITLE_OF_DECISION.match(name))


def _once(name: str) -> str:
    """ "A A" and "A: A" are "A": the source's page shows the name twice."""
    for middle in (len(name) // 2, len(name) // 2 + 1):
        first, second = name[:middle].strip(" .:;-"), name[middle:].strip(" .:;-")
        if len(first) > 8 and fold(first) == fold(second):
            return first
    head, sign, tail = name.rpartition(": ")
    return head if sign and len(tail) > 8 and fold(head).endswith(fold(tail)) else name


def names_district(text: str) -> bool:
    """Whether the text speaks of the district level, which ended on 1 July 2025."""
    return bool(_DISTRICT_IN_PROSE.search(text))


def judge_levels(written: Iterable[str]) -> tuple[tuple[str, ...], tuple[Doubt, ...]]:
    """The levels in the order bộ, tỉnh, xã, khác, each once. A district level counts as the commune's."""
    found: set[str] = set()
    doubts: list[Doubt] = []
    for part in (piece for text in written for piece in re.split(r"[,;/\n]", text)):
        folded = fold(part).strip()
        if not folded:
            continue
        level = next((name for name, words in _LEVEL_WORDS if words.search(folded)), None)
        if DISTRICT_FOLDED.search(folded):
            doubts.append(Doubt("district_level", "nguồn còn ghi cấp huyện; cấp huyện không còn từ 01/7/2025", part))
            level = "Cấp xã"
        if level is None:
            doubts.append(Doubt("level_unknown", "cấp thực hiện không rõ", part))
            level = "Cơ quan khác"
        found.add(level)
    if not found:
        doubts.append(Doubt("level_unknown", "nguồn không ghi cấp thực hiện"))
    return tuple(level for level in LEVELS if level in found), tuple(doubts)


def made_by_province(code: str, name: str, decision: str | None, provinces: Sequence[str]) -> str | None:
    """The other province that made this procedure for itself, or None: its name says so, beside a province's decision or one of
    the codes that provinces get (1.115xxx, 1.116xxx)."""
    match = _MADE_BY.search(name) or _IN_PROVINCE.search(name)
    if match is None:
        return None
    place = fold(match["place"]).strip()
    own_decision = "UBND" in (decision or "") or bool(_PROVINCE_CODE.match(code)) or bool(_MADE_BY.search(name))
    known = next((province for province in provinces if place.startswith(fold(province))), None)
    if known is None or fold(known) in _OWN:
        return None
    return known if own_decision or is_decision_title(name) or _IN_PROVINCE.search(name) else None


def without_maker(name: str) -> str:
    """The name without "(UBND thành phố …)", to find the procedure that it was copied from."""
    return _MADE_BY.sub("", name).strip()
