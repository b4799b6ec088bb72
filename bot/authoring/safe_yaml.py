"""Whether a text is YAML that may be read at all: looked at event by event, so that nothing is built from a hostile file."""

import re
import unicodedata
from collections.abc import Iterator

import yaml

from bot.authoring.faults import Fault

MOST_BYTES = 4_000_000
MOST_DEPTH = 24
MOST_NODES = 300_000
_TOO_DEEP = re.compile(r"(?:[-?:][ \t\r\n]+){40}|[\[{\s,]{200}[\[{]|(?:[\[{]\s*){40}")


def decoded(path: str, raw: bytes) -> str | Fault:
    """The text of a file's bytes: UTF-8 without a mark at the beginning, ``\\n`` as line ends; else what is wrong."""
    if len(raw) > MOST_BYTES:
        return Fault(path, 0, "too_large", {"most": MOST_BYTES // 1_000_000})
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Fault(path, raw[: error.start].count(b"\n") + 1, "not_utf8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def yaml_faults(path: str, text: str) -> list[Fault]:
    """Everything that forbids reading the text as YAML; empty where it may be read."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        return [Fault(path, 0, "too_large", {"most": MOST_BYTES // 1_000_000})]
    odd = next(_odd_letters(path, text), None)
    if odd is not None:
        return [odd]
    if _TOO_DEEP.search(text):
        return [Fault(path, 0, "too_deep", {"most": MOST_DEPTH})]
    try:
        return list(_events(path, text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [Fault(path, line, "not_yaml", {"problem": (error.problem or "")[:160]})]
    except yaml.YAMLError as error:
        return [Fault(path, 1, "not_yaml", {"problem": str(error).splitlines()[0][:160]})]


def _odd_letters(path: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.split("\n"), start=1):
        if any(unicodedata.category(c) in ("Cc", "Cs", "Co") or c == "\N{REPLACEMENT CHARACTER}" for c in line if c != "\t"):
            yield Fault(path, number, "odd_letters")
        if not unicodedata.is_normalized("NFC", line):
            yield Fault(path, number, "decomposed")


def _events(path: str, text: str) -> Iterator[Fault]:
    open_nodes: list[set[str] | None] = []
    expects_key: list[bool] = []
    nodes = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = _line(event)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield Fault(path, line, "several_documents")
                return
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield Fault(path, line, "anchor")
            return
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if nodes > MOST_NODES:
                yield Fault(path, line, "too_many_nodes", {"most": MOST_NODES})
                return
            if (tag := getattr(event, "tag", None)) not in (None, "!"):
                yield Fault(path, line, "tag", {"tag": str(tag)[:60]})
            yield from _as_key(path, line, event, open_nodes, expects_key)
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(set() if isinstance(event, yaml.MappingStartEvent) else None)
            expects_key.append(isinstance(event, yaml.MappingStartEvent))
            if len(open_nodes) > MOST_DEPTH:
                yield Fault(path, line, "too_deep", {"most": MOST_DEPTH})
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
            expects_key.pop()


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _as_key(
    path: str, line: int, event: yaml.NodeEvent, open_nodes: list[set[str] | None], expects_key: list[bool]
) -> Iterator[Fault]:
    """A mapping's keys are plain, and each stands once."""
    if not open_nodes or open_nodes[-1] is None:
        return
    if not expects_key[-1]:
        expects_key[-1] = True
        return
    expects_key[-1] = False
    if not isinstance(event, yaml.ScalarEvent):
        yield Fault(path, line, "odd_key")
    elif event.value == "<<":
        yield Fault(path, line, "anchor")
    elif event.value in open_nodes[-1]:
        yield Fault(path, line, "double_key", {"key": event.value[:60]})
    else:
        open_nodes[-1].add(event.value)
