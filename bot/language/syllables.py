"""Which words can be Vietnamese syllables, by rule: onset, rime and tone.

Used to tell keyboard leftovers and slips from words. Common syllables stand in ``tables/syllables.yml``: what the rules allow
and people really write.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.language.normalise import nfc
from bot.language.tables import load_table, word_set

TONES = {"": "", "\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}

_ONSETS = word_set("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph q r s t th tr v x") | {""}
_OPEN = word_set(
    "a e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iu iêu oa oai oao oay oe oeo oi ôi ơi ua uây uê ui uơ uôi ươi ươu ưa ưi ưu "
    "uy uya uyu yêu uâ uôu"
)
_CLOSED = word_set(
    "am an ang anh ăm ăn ăng âm ân âng em en eng êm ên ênh im in inh iêm iên iêng oan oang oanh oăn oăng oam oăm oen om on ong "
    "ôm ôn ông ơm ơn oong um un ung uân uâng uôm uôn uông ưm ưn ưng ươm ươn ương uyn uynh uyên yêm yên yêng"
)
_STOPPED = word_set(
    "ac ach ap at ăc ăp ăt âc âp ât ec ep et êch êp êt ich ip it iêc iêp iêt oac oach oap oat oăc oăt oet oc op ot ôc ôp ôt ơp "
    "ơt ooc uc up ut uât uôc uôt ưc ưt ươc ươp ươt uych uyt uyêt êc yêt uyp"
)
_RIMES = _OPEN | _CLOSED | _STOPPED
_FRONT = frozenset("eêiy")
_SPLIT = re.compile(r"(ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx]|)(.*)", re.DOTALL)
_TONE_LAST = frozenset({"oa", "oe", "uy"})
_TONE_LAST_AFTER_Q = frozenset({"ua", "uy"})


@dataclass(frozen=True)
class Syllable:
    """A word taken apart: ``onset`` and ``rime`` in lower case without the tone, ``tone`` as its combining mark or empty."""

    onset: str
    rime: str
    tone: str


def _without_tone(word: str) -> tuple[str, str]:
    letters = unicodedata.normalize("NFD", word)
    tones = [char for char in letters if char in TONES]
    return nfc("".join(char for char in letters if char not in TONES)), tones[0] if len(tones) == 1 else "" if not tones else "?"


def _fits(onset: str, rime: str) -> bool:
    if rime not in _RIMES:
        return False
    front = rime[0] in _FRONT
    if onset in ("k", "gh", "ngh"):
        return front
    if onset in ("c", "g", "ng"):
        return not front or (onset == "g" and rime == "i")
    return not (onset == "" and rime in ("iêu", "iêm", "iên", "iêng", "iêt", "iêc"))


@lru_cache(maxsize=8192)
def syllable(word: str) -> Syllable | None:
    """The parts of a word that is spelt as a Vietnamese syllable may be; None for any other word. Case and the place of the
    tone do not matter; marks do."""
    if not 1 <= len(word) <= 14:
        return None
    bare, tone = _without_tone(word.lower())
    match = _SPLIT.fullmatch(bare)
    if match is None or tone == "?" or not match[2]:
        # "gi" alone, with or without a tone ("gì"), has the letter of its onset as its rime.
        return Syllable("g", "i", tone) if bare == "gi" and tone != "?" else None
    onset, rime = match[1], match[2]
    if onset == "qu":
        onset, rime = "q", "u" + rime if "u" + rime in _RIMES else rime
    elif onset == "gi" and rime not in _RIMES and "i" + rime in _RIMES:
        onset, rime = "g", "i" + rime
    fits = onset in _ONSETS and ((onset in ("q", "gi") and rime in _RIMES) or _fits(onset, rime) or bare in ("giêng", "giêc"))
    stopped = rime in _STOPPED
    return Syllable(onset, rime, tone) if fits and (not stopped or tone in ("", "\u0301", "\u0323")) else None


def is_syllable(word: str) -> bool:
    """Whether a word may be a Vietnamese syllable in full marks. A stopped rime (``-c``, ``-p``, ``-t``) needs its tone:
    ``đat`` is none, ``đạt`` is one."""
    found = syllable(word)
    return found is not None and (found.tone != "" or found.rime not in _STOPPED)


@cache
def common_syllables() -> frozenset[str]:
    """Syllables in full marks that people write, lower case, in the new tone placement."""
    table = load_table("syllables")
    return frozenset(modern_tone(word) for line in table["common"].values() for word in str(line).split())


@cache
def foreign_words() -> frozenset[str]:
    """Words of other languages and product names that a keyboard decoder would take for slips."""
    return frozenset(word for line in load_table("syllables")["foreign"] for word in str(line).split())


def _moved(word: str) -> str:
    found = syllable(word)
    if found is None or found.tone == "" or found.rime not in (_TONE_LAST_AFTER_Q if found.onset == "q" else _TONE_LAST):
        return word
    letters = unicodedata.normalize("NFD", word)
    return nfc("".join(char for char in letters if char != found.tone) + found.tone)


_CANDIDATE = re.compile(r"[^\W\d_]*(?:[oòóõỏọ][aàáãảạeèéẽẻẹ]|[uùúũủụ][yỳýỹỷỵ]|q[ùúũủụ]a)(?![^\W_])", re.IGNORECASE)


def modern_tone(text: str) -> str:
    """The text (NFC) with the tones of open ``oa``, ``oe``, ``uy`` on the last letter, as schools write them: ``hòa`` is
    ``hoà``, ``thủy`` is ``thuỷ``, ``ủy`` is ``uỷ``. Nothing else changes; for comparing and showing, never for names."""
    return _CANDIDATE.sub(lambda match: _moved(match.group()), nfc(text))
