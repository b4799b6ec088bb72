"""YAML documents that people edit: a round trip that keeps comments, order, quotes and blocks, and the examples in them.

Only texts that ``bot.authoring.safe_yaml.yaml_faults`` finds nothing wrong with are read here.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

from bot.authoring.git import Git
from bot.authoring.merging import merge_texts

NLU_FOLDER = "data/nlu/"
BLOCK_KINDS = ("intent", "synonym", "lookup", "regex")
_INDENTED_LIST = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ", re.MULTILINE)


class DocumentError(ValueError):
    """The document does not have the shape that the edit needs; the message is the key of the text that says so."""


def read_plain(text: str) -> Any:
    """The document's plain values. Raises ``yaml.YAMLError``."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def edit_document(git: Git, text: str, edit: Callable[[Any], None]) -> str:
    """The text after ``edit`` changed its document; lines that it did not touch stay as they are, to the letter. Raises
    ``DocumentError`` where the text cannot be read; what ``edit`` raises is passed on."""
    rounds = _rounds(text)
    try:
        document = rounds.load(text)
    except YAMLError as error:
        raise DocumentError("not_yaml") from error
    before = _dumped(rounds, document)
    edit(document)
    after = _dumped(rounds, document)
    if before == text:
        return after
    # The file's own way of writing differs from the dump's: only what the edit changed is carried over.
    merged = merge_texts(git, before, text, after)
    return after if merged.conflicts else merged.text


def _rounds(text: str) -> YAML:
    rounds = YAML()
    rounds.preserve_quotes = True
    rounds.width = 1_000_000
    rounds.allow_duplicate_keys = False
    first = _INDENTED_LIST.search(text)
    offset = 2 if first is not None and len(first[2]) > len(first[1]) else 0
    rounds.indent(mapping=2, sequence=2 + offset, offset=offset)
    return rounds


def _dumped(rounds: YAML, document: Any) -> str:
    out = io.StringIO()
    rounds.dump(document, out)
    return out.getvalue()


@dataclass(frozen=True)
class Example:
    """One example: its text with Rasa's entity marks, and the line on which it stands (0 where that is not known)."""

    text: str
    line: int


@dataclass(frozen=True)
class Block:
    """One block of a file under ``data/nlu``. ``kind``: one of ``BLOCK_KINDS``; ``editable``: its examples are plain lines."""

    path: str
    kind: str
    name: str
    examples: tuple[Example, ...]
    line: int
    editable: bool = True


def nlu_blocks(path: str, text: str) -> list[Block]:
    """The blocks of one file, in order; empty where it holds none. Raises ``yaml.YAMLError``."""
    tree = yaml.compose(text, Loader=yaml.CSafeLoader)
    found: list[Block] = []
    for node in _items(_value(tree, "nlu")):
        for kind in BLOCK_KINDS:
            name = _value(node, kind)
            if isinstance(name, yaml.ScalarNode):
                examples = _value(node, "examples")
                line = node.start_mark.line + 1
                found.append(
                    Block(path, kind, name.value, tuple(_examples(examples)), line, isinstance(examples, yaml.ScalarNode))
                )
                break
    return found


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if isinstance(name, yaml.ScalarNode) and name.value == key), None)


def _items(node: yaml.Node | None) -> Sequence[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def _examples(node: yaml.Node | None) -> Iterator[Example]:
    if isinstance(node, yaml.ScalarNode):
        first = node.start_mark.line + (2 if node.style in ("|", ">") else 1)
        for offset, line in enumerate(str(node.value).split("\n")):
            if line.lstrip().startswith("- "):
                yield Example(line.lstrip()[2:].strip(), first + offset if node.style == "|" else node.start_mark.line + 1)
    for item in _items(node):
        text = item if isinstance(item, yaml.ScalarNode) else _value(item, "text")
        if isinstance(text, yaml.ScalarNode):
            yield Example(str(text.value).strip().removeprefix("- "), text.start_mark.line + 1)


def blocks_in(texts: Mapping[str, str]) -> list[Block]:
    """The blocks of all files under ``data/nlu``. Raises ``yaml.YAMLError``."""
    return [block for path in sorted(texts) if path.startswith(NLU_FOLDER) for block in nlu_blocks(path, texts[path])]


def change_examples(
    git: Git,
    text: str,
    kind: str,
    name: str,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    replace: Mapping[str, str] | None = None,
) -> str:
    """The file's text with examples of one block added at its end, removed, and replaced in their place. What is added and there
    already is left out; what is to go or to change and is not there (any more) is passed over.

    Raises ``DocumentError``: ``no_block``, ``not_lines`` (the examples are not plain lines), ``not_yaml``."""
    gone, other = set(remove), replace or {}

    def edit(document: Any) -> None:
        block = next((one for one in document.get("nlu") or () if one.get(kind) == name), None)
        if block is None:
            raise DocumentError("no_block")
        held = block.get("examples", "")
        if not isinstance(held, str):
            raise DocumentError("not_lines")
        lines = []
        for line in held.split("\n"):
            said = line.lstrip().removeprefix("- ").strip() if line.lstrip().startswith("- ") else None
            if said is None:
                lines += [line] if line.strip() else []
            elif said in other:
                lines.append(f"- {other[said]}")
            elif said not in gone:
                lines.append(line)
        present = {line.lstrip().removeprefix("- ").strip() for line in lines}
        lines += [f"- {one}" for one in dict.fromkeys(add) if one not in present]
        written = LiteralScalarString("".join(f"{line}\n" for line in lines))
        if (below := getattr(held, "comment", None)) is not None:
            written.comment = below  # a comment between this block and the next one
        block["examples"] = written

    return edit_document(git, text, edit)


def new_block(kind: str, name: str, examples: Sequence[str]) -> str:
    """The text of a new file with one block."""
    lines = "".join(f"    - {example}\n" for example in dict.fromkeys(examples))
    return f'version: "3.1"\nnlu:\n- {kind}: {name}\n  examples: |\n{lines}'
