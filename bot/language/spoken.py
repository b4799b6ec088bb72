"""Written Vietnamese as it is read aloud (a ward's loudspeakers, people who cannot see): numbers, dates, times, amounts, codes
and abbreviations in words. Pure; the other way round is ``bot.language.number_words``."""

import re
from collections.abc import Callable

from bot.language.normalise import nfc

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ("", "nghìn", "triệu", "tỷ", "nghìn tỷ", "triệu tỷ")
_LARGEST = 10**18 - 1

_ABBREVIATIONS = {
    "UBND": "Ủy ban nhân dân",
    "HĐND": "Hội đồng nhân dân",
    "TTHC": "thủ tục hành chính",
    "TTPVHCC": "Trung tâm phục vụ hành chính công",
    "TT PVHCC": "Trung tâm phục vụ hành chính công",
    "HCC": "hành chính công",
    "DVC": "dịch vụ công",
    "DVCTT": "dịch vụ công trực tuyến",
    "CCCD": "căn cước công dân",
    "CMND": "chứng minh nhân dân",
    "BHYT": "bảo hiểm y tế",
    "BHXH": "bảo hiểm xã hội",
    "BHTN": "bảo hiểm thất nghiệp",
    "GPLX": "giấy phép lái xe",
    "LLTP": "lý lịch tư pháp",
    "GCN": "giấy chứng nhận",
    "QSDĐ": "quyền sử dụng đất",
    "ĐKKD": "đăng ký kinh doanh",
    "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông",
    "VNeID": "vê nờ e i đê",
    "QR": "quy a",
    "NĐ-CP": "nghị định của Chính phủ",
    "QĐ-UBND": "quyết định của Ủy ban nhân dân",
    "QĐ-TTg": "quyết định của Thủ tướng Chính phủ",
    "NĐ": "nghị định",
    "QĐ": "quyết định",
    "TP": "thành phố",
    "TX": "thị xã",
    "KP": "khu phố",
    "TDP": "tổ dân phố",
    "SĐT": "số điện thoại",
    "ĐT": "điện thoại",
    "CB": "cán bộ",
    "CSDL": "cơ sở dữ liệu",
    "CNTT": "công nghệ thông tin",
}
_DOTTED = {"TP.": "thành phố", "P.": "phường", "Tp.": "thành phố", "TX.": "thị xã", "ĐT:": "điện thoại"}
_SYMBOLS = {"%": " phần trăm", "&": " và ", "+": " cộng ", "=": " bằng ", "₫": " đồng", "@": " a còng ", "/": " trên "}

_NUMBER = r"\d{1,3}(?:\.\d{3})+|\d+"
_WORD_END = r"(?![\w])"
_URL = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+(?:vn|com|net|org|me))(?:/[^\s]*)?", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?<!\w)ngày\s+)?(?<![\d./-])(0?[1-9]|[12]\d|3[01])(?:/(0?[1-9]|1[0-2])(?:/(\d{4}))?|-(0?[1-9]|1[0-2])-(\d{4}))(?![\d/])",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(?<![\d./])(0?[1-9]|1[0-2])/(\d{4})(?![\d/])")
_TIME = re.compile(r"(?<![\d.,:])([01]?\d|2[0-4])\s?(?:h|giờ|:)\s?([0-5]\d)(?:\s?phút)?(?![\d:])", re.IGNORECASE)
_HOUR = re.compile(r"(?<![\d.,])([01]?\d|2[0-4])\s?h(?![\w])", re.IGNORECASE)
_MONEY = re.compile(rf"(?<![\d.,])({_NUMBER})\s?(?:đồng|đ|₫|vnđ|vnd){_WORD_END}", re.IGNORECASE)
_PROCEDURE = re.compile(r"(?<![\d.,])([1-9])\.(\d{6})(?![\d.])")
_PHONE = re.compile(r"(?<![\d.,])(?:\+84|0)\d(?:[ .]?\d){7,9}(?![\d])|(?<![\d.,])1[89]00(?:[ .]?\d){4,6}(?!\d)")
_LAW = re.compile(r"(?<![\d.,])(?:số )?(\d{1,4})/((?:19|20)\d{2})/[A-ZĐ][\wĐ-]*")
_UNTIL = re.compile(r"(?:(?<=giờ)|(?<=phút))\s?[-–]\s?(?=\w)")
_FORM = re.compile(r"(?<!\w)([A-ZĐ]{1,4})[ -]?(\d{1,4})(?![\w])")
_RANGE = re.compile(rf"(?<![\d.,-])({_NUMBER})\s?[-–]\s?({_NUMBER})(?![\d.,-])")
_DECIMAL = re.compile(r"(?<![\d.,])(\d{1,6}),(\d{1,4})(?![\d,])")
_WHOLE = re.compile(rf"(?<![\d])(?:{_NUMBER})(?!\d)")
_LETTERS = re.compile(r"\b[A-ZĐ]{2,6}\b")
_LETTER_NAMES = {
    "A": "a", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "G": "giê", "H": "hát", "I": "i", "K": "ca", "L": "lờ",
    "M": "mờ", "N": "nờ", "O": "o", "P": "pê", "Q": "quy", "R": "rờ", "S": "ét", "T": "tê", "U": "u", "V": "vê", "X": "ích",
    "Y": "i dài", "J": "giây", "W": "vê kép", "F": "ép", "Z": "dét",
}  # fmt: skip


