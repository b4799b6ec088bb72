"""What the training examples of a project teach: the intents that people can mean, and the texts that can test nothing."""

import re
from collections.abc import Mapping, Sequence

import yaml

from bot.authoring.documents import blocks_in
from bot.training.texts import text_key

_ENTITY = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
"""A marked entity of an example: ``[Từ Sơn](place)``."""


def taught_by(texts: Mapping[str, str]) -> tuple[Sequence[str], frozenset[str]]:
    """The intents with examples that people may type, and the keys of all these examples. ``texts``: the files under
    ``data/nlu/`` by their path in the project; one that cannot be read teaches nothing."""
    intents: set[str] = set()
    keys: set[str] = set()
    for path, text in texts.items():
        try:
            blocks = blocks_in({path: text})
        except yaml.YAMLError:
            continue
        for block in blocks:
            typed = [example.text for example in block.examples if not example.text.startswith("/")]
            if block.kind == "intent" and typed:
                intents.add(block.name)
                keys.update(text_key(_ENTITY.sub(r"\1", example)) for example in typed)
    return sorted(intents), frozenset(keys)
