"""Misspelt words set right against the catalogue's own words, one letter at most; words that are known stay."""

from collections.abc import Mapping, Sequence

_SOUNDS = (
    *(("sh", "s"), ("x", "s"), ("s", "x"), ("tr", "ch"), ("ch", "tr"), ("gi", "d"), ("d", "gi"), ("r", "gi"), ("r", "d")),
    *(("n", "l"), ("l", "n"), ("f", "ph"), ("z", "d"), ("j", "gi"), ("w", "qu"), ("k", "c"), ("c", "k")),
)
_LETTERS = "abcdeghiklmnopqrstuvxy"
_SHORTEST = 3


def _edits(word: str) -> set[str]:
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    gone = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    changed = {a + letter + b[1:] for a, b in cuts if b for letter in _LETTERS}
    added = {a + letter + b for a, b in cuts for letter in _LETTERS}
    return gone | swapped | changed | added


def _sounding(word: str) -> set[str]:
    found = {to + word[len(start) :] for start, to in _SOUNDS if word.startswith(start)}
    return found | {word.replace("j", "i"), word.replace("y", "i"), word.replace("i", "y"), word.replace("w", "u")}


class Speller:
    """Knows the words of the catalogue and which stand side by side."""

    def __init__(self, vocabulary: Mapping[str, int], pairs: set[tuple[str, str]], known: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._pairs = pairs
        self._known = known

    def corrected(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words with unknown ones replaced where a catalogue word is one letter or one confused sound away."""
        found = list(words)
        for index, word in enumerate(found):
            if word in self._vocabulary or word in self._known or len(word) < _SHORTEST or not word.isalpha():
                continue
            before = found[index - 1] if index else ""
            after = found[index + 1] if index + 1 < len(found) else ""
            found[index] = self._best(word, before, after) or word
        return tuple(found)

    def _best(self, word: str, before: str, after: str) -> str | None:
        sounding = {w for w in _sounding(word) if w in self._vocabulary}
        near = sounding | {w for w in _edits(word) if w in self._vocabulary and len(w) >= 2}
        if not near:
            return None

        def rank(candidate: str) -> tuple[int, bool, int]:
            beside = ((before, candidate) in self._pairs) + ((candidate, after) in self._pairs)
            return beside, candidate in sounding, self._vocabulary[candidate]

        best = max(sorted(near), key=rank)
        # Without a neighbour that agrees, a short word is too easily another word.
        return best if rank(best)[0] or best in sounding or len(word) >= 5 else None
