"""Fields of public work (lĩnh vực) in a text, by what people call them; ``tables/fields.yml``."""

from functools import cache

from bot.language.normalise import nfc
from bot.language.phrases import PhraseIndex
from bot.language.tables import load_table


@cache
def _fields() -> PhraseIndex[str]:
    rows = load_table("fields")["fields"]
    return PhraseIndex((str(words), str(name)) for row in rows for words in row["words"] for name in row["official"])


def fields_named(text: str) -> frozenset[str]:
    """The official names of the fields that a text names, with or without marks: "chuyện đất đai" names ``Đất đai``."""
    return frozenset(name for match in _fields().find(nfc(text).lower()) for name in match.values)
