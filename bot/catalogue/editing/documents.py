"""One procedure's YAML, changed without touching what was not changed: comments, order and quotes of the rest survive.

ruamel.yaml carries comments through a change; it would wrap other lines anew, so the text of every part whose value is the same
is taken from the old text. What results is read again and compared: a text that does not say what was meant is never given out.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError as RuamelError

from bot.catalogue.yaml_files import MAX_BYTES, is_too_deep

_WIDTH = 110


class UnreadableDocumentError(ValueError):
    """The stored text is no procedure that a form could change; it must be mended by hand first."""


def plain(text: str) -> Any:
    """The values of a YAML text. Raises ``UnreadableDocumentError``."""
    _refuse_depth(text)
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableDocumentError("the text is no valid YAML") from error


def load_document(text: str) -> CommentedMap:
    """The text with its comments. Raises ``UnreadableDocumentError``."""
    if len(text.encode()) > MAX_BYTES:
        raise UnreadableDocumentError("the text is too large")
    _refuse_depth(text)
    try:
        document = _yaml().load(text)
    except (RuamelError, ValueError, RecursionError) as error:
        raise UnreadableDocumentError("the text is no valid YAML") from error
    if not isinstance(document, CommentedMap):
        raise UnreadableDocumentError("the text holds no procedure")
    return document


def _refuse_depth(text: str) -> None:
    if is_too_deep(text):
        raise UnreadableDocumentError("the text is nested too deeply")


def changed_text(before: str, document: CommentedMap) -> str:
    """The text after ``document`` (loaded from ``before``) was changed."""
    made = io.StringIO()
    _yaml().dump(document, made)
    whole = made.getvalue()
    wanted = plain(whole)
    spliced = "".join(_spliced(_lines(before), _lines(whole), plain(before), wanted, 0))
    try:
        return spliced if plain(spliced) == wanted else whole
    except UnreadableDocumentError:
        return whole


def _yaml() -> YAML:
    made = YAML()
    made.preserve_quotes = True
    made.width = _WIDTH
    made.indent(mapping=2, sequence=4, offset=2)
    made.representer.add_representer(type(None), lambda r, _: r.represent_scalar("tag:yaml.org,2002:null", "null"))
    return made


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]


@dataclass
class _Blocks:
    """Lines before the first entry, and the lines of each entry (a key of a mapping, an item of a list)."""

    head: list[str]
    entries: list[list[str]]


def _blocks(lines: Sequence[str], indent: int, *, items: bool) -> _Blocks:
    starts = re.compile(rf" {{{indent}}}" + (r"- " if items else r"(?![\s#-])"))
    found = _Blocks([], [])
    for line in lines:
        if starts.match(line):
            found.entries.append([line])
        elif found.entries:
            found.entries[-1].append(line)
        else:
            found.head.append(line)
    return found


def _spliced(old: list[str], new: list[str], was: Any, now: Any, indent: int) -> list[str]:
    """The new lines of a value, with the old lines of every part of it that says the same."""
    if was == now:
        return old
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return _spliced_mapping(old, new, was, now, indent)
    if isinstance(was, list) and isinstance(now, list):
        return _spliced_list(old, new, was, now, indent)
    return new


def _spliced_mapping(old: list[str], new: list[str], was: Mapping[str, Any], now: Mapping[str, Any], indent: int) -> list[str]:
    before, after = _blocks(old, indent, items=False), _blocks(new, indent, items=False)
    if len(before.entries) != len(was) or len(after.entries) != len(now):
        return new
    lines_of = dict(zip(was, before.entries, strict=True))
    made = list(before.head)
    for (key, value), lines in zip(now.items(), after.entries, strict=True):
        made += _spliced_entry(lines_of[key], lines, was[key], value, indent) if key in was else lines
    return made


def _spliced_entry(old: list[str], new: list[str], was: Any, now: Any, indent: int) -> list[str]:
    """One key with its value: the value begins on the next line, or the whole is taken as it is."""
    if was == now:
        return old
    opens = len(old) > 1 and len(new) > 1 and old[0] == new[0] and old[0].rstrip().endswith(":")
    return [old[0], *_spliced(old[1:], new[1:], was, now, indent + 2)] if opens else new


def _spliced_list(old: list[str], new: list[str], was: list[Any], now: list[Any], indent: int) -> list[str]:
    before, after = _blocks(old, indent, items=True), _blocks(new, indent, items=True)
    if len(before.entries) != len(was) or len(after.entries) != len(now):
        return new
    made = list(before.head)
    names = ([repr(value) for value in was], [repr(value) for value in now])
    for tag, start, end, first, last in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        for number in range(first, last):
            place = start + number - first
            if tag == "equal":
                made += before.entries[place]
            elif tag == "replace" and place < end:
                made += _spliced_item(before.entries[place], after.entries[number], was[place], now[number], indent)
            else:
                made += after.entries[number]
    return made


def _spliced_item(old: list[str], new: list[str], was: Any, now: Any, indent: int) -> list[str]:
    """An item that is a mapping, its first key beside the dash."""
    if not isinstance(was, dict) or not isinstance(now, dict):
        return new
    dash, blank = " " * indent + "- ", " " * (indent + 2)
    opened = [[blank + lines[0].removeprefix(dash), *lines[1:]] for lines in (old, new)]
    made = _spliced_mapping(opened[0], opened[1], was, now, indent + 2)
    return [dash + made[0].removeprefix(blank), *made[1:]] if made and made[0].startswith(blank) else new
