"""Yes and no in every wording."""

import re
from functools import cache

from bot.eforms.word_table import alternatives, word_table
from bot.language.normalise import clean, fold, has_marks, nfc, tone_key

_WORD = re.compile(r"[^\W_]+")
_TAIL = r"(?:\s+(?:a|ak|ah|nhe|nha|ban|oi|em|anh|chi|ad|roi|day|do|luon|the|vay|he|ma|thoi|day nhe))*"
_CALL = r"(?:(?:da|a|u|vang|ui|thi|a da)\W+)?"


@cache
def _said() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of yes and of no."""
    yes = re.compile(rf"\W*{_CALL}(?:{alternatives('yes_words')}){_TAIL}(?:\s+(?:nua|nguoi nua))?\W*")
    no = re.compile(rf"\W*{_CALL}(?:{alternatives('no_words')}){_TAIL}(?:\s+(?:nua|ca))?\W*")
    return yes, no


_YES_AND = re.compile(
    r"\W*(?:da\W+)?(?:(?:co|dung|vang|ok|uh|u|yes)(?P<mark>\s*[,.:;-]\s*)|(?P<more>con|co)\s+(?=\w+\s+\w+)(?!ai\b|gi\b|dau\b))"
)
_NO_FIRST = re.compile(r"\W*(?:da\W+)?(?:khong|ko|k|chua|hong|hok|khum|chang|dau)\b")
_YES_FIRST = re.compile(r"\W*(?:da\W+)?(?:co|dung|vang|da|dong y|phai|roi)\b")


def yes_or_no(text: str) -> bool | None:
    """Whether the whole text says yes or no; None where it says something else, or both."""
    plain = nfc(clean(text)).strip()
    folded = fold(plain)
    yes, no = _said()
    if no.fullmatch(folded) and _typed_so("marked_no", plain):
        return False
    if yes.fullmatch(folded) and _typed_so("marked_yes", plain):
        return True
    if len(folded.split()) <= 6 and "?" not in folded and not folded.endswith(("khong", " ko", " k", "chua")):
        # "không có ai ở cùng", "có đăng ký rồi": the first word decides a short sentence.
        if _NO_FIRST.match(folded) and _typed_so("marked_no", plain):
            return False
        if _YES_FIRST.match(folded) and _typed_so("marked_yes", plain):
            return True
    return None


def _typed_so(words: str, plain: str) -> bool:
    """Whether the words are those of the list, marks included, where any are typed: "dừng" is no "đúng"."""
    if not has_marks(plain):
        return True
    wanted = {tone_key(word) for word in str(word_table()[words]).split()}
    return any(tone_key(word) in wanted for word in _WORD.findall(plain))


def after_yes(text: str) -> str:
    """What follows a yes in the same message ("có, vợ tôi Trần Thị B"); empty where nothing does."""
    plain = clean(text)
    folded = fold(plain)
    match = _YES_AND.match(folded) if len(folded) == len(plain) else None
    return plain[match.end() :].strip() if match else ""
