"""How well each intent is covered: how many examples, with and without marks, how many nearly the same, changed last when."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.authoring.documents import Block
from bot.authoring.example_checks import key_of, plain
from bot.authoring.workspace import Commit
from bot.language.normalise import has_marks

FEW = 60
"""Fewer examples than this are told: every shipped intent has more."""
THIN_SHARE = 0.05


@dataclass(frozen=True)
class Coverage:
    """``marked``/``unmarked``: examples with Vietnamese marks and without any; ``near``: examples that differ from another one of
    the intent in marks, case and punctuation alone; ``entities``: marks of entities; ``shared``: keys that stand in other intents
    too."""

    intent: str
    path: str
    examples: int
    marked: int
    near: int
    shared: int
    changed: Commit | None

    @property
    def unmarked(self) -> int:
        """Examples without any mark."""
        return self.examples - self.marked

    @property
    def marked_share(self) -> int:
        """In percent."""
        return round(100 * self.marked / self.examples) if self.examples else 0

    @property
    def few(self) -> bool:
        """Whether it needs more examples."""
        return self.examples < FEW


def is_button_act(block: Block) -> bool:
    """Whether the intent is one that only buttons send."""
    return all(example.text.startswith("/") for example in block.examples) and bool(block.examples)


def coverage_of(blocks: Iterable[Block], changed: Mapping[str, Commit]) -> list[Coverage]:
    """One row per intent that people can type, by name."""
    by_name: dict[str, list[Block]] = {}
    for block in blocks:
        if block.kind == "intent" and not is_button_act(block):
            by_name.setdefault(block.name, []).append(block)
    keys = {name: [key_of(one.text) for block in held for one in block.examples] for name, held in by_name.items()}
    intents_of = Counter(key for found in keys.values() for key in set(found) if key)
    rows = []
    for name, held in sorted(by_name.items()):
        texts = [plain(one.text) for block in held for one in block.examples]
        near = len(keys[name]) - len(set(keys[name]))
        shared = sum(1 for key in set(keys[name]) if intents_of[key] > 1)
        marked = sum(1 for text in texts if has_marks(text))
        rows.append(Coverage(name, held[0].path, len(texts), marked, near, shared, changed.get(held[0].path)))
    return rows
