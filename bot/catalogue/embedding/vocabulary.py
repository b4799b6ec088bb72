"""Which pieces of a 250,000-piece multilingual vocabulary a Vietnamese assistant needs.

No corpus: every well-formed syllable with every tone, in four spellings, plus single characters, pieces with a letter that
only Vietnamese has, the commonest ASCII pieces, and whatever texts the caller adds (the catalogue's names).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from bot.language.normalise import fold

ONSETS = (
    "",
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gh",
    "gi",
    "h",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "ngh",
    "nh",
    "p",
    "ph",
    "q",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
)
RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec em en eng eo ep et i ia ich im in inh ip it iu o oa oac oach oai oam oan "
    "oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong ooc oong op ot u ua uan uang uc ue ui uich uinh um un ung uo "
    "up ut uy uya uych uyn uynh uyt uyp uyu y yn ynh ă ăc ăm ăn ăng ăp ăt oăc oăm oăn oăng oăt â âc âm ân âng âp ât âu ây "
    "uân uâng uât uây ê êch êm ên êng ênh êp êt êu iê iêc iêm iên iêng iêp iêt iêu uê uêch uên uênh uyên uyêt uyêng yê yêm "
    "yên yêng yêt yêu ô ôc ôi ôm ôn ông ôp ôt uô uôc uôi uôm uôn uông uôp uôt ơ ơi ơm ơn ơp ơt uơ ư ưa ưc ưi ưm ưn ưng ưp "
    "ưt ưu ươ ươc ươi ươm ươn ương ươp ươt ươu"
)
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_STOPPED = ("c", "ch", "p", "t")
_OWN_LETTERS = frozenset("đơưĐƠƯ") | {chr(code) for code in range(0x1EA0, 0x1EFA)}
_SCRIPT_STARTS = 0x250
_SIGN_RANGES = ((0x1E00, 0x1F00), (0x2000, 0x2C00), (0x1F000, 0x20000))
_ASCII_PIECES = 15_000


class PieceTokenizer(Protocol):
    """What is needed of a tokenizer with the full vocabulary: the piece ids of each text."""

    def piece_ids(self, texts: Sequence[str]) -> set[int]: ...


def _with_tone(rime: str, tone: str) -> Iterator[str]:
    """The rime with its tone on each vowel that may carry it (both placements, ``oà`` and ``òa``)."""
    vowels = [i for i, char in enumerate(rime) if fold(char) in "aeiouy"]
    for index in vowels if tone else vowels[:1]:
        yield unicodedata.normalize("NFC", rime[: index + 1] + tone + rime[index + 1 :])


def vietnamese_syllables() -> Iterator[str]:
    """Every combination of onset, rime and tone that spelling allows, in lower case; many are no words, none is left out."""
    for onset in ONSETS:
        for rime in RIMES.split():
            for tone in _TONES:
                if rime.endswith(_STOPPED) and tone not in ("", "\u0301", "\u0323"):
                    continue
                for spelled in _with_tone(rime, tone):
                    yield onset + spelled


def _spellings(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from {text, text.lower(), text.title(), text.upper(), fold(text)}


def _is_vietnamese(piece: str) -> bool:
    return any(char in _OWN_LETTERS for char in piece)


def _is_sign(piece: str) -> bool:
    """A single Latin letter, digit, sign or emoji; no letter of another script."""
    char = piece.strip("▁") or " "
    return len(char) == 1 and (ord(char) < _SCRIPT_STARTS or any(low <= ord(char) < high for low, high in _SIGN_RANGES))


def kept_pieces(
    tokenizer: PieceTokenizer, pieces: Sequence[str], scores: Sequence[float], texts: Iterable[str], specials: Iterable[int]
) -> list[int]:
    """The ids to keep, in order: the special ones, and all that Vietnamese administrative text is cut into."""
    keep = set(specials)
    keep |= tokenizer.piece_ids(list(_spellings(vietnamese_syllables())))
    keep |= tokenizer.piece_ids(list(_spellings(texts)))
    keep |= {i for i, piece in enumerate(pieces) if _is_sign(piece) or _is_vietnamese(piece)}
    ascii_ids = [i for i, piece in enumerate(pieces) if piece.replace("▁", "").isascii() and i not in keep]
    keep |= set(sorted(ascii_ids, key=lambda i: -scores[i])[:_ASCII_PIECES])
    return sorted(keep)