def number_in_words(number: int) -> str:
    """``1015`` is ``một nghìn không trăm mười lăm``. Numbers of more than eighteen digits are read digit by digit."""
    if number < 0:
        return f"âm {number_in_words(-number)}"
    if number > _LARGEST:
        return digits_in_words(str(number))
    if number == 0:
        return _DIGITS[0]
    groups: list[int] = []
    while number:
        number, group = divmod(number, 1000)
        groups.append(group)
    words: list[str] = []
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group:
            words += [_below_thousand(group, first=place == len(groups) - 1), _SCALES[place]]
    return " ".join(word for word in words if word)


def digits_in_words(text: str) -> str:
    """Each digit by itself, as telephone numbers and codes are read."""
    return " ".join(_DIGITS[int(one)] for one in text if one.isdecimal())


def date_in_words(day: int, month: int, year: int | None = None) -> str:
    """``ngày mùng năm tháng tám năm hai nghìn không trăm hai mươi sáu``."""
    named = f"mùng {number_in_words(day)}" if day <= 10 else number_in_words(day)
    of_year = f" năm {number_in_words(year)}" if year is not None else ""
    return f"ngày {named} tháng {_month(month)}{of_year}"


def spoken(text: str) -> str:
    """The text as it is read aloud: no digit, no sign and no abbreviation that this module knows is left in it."""
    said = nfc(text)
    for pattern, read in _READ_ALOUD:
        said = pattern.sub(read, said)
    for short, words in _DOTTED.items():
        said = re.sub(rf"(?<!\w){re.escape(short)}\s?", f"{words} ", said)
    said = _known_abbreviations().sub(lambda found: _ABBREVIATIONS[found.group()], said)
    said = _LETTERS.sub(_spelt, said)
    for sign, words in _SYMBOLS.items():
        said = said.replace(sign, words)
    return re.sub(r"[ \t]+", " ", re.sub(r"\s+([,.;:!?])", r"\1", said)).strip()


def _below_thousand(number: int, *, first: bool) -> str:
    hundreds, rest = divmod(number, 100)
    words = [] if first and not hundreds else [_DIGITS[hundreds], "trăm"]
    tens, ones = divmod(rest, 10)
    if not rest:
        return " ".join(words)
    if not tens:
        return " ".join([*words, *(["linh"] if words else []), _DIGITS[ones]])
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5:
        words.append("lăm")
    elif ones == 4 and tens > 1:
        words.append("tư")
    elif ones:
        words.append(_DIGITS[ones])
    return " ".join(words)


def _month(month: int) -> str:
    return "tư" if month == 4 else number_in_words(month)


def _number_said(text: str) -> str:
    """Digits with or without dots between them, as a number; Python itself refuses to read a very long one."""
    digits = text.replace(".", "")
    return number_in_words(int(digits)) if len(digits) <= len(str(_LARGEST)) else digits_in_words(digits)


def _url(found: re.Match[str]) -> str:
    return "trang " + found.group(1).lower().replace(".", " chấm ")


def _date(found: re.Match[str]) -> str:
    day, month, year, month_too, year_too = found.groups()
    said_year = year or year_too
    return date_in_words(int(day), int(month or month_too), int(said_year) if said_year else None)


def _time(found: re.Match[str]) -> str:
    minutes = int(found.group(2))
    hour = f"{number_in_words(int(found.group(1)))} giờ"
    return hour if not minutes else f"{hour} {number_in_words(minutes)} phút"


def _decimal(found: re.Match[str]) -> str:
    after = found.group(2)
    read = digits_in_words(after) if after.startswith("0") or len(after) > 2 else number_in_words(int(after))
    return f"{number_in_words(int(found.group(1)))} phẩy {read}"


def _whole(found: re.Match[str]) -> str:
    text = found.group()
    return digits_in_words(text) if text.startswith("0") and len(text) > 2 else _number_said(text)


def _spelt(found: re.Match[str]) -> str:
    """Letters that are no known abbreviation and no word in capitals: a word has a vowel and is left as it is."""
    text = found.group()
    if re.search(r"[AEIOUY]", text) and len(text) > 3:
        return text
    return _letters(text)


def _form(found: re.Match[str]) -> str:
    """``CT01``; what stands before a number by its own right (``NĐ 224``) is read later."""
    letters, digits = found.groups()
    return found.group() if letters in _ABBREVIATIONS else f"{_letters(letters)} {digits_in_words(digits)}"


def _letters(text: str) -> str:
    return " ".join(_LETTER_NAMES.get(one, one) for one in text)


_READ_ALOUD: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_URL, _url),
    (_TIME, _time),
    (_HOUR, lambda found: f"{number_in_words(int(found.group(1)))} giờ"),
    (_UNTIL, lambda _found: " đến "),
    (_LAW, lambda found: f"số {number_in_words(int(found.group(1)))} năm {number_in_words(int(found.group(2)))}"),
    (_FORM, _form),
    (_PROCEDURE, lambda found: f"{digits_in_words(found.group(1))} chấm {digits_in_words(found.group(2))}"),
    (_PHONE, lambda found: digits_in_words(found.group().replace("+84", "0"))),
    (_MONEY, lambda found: f"{_number_said(found.group(1))} đồng"),
    (_DATE, _date),
    (_MONTH, lambda found: f"{_month(int(found.group(1)))} năm {number_in_words(int(found.group(2)))}"),
    (_DECIMAL, _decimal),
    (_RANGE, lambda found: f"{_number_said(found.group(1))} đến {_number_said(found.group(2))}"),
    (_WHOLE, _whole),
)


def _known_abbreviations() -> re.Pattern[str]:
    longest_first = sorted(_ABBREVIATIONS, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
