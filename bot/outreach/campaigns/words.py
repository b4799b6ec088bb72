"""What citizens say about news: that they want them, or want them no more. Pure; no trained model stands in between."""

import re

from bot.language.normalise import fold, nfc

LONGEST = 80

_POLITE = (
    r"(?:\W+(?:a|ak|di|nhe|nha|ban|em|anh|chi|ad|roi|nua|luon|ngay|giup|gium|toi|minh|cho|het|tat ca|lai|duoc khong|dau))*\W*"
)
_NEWS = r"(?:tin(?: tuc| tuyen truyen| moi| quang cao| nhan)?)"
_GETTING = rf"(?:(?:dang ky |viec )?(?:nhan|gui|bao|nhan tin|gui tin) ?{_NEWS}?|{_NEWS})"
_STOPPING = r"(?:huy(?: bo)?|dung|ngung|thoi(?: khong)?|tat|bo|stop|ngat|cancel|unsubscribe|khong(?: muon| can| thich)?|tu choi)"
_WHO = r"(?:(?:toi|em|minh|bac|chau|con|da|thoi|xin|vui long|lam on)\W+)*"
_AFTER_NEWS = re.compile(rf"\W*{_WHO}{_STOPPING}(?:\W+(?:{_GETTING}))?{_POLITE}")
_PLAIN = re.compile(
    rf"\W*{_WHO}{_STOPPING}\W+(?:nhan {_NEWS}|gui {_NEWS}|dang ky nhan {_NEWS}|nhan tin|tin tuyen truyen){_POLITE}"
)
_STOP_ALONE = re.compile(rf"\W*(?:stop|unsubscribe){_POLITE}")
_WANTS = re.compile(
    rf"\W*{_WHO}(?:(?:muon|dang ky|dong y|cho|can|bat)\W+)*(?:(?:toi|em|minh)\W+)?(?:muon\W+)?nhan {_NEWS}"
    rf"(?: (?:cua |ve )?(?:xa|phuong|dich vu cong)(?: \w+){{0,3}})?{_POLITE}"
)
_OTHER_WORD = re.compile(r"\b(?:đúng|dùng|đứng|bỏ phiếu)\b", re.IGNORECASE)
_NO_ALONE = re.compile(rf"\W*{_WHO}khong{_POLITE}")
_ARRIVAL = re.compile(r"tin ([0-9a-z]{8})")
_TEST = re.compile(r"\W*thu tin\W+([0-9a-z]{8})\W*")


def stops_news(text: str, *, after_news: bool) -> bool:
    """Whether the words end the news. ``after_news``: nothing was said since a campaign's message, so that one word is enough;
    else only words that name the news, since "hủy" alone may belong to a form."""
    words = _folded(text)
    if words is None or _OTHER_WORD.search(nfc(text)):
        return False
    if _PLAIN.fullmatch(words):
        return True
    return after_news and bool(_AFTER_NEWS.fullmatch(words)) and not _NO_ALONE.fullmatch(words)


def says_stop(text: str) -> bool:
    """The bare word of every messenger, which may mean the news or a followed dossier."""
    words = _folded(text)
    return words is not None and bool(_STOP_ALONE.fullmatch(words))


def wants_news(text: str) -> bool:
    """Whether the words ask to be told news."""
    words = _folded(text)
    return words is not None and bool(_WANTS.fullmatch(words)) and not stops_news(text, after_news=True)


def code_to_test(text: str) -> str | None:
    """The code by which a writer has a campaign shown to themselves: ``THỬ TIN AB12CD34``."""
    words = _folded(text)
    found = _TEST.fullmatch(words) if words is not None else None
    return found.group(1).upper() if found else None


def code_that_led_here(text: str) -> str | None:
    """The code in the words that a link into a messenger stands for: ``t.me/<bot>?start=tin-AB22CD34``."""
    words = _folded(text)
    found = _ARRIVAL.fullmatch(words) if words is not None else None
    return found.group(1).upper() if found else None


def _folded(text: str) -> str | None:
    return " ".join(fold(text).split()) if 0 < len(text) <= LONGEST else None
