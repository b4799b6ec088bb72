"""A campaign as a script for the loudspeakers of a ward: read in about a minute, in short sentences, everything in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.spoken import spoken
from bot.outreach.campaigns.content import Content
from bot.texts import say

WORDS_PER_MINUTE = 170
"""Reading pace of a ward's announcer: slower than talk, for loudspeakers echo."""

SECONDS = 60
LONGEST_SENTENCE = 24

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_CLAUSE_END = re.compile(r"(?<=[,;:])\s+")


@dataclass(frozen=True)
class Script:
    """What is read: ``lines`` in order, one sentence each; ``seconds``: how long it takes; ``cut``: the text was longer than a
    minute allows, so its end is left out."""

    lines: tuple[str, ...]
    seconds: int
    cut: bool

    @property
    def text(self) -> str:
        """The whole script."""
        return "\n".join(self.lines)


def loudspeaker_script(content: Content, ward: str, centre: str) -> Script:
    """The script for one ward. ``ward``: as it is called (``phường Từ Sơn``); ``centre``: where people get help, as it is
    called. Opening and end are always read; of the text what a minute holds, in whole sentences."""
    first = _sentences(say("campaign_speech_opening", ward=ward))
    last = _sentences(say("campaign_speech_end", centre=centre))
    room = SECONDS * WORDS_PER_MINUTE // 60 - _words([*first, *last])
    body: list[str] = []
    told = _sentences(f"{content.title}.\n{content.short_text}")
    more = _sentences(content.long_text)
    cut = False
    for place, sentence in enumerate([*told, *more]):
        if _words([*body, sentence]) > room:
            # The long text is an extra; only a short text that does not fit loses something.
            cut = place < len(told)
            break
        body.append(sentence)
    lines = (*first, *body, *last)
    return Script(lines, round(_words(lines) * 60 / WORDS_PER_MINUTE), cut)


def _sentences(text: str) -> list[str]:
    found = []
    for raw in _SENTENCE_END.split(text):
        sentence = spoken(raw).strip(" -–•*·\t")
        if sentence.strip(".!?…,;: "):
            found += [_ended(part) for part in _short(sentence)]
    return found


def _short(sentence: str) -> Sequence[str]:
    """The sentence in parts that can be read in one breath, cut where it has a comma."""
    if len(sentence.split()) <= LONGEST_SENTENCE:
        return [sentence]
    parts: list[str] = []
    for clause in _CLAUSE_END.split(sentence):
        if parts and len(parts[-1].split()) + len(clause.split()) <= LONGEST_SENTENCE:
            parts[-1] = f"{parts[-1]} {clause}"
        else:
            parts.append(clause)
    return parts


def _ended(part: str) -> str:
    plain = part.rstrip(" .,;:…")
    end = "" if plain.endswith(("!", "?")) else "."
    return plain[:1].upper() + plain[1:] + end


def _words(lines: Sequence[str]) -> int:
    return sum(len(line.split()) for line in lines)
