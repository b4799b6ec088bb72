"""Names of procedures inside a question: exact wordings of the catalogue, found wherever they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_LONGEST = 14


@dataclass(frozen=True)
class Found:
    """A wording found at ``words[start:end]``, and the codes it belongs to."""

    start: int
    end: int
    codes: tuple[str, ...]


class NameFinder:
    """Wordings (folded words) and their codes."""

    def __init__(self, wordings: Iterable[tuple[Sequence[str], str]]) -> None:
        gathered: dict[tuple[str, ...], dict[str, None]] = {}
        for words, code in wordings:
            if words:
                gathered.setdefault(tuple(words), {})[code] = None
        self._codes: Mapping[tuple[str, ...], tuple[str, ...]] = {words: tuple(codes) for words, codes in gathered.items()}
        self._first = {words[0] for words in gathered}

    def exact(self, words: Sequence[str]) -> tuple[str, ...]:
        """The codes whose wording is just these words."""
        return self._codes.get(tuple(words), ())

    def find(self, words: Sequence[str]) -> list[Found]:
        """All wordings in the text, longest first at each place; shorter ones inside a longer one are left out."""
        found: list[Found] = []
        covered = 0
        for start, word in enumerate(words):
            if word not in self._first:
                continue
            for end in range(min(len(words), start + _LONGEST), start, -1):
                codes = self._codes.get(tuple(words[start:end]))
                if codes:
                    if end > covered:
                        found.append(Found(start, end, codes))
                        covered = end
                    break
        return found

    def positions(self, words: Sequence[str]) -> frozenset[int]:
        """All positions that belong to a wording."""
        return frozenset(i for found in self.find(words) for i in range(found.start, found.end))


_LEADS = tuple(
    tuple(lead.split())
    for lead in ("dang ky", "thu tuc", "khai bao", "thong bao", "cap", "lam", "xin", "giay", "cap giay", "lam giay", "xin giay")
)


def core(words: Sequence[str]) -> tuple[str, ...]:
    """The wording without the verb of applying before it ("đăng ký khai tử" is "khai tử"), or empty where too little is
    left to name anything."""
    rest = tuple(words)
    for lead in sorted(_LEADS, key=len, reverse=True):
        if rest[: len(lead)] == lead:
            rest = rest[len(lead) :]
            break
    return rest if len(rest) >= 2 and rest != tuple(words) else ()
