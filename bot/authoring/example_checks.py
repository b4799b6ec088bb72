"""Checks of examples: private numbers, marks of entities, doubles, contradictions, and sentences of the sets that measure."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from bot.authoring.documents import Block, Example
from bot.authoring.faults import Fault
from bot.language.masking import find_private
from bot.language.normalise import fold

LONGEST_EXAMPLE = 1_000
NEAR = 0.8
_WORDS = re.compile(r"\w+")
_MARK = re.compile(r"\[(?P<text>[^\[\]]*)\](?:\((?P<name>[^()]*)\)|(?P<json>\{[^{}]*\}))")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEST_FILES = ("intents_dev.tsv", "intents_dev2.tsv", "intents_test.tsv")


@lru_cache(maxsize=65_536)
def plain(example: str) -> str:
    """What a citizen would have typed: the example without the marks of entities."""
    return _MARK.sub(lambda mark: mark["text"], example)


@lru_cache(maxsize=65_536)
def key_of(example: str) -> str:
    """What two examples share that differ in marks, case and punctuation alone; empty where there is no word."""
    return " ".join(_WORDS.findall(fold(plain(example))))


def test_sentences(data_dir: Path) -> dict[str, str]:
    """The sentences of the sets that measure models, by their key, with the file in which each stands."""
    found: dict[str, str] = {}
    for name in _TEST_FILES:
        path = data_dir / "eval" / name
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines()[1:]:
                if key := key_of(line.split("\t", 1)[0]):
                    found.setdefault(key, name)
    return found


def marks_in(example: str) -> Iterator[tuple[str, str]]:
    """(marked words, entity) of every mark; the entity is empty where it cannot be read."""
    for mark in _MARK.finditer(example):
        if mark["name"] is not None:
            yield mark["text"], mark["name"].partition(":")[0]
            continue
        try:
            named = json.loads(mark["json"])
        except ValueError:
            named = {}
        yield mark["text"], str(named.get("entity", "")) if isinstance(named, dict) else ""


def example_faults(block: Block, example: Example, entities: Collection[str]) -> Iterator[Fault]:
    """What is wrong with one example by itself."""

    def fault(code: str, **values: object) -> Fault:
        return Fault(block.path, example.line, code, {"example": shortened(example.text)} | values)

    text = plain(example.text)
    if not text.strip():
        yield Fault(block.path, example.line, "empty_example", {"name": block.name})
        return
    if len(text) > LONGEST_EXAMPLE:
        yield fault("long_example", most=LONGEST_EXAMPLE)
        return
    if block.kind != "regex" and find_private(text):
        # The sentence is not repeated: the number in it is what must not stand anywhere.
        yield Fault(block.path, example.line, "private_number", {"name": block.name})
    if block.kind != "intent":
        return
    if text.startswith("/") and text != f"/{block.name}":
        yield fault("slash_example")
    yield from mark_faults(block, example, entities)


def mark_faults(block: Block, example: Example, entities: Collection[str]) -> Iterator[Fault]:
    """What is wrong with the marks of entities in one example."""
    values = {"example": shortened(example.text)}
    for words, entity in marks_in(example.text):
        if not words.strip() or not _NAME.fullmatch(entity):
            yield Fault(block.path, example.line, "broken_mark", values)
        elif entity not in entities:
            yield Fault(block.path, example.line, "unknown_entity", values | {"entity": entity})
    if re.search(r"\]\s?[({]|\[[^\]]*$", _MARK.sub("", example.text)):
        yield Fault(block.path, example.line, "broken_mark", values)


def meeting_faults(blocks: Sequence[Block], before: Collection[tuple[str, str]], tests: Mapping[str, str]) -> Iterator[Fault]:
    """What is wrong with examples beside others. ``before``: (intent, example) of what stood there already, which is no news.
    ``tests``: see ``test_sentences``."""
    owners: dict[str, list[tuple[Block, Example]]] = defaultdict(list)
    for block in blocks:
        if block.kind == "intent":
            for example in block.examples:
                if key := key_of(example.text):
                    owners[key].append((block, example))
    known = set(before)
    new = [(key, block, one) for key, held in owners.items() for block, one in held if (block.name, one.text) not in known]
    for key, block, example in new:
        yield from _beside(block, example, owners[key])
        if key in tests:
            values = {"example": shortened(example.text), "file": f"data/eval/{tests[key]}"}
            yield Fault(block.path, example.line, "test_sentence", values)
    near = _NearTests(tests)
    for key, block, example in new:
        if key not in tests and (name := near.file_of(key)) is not None:
            values = {"example": shortened(example.text), "file": f"data/eval/{name}"}
            yield Fault(block.path, example.line, "near_test_sentence", values, "warning")
    yield from _twice(blocks, known)


def _beside(block: Block, example: Example, held: Iterable[tuple[Block, Example]]) -> Iterator[Fault]:
    for other, twin in held:
        values = {"example": shortened(example.text), "other": other.name, "twin": shortened(twin.text)}
        where = {"path": other.path, "line": twin.line}
        if other.name != block.name:
            yield Fault(block.path, example.line, "contradiction", values | where)
            return
        if twin is not example and twin.text != example.text:
            yield Fault(block.path, example.line, "near_duplicate", values | where, "warning")
            return


def _twice(blocks: Iterable[Block], known: Collection[tuple[str, str]]) -> Iterator[Fault]:
    for block in blocks:
        counts = Counter(example.text for example in block.examples)
        for example in block.examples:
            if counts[example.text] > 1 and block.kind == "intent":
                counts[example.text] = 0
                new = (block.name, example.text) not in known
                values = {"example": shortened(example.text)}
                yield Fault(block.path, example.line, "duplicate", values, "error" if new else "warning")


class _NearTests:
    """Finds the test sentence that shares at least ``NEAR`` of its words with another: two such sentences share one of their
    rarest words, so only those with one of them in common are compared."""

    def __init__(self, tests: Mapping[str, str]) -> None:
        self._words = [(frozenset(key.split()), name) for key, name in tests.items()]
        self._often = Counter(word for words, _ in self._words for word in words)
        self._at: dict[str, list[int]] = defaultdict(list)
        for number, (words, _) in enumerate(self._words):
            for word in words:
                self._at[word].append(number)

    def file_of(self, key: str) -> str | None:
        """The file of a sentence that is nearly this one."""
        words = frozenset(key.split())
        rarest = sorted(words, key=lambda word: (self._often[word], word))[: math.floor((1 - NEAR) * len(words)) + 1]
        for number in {number for word in rarest for number in self._at.get(word, ())}:
            known, name = self._words[number]
            if len(words & known) >= NEAR * len(words | known):
                return name
        return None


def shortened(text: str) -> str:
    """An example as it is repeated in a message, private numbers never."""
    if find_private(text):
        return "…"
    return text if len(text) <= 80 else text[:79] + "…"
