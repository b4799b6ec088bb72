"""What a citizen wants of their own data, read from plain words.

The engine's intents are left out on purpose: a right must be open also where the model is unsure or being exchanged, and the words are
few. What is about papers, registers and dossiers of the state is not about the assistant's data and is never read as such.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bot.language.normalise import clean, fold
from bot.language.written import expanded
from bot.rights.kinds import PURPOSES, Purpose

Wish = Literal["view", "delete", "withdraw", "give", "consents", "correct", "object", "complaint"]

LONGEST = 220
"""A longer message is a story, in which these words mean something else."""

_ME = r"(?:toi|minh|em|e|tui|t|tao|bac|chau|con|anh|chi|co|chu|ong|ba|nha em|nha toi|khach|nguoi dung|dan)"
_DATA = r"(?:du lieu|d ?l|data|thong tin|tt)"
_TALK = r"(?:lich su(?: tro chuyen| chat| nhan tin| nc| noi chuyen)?|doan (?:chat|hoi thoai|tro chuyen)|cuoc (?:tro chuyen|hoi thoai|noi chuyen)|(?:may )?(?:cai )?(?:doan )?tin(?: nhan)?|noi dung (?:chat|tro chuyen))"
_OF_ME = rf"(?:ca nhan )?(?:cua|ve|lien quan (?:den|toi)) {_ME}\b"
_HERE = r"(?:bot|tro ly|he thong nay|trang nay|trong nay|o day|tren nay|cho nay|ben (?:minh|nay)|chat|tro chuyen|may)\b"
_KEEPS = r"(?:luu|giu|biet|thu thap|luu giu|luu tru)"

_STATE = re.compile(
    r"\b(?:ho so|ho khau|can cuoc|cccd|cmnd|vneid|so do|(?<!cai )dat|thua|quy hoach|ho tich|khai sinh|ket hon|hon nhan|ly hon|thuong tru|"
    r"tam tru|cu tru|dan cu|bao hiem|bhxh|thue|lai xe|kinh doanh|doanh nghiep|an tich|the chap|quy hoach|to khai|giay to|giay phep|don)\b"
)
"""Words of papers and registers: with them a sentence is about those, unless the assistant itself is named."""

_SENT = re.compile(rf"\bxoa\b.{{0,20}}(?<!ho )\b(?:so|anh|cccd|can cuoc)\b.{{0,30}}\b(?:gui|nhan(?! tin)|nhap|trong nay|o day)\b|\b(?:gui|nhan|nhap)\b.{{0,25}}\bxoa (?:giup|ho|dum|gium|di|cho {_ME})")
_VIEW = re.compile(
    rf"\b(?:xem|coi|tai|xuat|trich xuat|sao luu|lay lai|gui|xin|ban sao|kiem tra|cung cap|yeu cau|quyen)\b.{{0,30}}\b{_DATA} {_OF_ME}"
    rf"|\b(?:tai|xuat|trich xuat|xem|coi|ban sao|sao luu|lay)\b.{{0,25}}\b(?:{_DATA} (?:ca nhan|tro chuyen)|lich su (?:tro chuyen|chat|noi chuyen|nhan tin))\b"
    rf"|\b(?:cung cap|yeu cau|xem)\b.{{0,25}}\b{_DATA} ca nhan\b"
    rf"|\b{_KEEPS} (?:nhung |duoc |cai )*(?:gi|{_DATA} gi|(?:nhung )?{_DATA} nao|nhung {_DATA}(?: gi| nao)?|so dien thoai nao) ?(?:cua|ve) {_ME}\b"
    rf"|\b{_DATA} {_OF_ME}.{{0,30}}\b(?:gom|co|luu) (?:nhung )?(?:gi|nao)\b"
    rf"|\b(?:xem|coi)\b.{{0,25}}\b(?:da|dang) {_KEEPS}\b|\b{_KEEPS}\b.{{0,20}}\btin(?: nhan)? cua {_ME}\b.{{0,15}}\bxem\b"
    rf"|\b(?:coi|xem)\b.{{0,20}}\b{_DATA} ma {_HERE}.{{0,10}}\b{_KEEPS}\b|\bban sao nhung gi (?:da|toi|em)\b"
)
_DELETE_VERB = r"(?<!no )(?<!bi )(?<!tu )(?<!toan )(?:xoa|go|huy|bo|clear|quen)"
_DELETE = re.compile(
    rf"\b{_DELETE_VERB}\b.{{0,30}}\b(?:{_DATA} {_OF_ME}|{_DATA} ca nhan\b|{_DATA}(?: da)? (?:bot|tro ly|may)?.{{0,8}}{_KEEPS})"
    rf"|\b(?:xoa|clear)\b.{{0,15}}\b{_TALK}\b(?!.{{0,12}}\b(?:thue|dong))"
    rf"|\b(?:xoa|quen)\b.{{0,15}}\b(?:nhung gi|moi thu|tat ca)\b.{{0,12}}\b(?:nhan|noi|gui|luu)\b"
    rf"|(?<!no )(?<!bi )(?<!tu )\b(?:xoa|quyen xoa)\b.{{0,12}}\b{_DATA}\b(?= (?:gium|dum|giup|ho|nhe|nha|di|luon)|\W*$)"
    rf"|\b(?:dung|khong(?: duoc| muon)?|cam|thoi)\b(?: (?:bot|tro ly|may|he thong|ban))? {_KEEPS} (?:lai )?(?:{_DATA} {_OF_ME}|gi (?:cua|ve) {_ME}\b|tin nhan cua {_ME}\b)(?! (?:dung|chua))"
    rf"|\bquen {_ME}(?: di)?\W*$|\bquen het (?:thong tin|nhung)\b|\bxoa (?:ten )?{_ME} khoi (?:he thong|bot|day)\b"
    rf"|\bxoa tai khoan chat\b|\bxoa ten {_ME} khoi he thong\b"
)
_CONSENT = r"(?:su |cai |moi |het |tat ca |toan bo |lai )*(?:dong y|chap thuan|cho phep)"
_USE = r"(?:dung|su dung|xu ly|lay|khai thac|hoc)"
_OWN_TALK = rf"(?:{_DATA}|tin(?: nhan)?)(?: ca nhan)?(?: cua {_ME})?"
_OWN_DATA = rf"(?:{_DATA}(?: ca nhan)?(?: cua {_ME})?|tin(?: nhan)? cua {_ME})"
_WITHDRAW = re.compile(
    rf"\b(?:rut|thu hoi|huy|bo)\b(?: lai| het| bo)? {_CONSENT}\b(?! (?:cuoi|ky|ban|nop))"
    rf"|\bdong y\b.{{0,45}}\b(?:rut lai|thu hoi)\b"
    rf"|\b(?:khong|thoi|dung|ngung|ngung viec|dung viec)\b.{{0,22}}\b(?:cho|cho phep|lay|dung|su dung|xu ly)\b.{{0,15}}\b{_OWN_DATA}\b.{{0,20}}(?:huan luyen|cai thien|day (?:bot|may)|nua\b|cua {_ME}\b)"
    rf"|\b(?:ngung|dung) (?:viec )?{_USE} {_OWN_TALK}"
    rf"|\bkhong (?:muon )?cho\b.{{0,12}}\bhoc tu tin\b"
    rf"|\bkhong (?:dong y |muon )?(?:tham gia|lam) khao sat nua\b|\bkhong dong y (?:tham gia|lam) khao sat\b"
)
_GIVE = re.compile(r"\b(?:dong y|cho phep)\b.{0,40}\b(?:cai thien|huan luyen|khao sat)\b")
_CONSENTS = re.compile(
    rf"\b(?:tuy chon|quan ly|cai dat|xem|cac)\b.{{0,12}}\b(?:su )?dong y\b|\bda dong y (?:nhung )?gi\b|\bquyen rieng tu\b"
)
_CORRECT = re.compile(
    rf"\b(?:sua|dinh chinh|cap nhat|chinh)(?: lai| giup| ho)? (?:du lieu|d ?l|data)\b.{{0,12}}\b(?:cua {_ME}|ca nhan)\b"
    rf"|\b{_DATA}\b.{{0,25}}\b(?:luu|giu) (?:o day|tren nay|trong nay)\b.{{0,15}}\b(?:sai|sua|nham)\b"
)
_OBJECT = re.compile(rf"\bphan doi\b.{{0,12}}\b(?:xu ly|{_USE}|thu thap|luu)\b")
_COMPLAINT = re.compile(
    rf"\b(?:khieu nai|phan anh|to cao)\b.{{0,25}}\b(?:lo|lam lo|ro ri|bao ve|xu ly|ban)\b.{{0,10}}\b(?:du lieu|thong tin) (?:ca nhan|cua {_ME})"
)
_PURPOSE_WORDS: dict[Purpose, re.Pattern[str]] = {
    "reminders": re.compile(r"\b(?:nhac|nhan tin|thong bao|theo doi)\b"),
    "improve": re.compile(r"\b(?:cai thien|huan luyen|day (?:bot|may)|hoc tu|du lieu|tin nhan cua)\b"),
    "survey": re.compile(r"\bkhao sat\b"),
}

_NAMES_US = re.compile(rf"\b(?:bot|tro ly|{_DATA} ca nhan|bao ve du lieu|tin nhan|lich su (?:tro chuyen|chat)|khao sat)\b|{_HERE}")


@dataclass(frozen=True)
class RightsWish:
    """What is wanted; ``purposes``: the purposes of consent that are meant (all of them where none is named)."""

    wish: Wish
    purposes: tuple[Purpose, ...] = ()


def rights_wish(text: str) -> RightsWish | None:
    """The wish about one's own data in a message, or None. Never raises."""
    words = _words(text)
    if not words or len(words) > LONGEST:
        return None
    if _SENT.search(words):
        return RightsWish("delete")
    if _STATE.search(words) and not _NAMES_US.search(words):
        return None
    for wish, pattern in _ORDER:
        if pattern.search(words):
            return RightsWish(wish, _purposes(words) if wish in ("withdraw", "give") else ())
    return None


_ORDER: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    ("complaint", _COMPLAINT),
    ("object", _OBJECT),
    ("withdraw", _WITHDRAW),
    ("give", _GIVE),
    ("delete", _DELETE),
    ("correct", _CORRECT),
    ("consents", _CONSENTS),
    ("view", _VIEW),
)


def _purposes(words: str) -> tuple[Purpose, ...]:
    named = tuple(purpose for purpose in PURPOSES if _PURPOSE_WORDS[purpose].search(words))
    return named or PURPOSES


def _words(text: str) -> str:
    folded = fold(expanded(clean(text[: LONGEST * 4])))
    return " ".join(re.sub(r"[^\w/⟦⟧:]+", " ", folded).replace("d/y", "dong y").split())
