"""Edits of the training data as trainers mean them: from all texts by path to the new texts of the files that change."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

from bot.authoring.documents import Block, DocumentError, blocks_in, change_examples, edit_document, new_block
from bot.authoring.example_checks import key_of
from bot.authoring.git import Git
from bot.language.normalise import nfc

ENTITIES, SYNONYMS, ANSWERS, ALIASES = (
    "domain/entities.yml",
    "data/nlu/synonyms.yml",
    "domain/responses.yml",
    "data/catalogue/aliases/",
)
WORDINGS = ("aliases", "situations", "questions")
_BULLET = re.compile(r"^\s*[-*•]\s+")

Texts = Mapping[str, str]
Files = dict[str, str | None]


def lines_of(typed: str) -> list[str]:
    """The lines that somebody typed or pasted: composed, without bullets and blank ones, each once."""
    lines = (" ".join(_BULLET.sub("", nfc(line)).split()) for line in typed.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def block_of(texts: Texts, kind: str, name: str) -> Block:
    """The block of an intent, a synonym … Raises ``DocumentError`` (``no_block``)."""
    for block in blocks_in(texts):
        if (block.kind, block.name) == (kind, name):
            return block
    raise DocumentError("no_block")


def add_examples(git: Git, texts: Texts, intent: str, lines: Sequence[str]) -> Files:
    """Adds examples at the end of an intent; those that differ from one there in marks, case or punctuation alone are folded into
    it. Raises ``DocumentError``: ``no_block``, ``nothing_new``."""
    block = block_of(texts, "intent", intent)
    present = {key_of(example.text): example.text for example in block.examples}
    new = []
    for line in lines:
        if present.setdefault(key_of(line), line) == line:
            new.append(line)
    if not [line for line in new if line not in {example.text for example in block.examples}]:
        raise DocumentError("nothing_new")
    return {block.path: change_examples(git, texts[block.path], "intent", intent, add=new)}


def remove_examples(git: Git, texts: Texts, intent: str, examples: Sequence[str]) -> Files:
    """Removes examples of an intent. Raises ``DocumentError`` (``no_block``)."""
    block = block_of(texts, "intent", intent)
    return {block.path: change_examples(git, texts[block.path], "intent", intent, remove=examples)}


def replace_example(git: Git, texts: Texts, intent: str, old: str, new: str) -> Files:
    """Another wording for an example, in its place. Raises ``DocumentError``: ``no_block``, ``gone``."""
    block = block_of(texts, "intent", intent)
    if old not in {example.text for example in block.examples}:
        raise DocumentError("gone")
    return {block.path: change_examples(git, texts[block.path], "intent", intent, replace={old: new})}


def move_examples(git: Git, texts: Texts, intent: str, examples: Sequence[str], target: str) -> Files:
    """Moves examples to another intent. Raises ``DocumentError`` (``no_block``)."""
    removed = remove_examples(git, texts, intent, examples)
    other = block_of(texts, "intent", target)
    # Both may stand in one file.
    text = removed.get(other.path) or texts[other.path]
    return removed | {other.path: change_examples(git, text, "intent", target, add=examples)}


def add_entity(git: Git, texts: Texts, name: str) -> Files:
    """Declares an entity. Raises ``DocumentError``: ``there_already``."""

    def edit(document: Any) -> None:
        names = document.setdefault("entities", CommentedSeq())
        if name in names:
            raise DocumentError("there_already")
        names.append(name)

    return {ENTITIES: edit_document(git, texts.get(ENTITIES, 'version: "3.1"\nentities: []\n'), edit)}


def set_synonym(git: Git, texts: Texts, value: str, wordings: Sequence[str]) -> Files:
    """What people call ``value``: all wordings of it; none removes the synonym."""
    existing = next((block for block in blocks_in(texts) if (block.kind, block.name) == ("synonym", value)), None)
    if existing is not None and wordings:
        gone = [one.text for one in existing.examples if one.text not in wordings]
        text = change_examples(git, texts[existing.path], "synonym", value, add=wordings, remove=gone)
        return {existing.path: text}
    path = existing.path if existing is not None else SYNONYMS
    if path not in texts:
        return {path: new_block("synonym", value, wordings)}

    def edit(document: Any) -> None:
        blocks = document["nlu"]
        if existing is not None:
            blocks[:] = [one for one in blocks if one.get("synonym") != value]
        else:
            added = CommentedMap()
            added["synonym"] = value
            added["examples"] = LiteralScalarString("".join(f"- {one}\n" for one in wordings))
            blocks.append(added)

    if existing is not None and len(blocks_in({path: texts[path]})) == 1:
        return {path: None}
    return {path: edit_document(git, texts[path], edit)}


def set_answer(git: Git, texts: Texts, name: str, number: int, words: str, buttons: Sequence[tuple[str, str]]) -> Files:
    """Other words and buttons (title, payload) for one variation of an answer. Raises ``DocumentError`` (``no_block``)."""
    path = next(
        (path for path in sorted(texts) if path.startswith("domain/") and re.search(rf"^  {name}:", texts[path], re.M)), ANSWERS
    )

    def edit(document: Any) -> None:
        variations = (document.get("responses") or {}).get(name) or []
        if number >= len(variations):
            raise DocumentError("no_block")
        said = variations[number]
        if said.get("text") != words:
            said["text"] = _spoken(said.get("text"), words)
        if [(one.get("title"), one.get("payload")) for one in said.get("buttons") or ()] != list(buttons):
            kept = {(one.get("title"), one.get("payload")): one for one in said.get("buttons") or ()}
            said["buttons"] = CommentedSeq(
                kept.get(one) or CommentedMap([("title", one[0]), ("payload", one[1])]) for one in buttons
            )
            if not buttons:
                del said["buttons"]

    return {path: edit_document(git, texts[path], edit)}


def _spoken(old: Any, words: str) -> Any:
    """The words in the block style of those before them: one sentence a line where it was folded."""
    if not isinstance(old, FoldedScalarString):
        return LiteralScalarString(words + "\n") if "\n" in words else words
    lines = re.sub(r"(?<=[.?!]) (?=\w)", "\n", words)
    folded: Any = FoldedScalarString(words)
    # Ruamel keeps a folded text's line ends by their places.
    folded.fold_pos = [place for place, char in enumerate(lines) if char == "\n" and words[place] == " "]
    return folded


def set_wordings(git: Git, texts: Texts, path: str, code: str, wordings: Mapping[str, Sequence[str]]) -> Files:
    """People's words for the matter with this code (first of its codes). Raises ``DocumentError`` (``no_block``)."""

    def edit(document: Any) -> None:
        matter = next((one for one in document.get("matters") or () if code in (one.get("codes") or ())), None)
        if matter is None:
            raise DocumentError("no_block")
        for key in WORDINGS:
            wanted, present = list(wordings.get(key, ())), matter.get(key)
            if list(present or ()) == wanted:
                continue
            if not wanted:
                matter.pop(key, None)
            elif present is None:
                matter[key] = wanted
            else:
                present[:] = wanted

    return {path: edit_document(git, texts[path], edit)}
