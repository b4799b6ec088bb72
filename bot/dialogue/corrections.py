"""Setting right what was understood: "không phải hỏi phí mà hỏi thời gian", "nhầm, hộ chiếu", "à không, của con tôi"."""

import re
from dataclasses import dataclass

from bot.language.normalise import fold_in_place, nfc

_CALLS = r"(?:(?:a|ah|ui|u|ua|uh|oi|thoi|da|xin loi|sorry|em|toi|minh|hoi|ban|bot|ad)\W+)*"
_NOT = r"(?:khong|ko|k|hong|hok|chang|dau(?= phai))"
_ME = r"(?:toi|t|em|e|minh|chau|tui|anh|chi|bac|con|cau hoi)"
# "không, …", "nhầm rồi, …", "sai rồi bạn ơi, …", "đâu, …": a no that is followed by what is meant.
_OPENING = re.compile(
    rf"^\W*{_CALLS}(?:{_NOT}(?: phai| dung)?(?: the| vay| roi| cai (?:do|nay|ay)| viec (?:do|nay)| thu tuc (?:nay|do))?"
    r"|nham(?: roi| mat| cai)?|lon(?: roi)?|sai(?: roi| bet)?"
    r"|(?:tra loi|noi) (?:sai|nham)(?: roi)?|hieu (?:sai|nham|lam)(?: roi| y(?: toi| em)?(?: roi)?)?|dau(?: co| phai)?)"
    r"(?: (?:a|roi|ban oi|ban|oi|em oi|bot oi|ad|nha|nhe|day))*\s*[,.;:!…-]+\s*"
)
# Without a mark behind it a bare "không" or "nhầm" is too little ("nhầm tên trong giấy khai sinh").
_OPENING_UNMARKED = re.compile(
    rf"^\W*{_CALLS}(?:{_NOT}(?: phai)? (?=y {_ME}\b)|(?:a|ah|u|oi|xin loi)\W+nham (?:roi )?(?:sang )?"
    rf"|{_NOT} (?=toi hoi\b|em hoi\b))"
)
_MEANT = re.compile(
    rf"^(?:y (?:cua )?{_ME}(?: (?:muon |dinh )?(?:hoi|noi))?(?: la)?|y la|y hoi"
    rf"|(?:{_ME} )?(?:muon |dang |can |dinh )?(?:hoi|noi|bao)(?: la| ve)?|phai la|la)\s+"
)
_MEANT_ALONE = re.compile(rf"^\W*(?:{_CALLS})(?:y (?:cua )?{_ME}(?: (?:muon |dinh )?(?:hoi|noi))?(?: la)?|y la|y hoi)\s+")
_REJECTED_FIRST = re.compile(
    rf"^\W*{_CALLS}(?:{_ME} )?{_NOT}(?: co)? "
    r"(?:phai(?! nop| mang| dong| tra| di| co | dua)(?: la| hoi| can| noi| lam| muon| xin| ve)*|(?:hoi|noi)(?: ve| den| toi)?)\s+"
    r"(?P<not>[^,.;!]*?)(?:\s*[,.;!]+\s*(?:ma (?:la )?)?|\s+ma(?: la)?\s+|\s+(?=y (?:toi|em|minh)\b))(?P<rest>.+)$",
    re.DOTALL,
)
_REJECTED_LAST = re.compile(
    rf"[\s,]*(?:chu (?:{_NOT}|dau)(?: phai)?(?! co\b| can\b| duoc\b| biet\b| con\b)(?: la| hoi| noi| lam| ve| muon)*|"
    rf"ma {_NOT} (?:phai|hoi)(?: la| hoi| ve)*)\s+(?P<not>[^,.;!?]+)[.!?]*\s*$"
)
_REJECTED_ALONE = re.compile(
    rf"^\W*{_CALLS}(?:{_NOT} (?:phai|dung)(?: la)?(?: thu tuc| cai| viec)?(?: (?:nay|do|ay|kia))?|sai(?: roi| bet)|nham roi|"
    rf"hieu (?:sai|nham)(?: y)?(?: {_ME})?(?: roi)?|{_NOT} phai (?P<what>(?!nop|mang|dong|tra|di|co)\w+(?: \w+){{0,3}}))"
    r"(?: (?:a|roi|ban|oi|em|bot|nhe|dau|day|co))*\W*$"
)
_ENDING = re.compile(r"(?:\s+(?:co ma|co|ay|y|nhe|nha|a|co a|ma))+\W*$")


_DENIED_PART = re.compile(
    rf"(?:^|(?<=[,.;!]))\s*(?:(?:ma|nhung|thi|day|em|toi|minh)\s+)?{_NOT} (?:co )?phai"
    r"(?! nop| mang| dong| tra| di| co | dua)[^,.;!?]*(?:[,.;!]|$)"
)


@dataclass(frozen=True)
class Correction:
    """``text``: what is meant (empty where only something was rejected); ``corrects``: whether the citizen sets something
    right at all, else ``text`` is the whole message."""

    text: str
    corrects: bool = False


def correction_in(text: str) -> Correction:
    """What a message means once the part that it denies is taken away. Only whole, plain shapes are read: everything else is
    left as it is."""
    text = nfc(text).strip()
    folded = fold_in_place(text)
    if _REJECTED_ALONE.match(folded):
        return Correction("", True)
    if tail := _REJECTED_LAST.search(folded):
        return Correction(_meant(text[: tail.start()]), True) if tail.start() else Correction(text)
    if head := _REJECTED_FIRST.match(folded):
        return Correction(_meant(text[head.start("rest") :]), True)
    for opening in (_OPENING, _OPENING_UNMARKED, _MEANT_ALONE):
        if (match := opening.match(folded)) and folded[match.end() :].strip():
            return Correction(_meant(text[match.end() :]), True)
    return Correction(text)


def without_denied(text: str) -> str:
    """The text without the parts between commas that deny something ("ko phải lấy người nước ngoài đâu"); unchanged where
    nothing else would be left."""
    text = nfc(text)
    folded = fold_in_place(text)
    kept, end = [], 0
    for part in _DENIED_PART.finditer(folded):
        kept.append(text[end : part.start()])
        end = part.end()
    rest = " ".join(" ".join((*kept, text[end:])).split())
    return rest if kept and any(map(str.isalnum, rest)) else text


def _meant(text: str) -> str:
    """Without the words that lead to what is meant ("ý tôi là", "tôi hỏi") and the particles behind it ("cơ", "ấy")."""
    text = text.strip()
    folded = fold_in_place(text)
    for opening in (_OPENING, _OPENING_UNMARKED, _MEANT):
        if (match := opening.match(folded)) and folded[match.end() :].strip():
            text, folded = text[match.end() :], folded[match.end() :]
    ending = _ENDING.search(folded)
    return text[: ending.start()] if ending and ending.start() else text
