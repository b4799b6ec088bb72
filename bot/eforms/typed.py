"""A citizen's words as they go into a form: one line of composed letters, and nothing else changed.

Cleaning for understanding squeezes stretched letters ("hokkkk"); a shop may be called "AAA".
"""

from bot.language.normalise import nfc, visible


def as_typed(text: str) -> str:
    """The text in composed letters, without invisible characters, with plain dashes and single blanks; line breaks stay."""
    shown = nfc("".join(visible(char) for char in text))
    lines = (" ".join(line.split()) for line in shown.split("\n"))
    return "\n".join(line for line in lines if line)
