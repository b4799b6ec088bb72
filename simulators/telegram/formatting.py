"""Texts as Telegram counts and parses them: UTF-16 units, HTML mode, entities found in plain text."""

import re
from dataclasses import dataclass, field
from typing import Any

from simulators.telegram.errors import bad_request

MAX_ENTITIES = 100
_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot));?")
_SPECIAL = re.compile("[&<]")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"'/]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?""")
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, which is how Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_part(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity marks."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


@dataclass(frozen=True)
class FormattedText:
    """A text without marks and its entities, with offsets and lengths in UTF-16 units."""

    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)


def read_text(text: str, parse_mode: str, entities: Any) -> FormattedText:
    """A text as a bot sends it, trimmed. Raises 400 where it cannot be parsed."""
    mode = parse_mode.lower()
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise bad_request("strings must be encoded in UTF-8")
    if mode == "html":
        return _trimmed(parse_html(text))
    if mode in ("markdown", "markdownv2"):
        raise bad_request(f"parse_mode {parse_mode} is not simulated; use HTML (simulator)")
    if mode:
        raise bad_request("unsupported parse_mode")
    if entities is not None and not (isinstance(entities, list) and all(isinstance(entity, dict) for entity in entities)):
        raise bad_request("can't parse entities: array of MessageEntity expected")
    return _trimmed(FormattedText(text, list(entities or []) or found_entities(text)))


def found_entities(text: str) -> list[dict[str, Any]]:
    """Bot commands and URLs in a plain text."""
    spans = [("bot_command", match) for match in _COMMAND.finditer(text)] + [("url", match) for match in _URL.finditer(text)]
    return [
        {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match.group())}
        for kind, match in sorted(spans, key=lambda span: span[1].start())
    ]


@dataclass
class _Open:
    name: str
    start: int
    attributes: dict[str, str]


def parse_html(source: str) -> FormattedText:
    """HTML mode, with the server's own complaints. Raises 400 "can't parse entities: …"."""
    parser = _HtmlParser(source)
    parser.run()
    return FormattedText(parser.text(), parser.entities[:MAX_ENTITIES])


class _HtmlParser:
    def __init__(self, source: str) -> None:
        self._source, self._at = source, 0
        self._parts: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def text(self) -> str:
        return "".join(self._parts)

    def run(self) -> None:
        while self._at < len(self._source):
            character = self._source[self._at]
            if character == "&":
                self._character_reference()
            elif character == "<":
                self._tag()
            else:
                special = _SPECIAL.search(self._source, self._at)
                end = special.start() if special else len(self._source)
                self._add(self._source[self._at : end])
                self._at = end
        if self._open:
            raise _unparsed(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += utf16_length(text)

    def _character_reference(self) -> None:
        decoded, self._at = _decode_reference(self._source, self._at)
        self._add(decoded)

    def _tag(self) -> None:
        if self._source.startswith("</", self._at):
            self._end_tag()
        else:
            self._start_tag()

    def _start_tag(self) -> None:
        where = self._at
        name_match = _TAG_NAME.match(self._source, self._at + 1)
        name = name_match.group().lower() if name_match else ""
        if name not in _TAGS:
            raise _unparsed(f'Unsupported start tag "{name}" at byte offset {self._byte_offset(where)}')
        self._at += 1 + len(name)
        attributes = self._attributes(name, where)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsed(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte_offset(where)}')
        self._open.append(_Open(name, self._length, attributes))

    def _attributes(self, name: str, where: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            while self._at < len(self._source) and self._source[self._at].isspace():
                self._at += 1
            if self._at >= len(self._source):
                raise _unparsed(f'Unclosed start tag "{name}" at byte offset {self._byte_offset(where)}')
            if self._source[self._at] == ">":
                self._at += 1
                return attributes
            match = _ATTRIBUTE.match(self._source, self._at)
            if match is None:
                raise _unparsed(f'Empty attribute name in the tag "{name}" at byte offset {self._byte_offset(self._at)}')
            attributes[match.group(1).lower()] = _decoded(next((g for g in match.groups()[1:] if g is not None), ""))
            self._at = match.end()

    def _end_tag(self) -> None:
        where = self._at
        close = self._source.find(">", self._at)
        if not self._open:
            raise _unparsed(f"Unexpected end tag at byte offset {self._byte_offset(where)}")
        if close < 0:
            raise _unparsed(f"Unclosed end tag at byte offset {self._byte_offset(where)}")
        name = self._source[self._at + 2 : close].strip().lower()
        opened = self._open.pop()
        if name not in ("", opened.name):
            raise _unparsed(
                f'Unmatched end tag at byte offset {self._byte_offset(where)}, expected "</{opened.name}>", found "</{name}>"'
            )
        self._at = close + 1
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self._length - opened.start
        if length == 0:
            return
        entity: dict[str, Any] = {"type": _TAGS[opened.name], "offset": opened.start, "length": length}
        if opened.name == "a":
            url = opened.attributes.get("href", "")
            if not re.match(r"(?i)(https?://|tg://|mailto:|tel:)?\S+\.?\S*$", url):
                return
            entity["url"] = url
        elif opened.name == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.name == "tg-emoji":
            entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
        self.entities.append(entity)

    def _byte_offset(self, at: int) -> int:
        return len(self._source[:at].encode())


def _decode_reference(source: str, at: int) -> tuple[str, int]:
    match = _CHARACTER.match(source, at)
    if match is None:
        return "&", at + 1
    hexadecimal, decimal, named = match.groups()
    if named:
        return _NAMED[named], match.end()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "&", at + 1
    return chr(code), match.end()


def _decoded(value: str) -> str:
    parts, at = [], 0
    while at < len(value):
        if value[at] == "&":
            part, at = _decode_reference(value, at)
        else:
            part, at = value[at], at + 1
        parts.append(part)
    return "".join(parts)


def _unparsed(what: str) -> Exception:
    return bad_request(f"can't parse entities: {what}")


def _trimmed(formatted: FormattedText) -> FormattedText:
    text = formatted.text.rstrip()
    lead = utf16_length(text) - utf16_length(text.lstrip())
    text = text.lstrip()
    length = utf16_length(text)
    entities = []
    for entity in formatted.entities:
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int) or offset < 0 or size < 0:
            raise bad_request("can't parse entities: wrong offset or length of an entity")
        start, end = max(offset - lead, 0), min(offset + size - lead, length)
        if end > start:
            entities.append(entity | {"offset": start, "length": end - start})
    return FormattedText(text, entities)
