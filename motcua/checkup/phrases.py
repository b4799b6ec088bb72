"""What the doctor says, in both languages: a text in Vietnamese that knows how it reads in English."""

from collections.abc import Iterable

from bot.texts import say

_HOME = "vi"


class Phrase(str):
    """The Vietnamese text of a key of ``bot/texts/doctor.*.yml``, with its values filled in; values may be phrases themselves."""

    __slots__ = ("_key", "_values")
    _key: str
    _values: dict[str, object]

    def __new__(cls, key: str, **values: object) -> "Phrase":
        """Raises ``KeyError`` for an unknown key or a missing value."""
        made = super().__new__(cls, say(f"doctor_{key}", _HOME, **values))
        made._key, made._values = key, values
        return made

    def spoken(self, language: str) -> str:
        """The text in a language."""
        return say(
            f"doctor_{self._key}", language, **{name: in_language(value, language) for name, value in self._values.items()}
        )


class Named(str):
    """A name that is another one in English."""

    __slots__ = ("_english",)
    _english: str

    def __new__(cls, vietnamese: str, english: str) -> "Named":
        """Both names."""
        made = super().__new__(cls, vietnamese)
        made._english = english
        return made

    def spoken(self, language: str) -> str:
        """The name in a language."""
        return str(self) if language == _HOME else self._english


class Several(str):
    """Phrases in a row."""

    __slots__ = ("_phrases",)
    _phrases: tuple[Phrase, ...]

    def __new__(cls, phrases: Iterable[Phrase]) -> "Several":
        """In their order."""
        kept = tuple(phrases)
        made = super().__new__(cls, "; ".join(kept))
        made._phrases = kept
        return made

    def spoken(self, language: str) -> str:
        """All of them in a language."""
        return "; ".join(one.spoken(language) for one in self._phrases)


def in_language(text: object, language: str) -> object:
    """A phrase in this language; anything else (a name, a number, a message of a library) as it is."""
    return text.spoken(language) if isinstance(text, Phrase | Several | Named) else text
