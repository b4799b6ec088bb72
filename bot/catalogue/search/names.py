"""Names of procedures inside a question: exact wordings of the catalogue, found wherever they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_LONGEST = 14


@dataclass(frozen=True)
class Found:
    """A wording found at ``words[start:end]``, and the matters it belongs to."""

    start: int
    end: int
    matters: tuple[int, ...]


class NameFinder:
    """Wordings (folded words) and the numbers of their matters."""

    def __init__(self, wordings: Iterable[tuple[Sequence[str], int]]) -> None:
        gathered: dict[tuple[str, ...], dict[int, None]] = {}
        for words, matter in wordings:
            if words:
                gathered.setdefault(tuple(words), {})[matter] = None
        self._matters: Mapping[tuple[str, ...], tuple[int, ...]] = {words: tuple(matters) for words, matters in gathered.items()}
        self._first = {words[0] for words in gathered}

    def exact(self, words: Sequence[str]) -> tuple[int, ...]:
        """The matters whose wording is just these words."""
        return self._matters.get(tuple(words), ())

    def find(self, words: Sequence[str]) -> list[Found]:
        """All wordings in the text, longest first at each place; shorter ones inside a longer one are left out."""
        found: list[Found] = []
        covered = 0
        for start, word in enumerate(words):
            if word not in self._first:
                continue
            for end in range(min(len(words), start + _LONGEST), start, -1):
                matters = self._matters.get(tuple(words[start:end]))
                if matters:
                    if end > covered:
                        found.append(Found(start, end, matters))
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
