"""Telegram's HTML mode, read as strictly as its documentation says (https://core.telegram.org/bots/api#html-style).

Written apart from the renderer: what this reads is what the citizen sees.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"<(?P<close>/)?(?P<tag>[a-z-]+)(?: href=\"(?P<href>[^\"<>]*)\")?>|&(?P<entity>[a-z]+);|(?P<text>[^<&]+)")
_TAGS = {"a", "b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler"}
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class CantParseEntitiesError(ValueError):
    """Telegram would answer 400 "can't parse entities"."""


@dataclass(frozen=True)
class Shown:
    """What is seen: the text, and its links as (text, address)."""

    text: str
    links: tuple[tuple[str, str], ...]


def shown_by_telegram(html: str) -> Shown:
    """What Telegram makes of the text. Raises ``CantParseEntitiesError``."""
    position, text, links = 0, "", []
    open_tags: list[tuple[str, str, int]] = []
    while position < len(html):
        match = _TOKEN.match(html, position)
        if match is None:
            raise CantParseEntitiesError(html[position : position + 20])
        position = match.end()
        if match["text"] is not None:
            text += match["text"]
        elif match["entity"] is not None:
            text += _entity(match["entity"])
        elif match["tag"] not in _TAGS:
            raise CantParseEntitiesError(match["tag"])
        elif not match["close"]:
            open_tags.append((match["tag"], _plain(match["href"] or ""), len(text)))
        else:
            if not open_tags or open_tags[-1][0] != match["tag"]:
                raise CantParseEntitiesError("unbalanced")
            tag, href, start = open_tags.pop()
            if tag == "a":
                links.append((text[start:], href))
    if open_tags:
        raise CantParseEntitiesError("not closed")
    return Shown(text, tuple(links))


def _entity(name: str) -> str:
    if name not in _ENTITIES:
        raise CantParseEntitiesError(name)
    return _ENTITIES[name]


def _plain(attribute: str) -> str:
    return re.sub(r"&([a-z]+);", lambda match: _entity(match[1]), attribute)
