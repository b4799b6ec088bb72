"""Labelled messages as lines of the training data."""

from bot.labelling.settled import SettledExample


def example_line(label: SettledExample) -> str:
    """The message with the marks of its entities as Rasa writes them. Brackets that the citizen typed become round ones, so that
    nothing else is read as a mark, and what looks like a button's act loses its slash."""
    pieces, last = [], 0
    for entity in sorted(label.entities, key=lambda one: one.start):
        if entity.start < last:
            continue
        marked = _without_marks(label.text[entity.start : entity.end])
        pieces += [_without_marks(label.text[last : entity.start]), f"[{marked}]({entity.kind})"]
        last = entity.end
    line = "".join(pieces) + _without_marks(label.text[last:])
    return " ".join(line.split()).lstrip("/- ")


def _without_marks(text: str) -> str:
    return text.translate(str.maketrans("[]{}", "()()"))
