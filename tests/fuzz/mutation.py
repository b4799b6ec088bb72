"""What a hostile or broken sender makes of a good input: changed values in a JSON body, changed bytes in a file, changed parts
in a zip. Strategies of hypothesis, so that what breaks a parser is made small before it is shown."""

import copy
import io
import json
import warnings
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "a\u0301" * 40,
    "\u202e",
    "﻿",
    "\u2028",
    "👩‍👩‍👧‍👦",
    "۱۲۳",
    "０１２３",
    "-0",
    "1e999",
    "NaN",
    "null",
    "true",
    "../../etc/hostname",
    "javascript:alert(1)",
    "http://127.0.0.1/",
    "file:///etc/hostname",
    "⟦phone:1⟧",
    "{{7*7}}",
    "%s%n",
    "'; --",
    "x" * 5_000,
    "9" * 5_000,
    "b:" + "A" * 32,
    "2026-13-45T99:99:99Z",
    "0001-01-01",
    "/start ",
)
_RAW = {
    "deep list": "[" * 50_000 + "]" * 50_000,
    "long number": "9" * 5_000,
    "open object": '{"a":' * 20_000,
    "no constant": "-Infinity",
}
_ODD_NUMBERS = (0, -1, 2**31, 2**63, 2**64, -(2**63), 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"))
_ODD_VALUES: tuple[Any, ...] = (None, True, False, [], {}, [[]], [{}], {"": ""}, *_ODD_TEXTS, *_ODD_NUMBERS, *_RAW)


def words() -> SearchStrategy[str]:
    """Any text that Python can hold, lone surrogates too."""
    return st.text(st.characters(exclude_categories=()), max_size=60)


def odd_values() -> SearchStrategy[Any]:
    """A JSON value that a careless reader would not expect."""
    leaves = st.sampled_from(_ODD_VALUES) | words() | st.integers()
    return (
        leaves
        | st.lists(leaves, max_size=3)
        | st.dictionaries(words(), leaves, max_size=3)
        | st.builds(_nested, st.sampled_from((30, 150)))
    )


def _nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [place for key, inner in value.items() for place in _places(inner, (*path, key))]
    elif isinstance(value, list):
        found += [place for at, inner in enumerate(value) for place in _places(inner, (*path, at))]
    return found


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def changed_values(draw: DrawFn, seeds: Sequence[Any]) -> Any:
    """A good JSON value with up to four of its parts changed."""
    value = copy.deepcopy(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(_places(value)))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return draw(odd_values())
            continue
        holder, last = _at(value, path[:-1]), path[-1]
        match draw(st.sampled_from(("replace", "replace", "drop", "rename", "repeat", "swap"))):
            case "replace":
                holder[last] = draw(odd_values())
            case "drop":
                del holder[last]
            case "rename" if isinstance(holder, dict):
                holder[draw(words())] = holder.pop(last)
            case "repeat":
                holder[last] = [holder[last]] * draw(st.sampled_from((0, 2, 300)))
            case "swap":
                holder[last] = copy.deepcopy(_at(value, draw(st.sampled_from(_places(value)))))
    return value


def _written(value: Any, *, ascii_only: bool) -> bytes:
    """The value as JSON; some texts in it become what Python's own writer cannot write."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    for name, raw in _RAW.items():
        text = text.replace(f'"{name}"', raw)
    return text.encode("utf-8", "surrogatepass")


@st.composite
def json_bodies(draw: DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Good bodies changed in their values, and now and then in their bytes."""
    if draw(st.integers(0, 4)) == 0:
        return draw(changed_bytes(seeds))
    body = _written(draw(changed_values([json.loads(seed) for seed in seeds])), ascii_only=draw(st.booleans()))
    return draw(changed_bytes([body])) if draw(st.integers(0, 9)) == 0 else body


@st.composite
def changed_bytes(draw: DrawFn, seeds: Sequence[bytes], *, most_changes: int = 6) -> bytes:
    """Good bytes with a few of them turned, dropped, put in, doubled, cut off or grafted from another; or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    made = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, most_changes))):
        at = draw(st.integers(0, len(made)))
        end = min(len(made), at + draw(st.sampled_from((1, 2, 4, 16, 400))))
        match draw(st.sampled_from(("turn", "turn", "drop", "put", "double", "cut", "graft", "number"))):
            case "turn" if at < len(made):
                made[at] ^= 1 << draw(st.integers(0, 7))
            case "drop":
                del made[at:end]
            case "put":
                made[at:at] = draw(
                    st.binary(min_size=1, max_size=8) | st.sampled_from((b"\x00" * 8, b"\xff" * 8, b"[" * 3000, b"\r\n"))
                )
            case "double":
                made[at:at] = made[at:end] * draw(st.sampled_from((1, 3, 200)))
            case "cut":
                del made[at:]
            case "graft":
                other = draw(st.sampled_from(seeds))
                start = draw(st.integers(0, len(other)))
                made[at:at] = other[start : start + 400]
            case "number":
                # Sizes and counts of binary formats: the values at their edges.
                made[at : at + 4] = draw(
                    st.sampled_from((b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f"))
                )
    return bytes(made)


_ODD_NAMES = (
    "../outside.yml",
    "/etc/hostname",
    "a\\..\\b",
    "C:/x",
    "data/nlu/../../x.yml",
    "data/nlu/x.yml\x00.txt",
    "data/" + "n" * 300 + "/x.yml",
    "data/nlu/./x.yml",
    "manifest.json",
    "word/document.xml",
    "xl/workbook.xml",
    "[Content_Types].xml",
    "data/nlu/ă.yml",
    "",
)


@st.composite
def changed_zips(draw: DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A good zip whose parts were changed, renamed, doubled, made links or bombs, packed anew; or whose bytes were changed."""
    if draw(st.integers(0, 3)) == 0:
        return draw(changed_bytes(seeds))
    with zipfile.ZipFile(io.BytesIO(draw(st.sampled_from(seeds)))) as opened:
        parts = [(info, opened.read(info)) for info in opened.infolist()]
    contents = [content for _, content in parts]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(parts) - 1))
        info, content = parts[at]
        fresh = zipfile.ZipInfo(info.filename, (2020, 1, 1, 0, 0, 0))
        fresh.compress_type = zipfile.ZIP_DEFLATED
        match draw(st.sampled_from(("content", "content", "name", "link", "double", "bomb", "drop", "xml"))):
            case "content":
                content = draw(changed_bytes(contents if draw(st.integers(0, 3)) == 0 else [content]))
            case "name":
                fresh.filename = draw(st.sampled_from(_ODD_NAMES))
            case "link":
                fresh.external_attr = 0o120777 << 16
            case "double":
                parts.append((fresh, content))
            case "bomb":
                content = draw(st.sampled_from((b"\x00", b"- a\n", b" "))) * 3_000_000
            case "drop" if len(parts) > 1:
                del parts[at]
                continue
            case "xml":
                content = b"<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]>" + content
        parts[at] = (fresh, content)
    return _packed(parts)


def _packed(parts: Sequence[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that stand twice are part of the game
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for info, content in parts:
                made.writestr(info, content)
    return out.getvalue()


@st.composite
def texts(draw: DrawFn, seeds: Sequence[str]) -> str:
    """Sentences of people, cut and joined with anything that Unicode holds."""
    pieces = st.sampled_from(seeds) | st.sampled_from(_ODD_TEXTS) | words() | st.text("0123456789 .-–/⟦⟧:@oOlI", max_size=20)
    return "".join(draw(st.lists(pieces, max_size=6)))


def of_text(make: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """A reader of text as one of bytes."""
    return lambda raw: make(raw.decode("utf-8", "replace"))
