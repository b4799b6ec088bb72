"""Keyboard leftovers: Telex and VNI keys that stayed in the text because the keyboard did not compose them.

``ddawng kys`` is ``đăng ký``, ``d9a8ng ky1`` too. A word is only set right if it becomes a syllable that people write, and only
where the keyboard clearly failed: one word that can be nothing else, or two that decode.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.aligned import Edit
from bot.language.normalise import has_marks, nfc
from bot.language.syllables import common_syllables, foreign_words, syllable

_TELEX_TONES = {"f": "\u0300", "s": "\u0301", "x": "\u0303", "r": "\u0309", "j": "\u0323"}
_VNI_TONES = {"2": "\u0300", "1": "\u0301", "4": "\u0303", "3": "\u0309", "5": "\u0323"}
_VNI_SHAPES = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}}
_HORNED = {"a": "ă", "o": "ơ", "u": "ư"}
_DOUBLED = {"a": "â", "e": "ê", "o": "ô"}
_VOWELS = frozenset("aăâeêioôơuưy")
_TYPED = re.compile(r"[a-zđăâêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]+|[a-z][a-z0-9]*[0-9][a-z0-9]*")
_LEAST_SHARE = 0.25


@dataclass(frozen=True)
class Leftover:
    """What a typed word decodes to. ``certain``: it can be nothing else."""

    written: str
    certain: bool


@dataclass
class _Keys:
    """The letters while the keys are read, the tone, and how many keys were no letters."""

    letters: list[str]
    tone: str = ""
    used: int = 0

    def last_vowel(self) -> int:
        """The position of the last vowel, or -1."""
        return max((i for i, letter in enumerate(self.letters) if letter in _VOWELS), default=-1)

    def reshape(self, position: int, letter: str) -> bool:
        """Puts another letter at a place."""
        self.letters[position] = letter
        self.used += 1
        return True

    def set_tone(self, tone: str) -> bool:
        """Sets the tone; False where there is one already, or no vowel to bear it."""
        if self.tone or self.last_vowel() < 0:
            return False
        self.tone = tone
        self.used += 1
        return True


def _horn(keys: _Keys) -> bool:
    """The key ``w``: a horn on ``o`` and ``u``, a breve on ``a``, or the letter ``ư`` where no vowel stands before it."""
    last = keys.last_vowel()
    if last < 0:
        keys.letters.append("ư")
        keys.used += 1
        return len(keys.letters) > 1
    letter, before = keys.letters[last], keys.letters[last - 1] if last else ""
    if letter in ("o", "ơ") and before in ("u", "ư") and keys.letters[: last - 1] != ["q"]:
        keys.letters[last - 1] = "ư"
        return keys.reshape(last, "ơ")
    if (letter in ("a", "i", "u") and before == "u") and keys.letters[: last - 1] != ["q"]:
        return keys.reshape(last - 1, "ư")
    return letter in _HORNED and keys.reshape(last, _HORNED[letter])


def _telex_key(keys: _Keys, key: str) -> bool:
    """Reads one key; False where the keys cannot be Telex."""
    previous = keys.letters[-1] if keys.letters else ""
    if key in _TELEX_TONES and keys.last_vowel() >= 0:
        return keys.set_tone(_TELEX_TONES[key])
    if key == "w":
        return _horn(keys)
    if key == previous and key in _DOUBLED:
        return keys.reshape(len(keys.letters) - 1, _DOUBLED[key])
    if key == "d" and keys.letters == ["d"]:
        return keys.reshape(0, "đ")
    keys.letters.append(key)
    return True


def _vni_key(keys: _Keys, key: str) -> bool:
    """Reads one key; False where the keys cannot be VNI."""
    if not key.isdigit():
        keys.letters.append(key)
        return True
    if key in _VNI_TONES:
        return keys.set_tone(_VNI_TONES[key])
    if key == "9":
        return keys.letters[:1] == ["d"] and keys.reshape(0, "đ")
    shapes = _VNI_SHAPES.get(key, {})
    vowels = [i for i, letter in enumerate(keys.letters) if letter in shapes]
    if not vowels:
        return False
    if key == "7" and len(vowels) > 1 and keys.letters[vowels[-2] : vowels[-1] + 1] == ["u", "o"]:
        keys.letters[vowels[-2]] = "ư"
    return keys.reshape(vowels[-1], shapes[keys.letters[vowels[-1]]])


def tone_position(onset: str, rime: str) -> int:
    """Which letter of a rime bears the tone (new placement): a letter with a shape of its own, else the last vowel before a
    final consonant or of open ``oa``, ``oe``, ``uy``, else the one before the last."""
    shaped = [i for i, letter in enumerate(rime) if letter in "ăâêôơ"] or [i for i, letter in enumerate(rime) if letter == "ư"]
    if shaped:
        return shaped[-1]
    vowels = [i for i, letter in enumerate(rime) if letter in _VOWELS]
    closed = vowels[-1] < len(rime) - 1
    last_bears = len(vowels) == 1 or closed or rime in ("oa", "oe", "uy") or (onset == "q" and len(vowels) == 2)
    return vowels[-1] if last_bears else vowels[-2]


def spelt(bare: str, tone: str) -> str | None:
    """A toneless word with its tone put where it belongs, or None where that is no Vietnamese syllable."""
    found = syllable(bare)
    if found is None or (tone and found.tone):
        return None
    at = len(bare) - len(found.rime) + tone_position(found.onset, found.rime)
    return nfc(bare[: at + 1] + tone + bare[at + 1 :])


def _read(word: str) -> tuple[str, int] | None:
    """The syllable that the keys spell, and how many of them were no letters."""
    key_of = _vni_key if any(char.isdigit() for char in word) else _telex_key
    keys = _Keys([])
    if not all(key_of(keys, key) for key in word):
        return None
    written = spelt("".join(keys.letters), keys.tone)
    return (written, keys.used) if written is not None and keys.used else None


@lru_cache(maxsize=4096)
def leftover(word: str) -> Leftover | None:
    """What a word (lower case) decodes to, or None where it is a word as it stands or decodes to nothing that people write."""
    if not 2 <= len(word) <= 12 or not _TYPED.fullmatch(word) or word in foreign_words():
        return None
    read = _read(word)
    if read is None or read[0] not in common_syllables():
        return None
    written, used = read
    letters = sum(char.isalpha() for char in word)
    digits = len(word) - letters
    if digits and letters < 2:
        return None
    certain = used > 1 or has_marks(word) or (word.startswith("dd") and not digits)
    return Leftover(written, certain)


def _cased(typed: str, written: str) -> str:
    if typed.isupper():
        return written.upper()
    return written[:1].upper() + written[1:] if typed[:1].isupper() else written


def telex_edits(text: str, words: Sequence[tuple[int, int]], known: Collection[str]) -> list[Edit]:
    """The edits that set keyboard leftovers right. ``words``: where the words of the text stand that may be touched;
    ``known``: words (lower case) that mean something as they are typed."""
    found: list[tuple[Edit, bool]] = []
    shouted = text.isupper()
    for place, (start, end) in enumerate(words):
        typed = text[start:end]
        # A capital inside a sentence, or one before another, begins a name, and names are never set right.
        following = text[words[place + 1][0]] if place + 1 < len(words) else ""
        is_name = typed[:1].isupper() and not shouted and (place > 0 or following.isupper())
        if is_name or typed.lower() in known:
            continue
        decoded = leftover(typed.lower())
        if decoded is not None:
            found.append((Edit(start, end, _cased(typed, decoded.written)), decoded.certain))
    failed = any(certain for _, certain in found) or (len(found) > 1 and len(found) >= _LEAST_SHARE * len(words))
    return [edit for edit, _ in found] if failed else []
