"""Label values that somebody else invents (an event's name at a platform, a method of HTTP), kept to a bounded number."""

import threading

OTHER = "other"


class KnownWords:
    """Passes the first ``most`` different words on, and ``other`` for all later ones. Safe from several threads."""

    def __init__(self, most: int = 30, *, longest: int = 40) -> None:
        self._most, self._longest = most, longest
        self._words: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, word: str) -> str:
        """The word as a label."""
        word = word[: self._longest]
        if word in self._words:
            return word
        with self._lock:
            if len(self._words) >= self._most:
                return OTHER
            self._words.add(word)
        return word
