"""Judging a page by what it shows: is it about this procedure, or a home page, a login, a "not found" that was answered with 200?

Pure: the page's bytes and where it stands in, a finding out.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree, html

from bot.language.normalise import fold
from bot.levels.outcomes import LinkFinding

_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_HOME = re.compile(r"^(?:(?:index|default|home|trang-?chu)(?:\.[a-z]{2,5})?/?)?$")
_NOT_FOUND = re.compile(
    r"\bkhong tim thay (?:trang|thu tuc|du lieu|ket qua|noi dung|dich vu|duong dan|ban ghi|thong tin)\b"
    r"|\b(?:trang|thu tuc|noi dung|dich vu|duong dan|lien ket)\b[^.!?]{0,80}\b(?:khong (?:con )?ton tai|da bi (?:xoa|go))\b"
    r"|\bpage (?:was |is |could )?not (?:be )?found\b|\b(?:error|loi) 404\b|\b404 (?:not found|-|–)"
)
_LOGIN = re.compile(r"\bdang nhap\b|\blog ?in\b|\bsign ?in\b|\bxac thuc (?:tai khoan|nguoi dung)\b")
_SHORT = 1_500
"""A page with no more letters than this says one thing: a message of error or a login on it is what the page is."""

_HEADING = 2_000
"""Letters of headings that are read: who writes a book into one wants our time."""

_SHELL = 200
"""Scripts with fewer letters of text than this beside them: the page shows itself only to a browser."""


@dataclass(frozen=True)
class _Read:
    """``title``: of the page and its first headings; ``headings``: the second ones too. Everything folded."""

    title: str
    headings: str
    text: str
    has_password: bool
    has_scripts: bool


def judge_page(content: bytes, url: str, code: str, names: tuple[str, ...]) -> LinkFinding:
    """Whether the page at ``url`` (where redirects ended) shows the procedure's code or one of its names, marks aside."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_home_page(url):
        return LinkFinding("home_page", "path", host)
    read = _read(content)
    if read is None:
        return LinkFinding("not_a_page", "unreadable", host)
    short = len(read.text) < _SHORT
    if _NOT_FOUND.search(read.headings) or (short and _NOT_FOUND.search(read.text)):
        return LinkFinding("not_found_page", "words", host)
    if _LOGIN.search(read.title) or (short and read.has_password):
        return LinkFinding("login_page", "words" if not read.has_password else "password_field", host)
    shown = _shown(read, code, names)
    if shown is not None:
        return LinkFinding("ok", shown, host)
    if read.has_scripts and len(read.text) < _SHELL:
        return LinkFinding("script_only", "", host)
    return LinkFinding("other_content", "", host)


def is_home_page(url: str) -> bool:
    """Whether an address leads to a site's first page and says nothing of what is wanted there."""
    parts = urlsplit(url)
    return not parts.query and _HOME.fullmatch(parts.path.strip("/").lower()) is not None


def _shown(read: _Read, code: str, names: tuple[str, ...]) -> str | None:
    if re.search(rf"(?<![\d.]){re.escape(code)}(?!\d)", read.text):
        return "code"
    wanted = (_plain(name) for name in names)
    return "name" if any(re.search(rf"\b{re.escape(name)}\b", read.text) for name in wanted if name) else None


def _read(content: bytes) -> _Read | None:
    parser = html.HTMLParser(encoding=_encoding(content), no_network=True, huge_tree=False, remove_comments=True)
    try:
        tree = html.document_fromstring(content, parser=parser) if content.strip() else None
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    if tree is None:
        return None
    title, h1, h2 = (" . ".join("".join(map(str, one.itertext())) for one in tree.iter(tag)) for tag in ("title", "h1", "h2"))
    has_password = any((one.get("type") or "").strip().lower() == "password" for one in tree.iter("input"))
    has_scripts = next(tree.iter("script"), None) is not None
    body = tree.find("body")
    text = " ".join(_visible(tree if body is None else body))
    first = f"{title[:_HEADING]} . {h1[:_HEADING]}"
    return _Read(_plain(first), _plain(f"{first} . {h2[:_HEADING]}"), _plain(text), has_password, has_scripts)


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _visible(element: etree._Element) -> list[str]:
    """The pieces of text below an element that a reader sees. Without recursion: pages nest as deep as they like."""
    pieces: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, one in walk:
        if event == "end":
            pieces += [one.tail] if one.tail and one is not element else []
        elif not isinstance(one.tag, str) or one.tag in _SILENT or one.get("hidden") is not None:
            walk.skip_subtree()
        elif one.text:
            pieces.append(one.text)
    return pieces


def _encoding(content: bytes) -> str:
    """UTF-8, as nearly every page here is; where it is not valid UTF-8, what stands in the page, else Windows' own."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        named = re.search(rb"charset=[\"']?([A-Za-z0-9_-]{1,20})", content[:2_048])
        return _known(named.group(1).decode("ascii")) if named else "windows-1258"
    return "utf-8"


def _known(name: str) -> str:
    try:
        etree.XMLParser(encoding=name)
    except LookupError:
        return "windows-1258"
    return name
