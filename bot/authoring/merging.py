"""Three versions of a text become one: git aligns them; items of a list that two people added side by side are all kept."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from bot.authoring.git import Git

Side = Literal["ours", "theirs", "both"]
"""What is taken where two changes contradict each other: what stands, what was wanted, or one after the other."""

_ITEM = re.compile(r"^\s*- ")
_HUNK = re.compile(
    r"^<{9} OURS\n(?P<ours>.*?)^\|{9} BASE\n(?P<base>.*?)^={9}\n(?P<theirs>.*?)^>{9} THEIRS\n", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Merged:
    """``text``: the merged text; ``conflicts``: pairs of what stands and what was wanted, where somebody must decide."""

    text: str
    conflicts: tuple[tuple[str, str], ...] = ()


def keep_ours(_place: int) -> Side:
    """Everywhere what stands now."""
    return "ours"


def merge_texts(git: Git, base: str, ours: str, theirs: str, decide: Callable[[int], Side] = keep_ours) -> Merged:
    """What both sides made of ``base``. ``ours`` is what stands now, ``theirs`` what is to come; ``decide`` says by the number of
    the place what the text holds where they contradict each other."""
    if ours in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(ours)
    texts = [text if not text or text.endswith("\n") else text + "\n" for text in (ours, base, theirs)]
    with tempfile.TemporaryDirectory(prefix="merge-") as folder:
        names = [str(Path(folder, name)) for name in ("ours", "base", "theirs")]
        for name, text in zip(names, texts, strict=True):
            Path(name).write_bytes(text.encode())
        labels = [word for label in ("OURS", "BASE", "THEIRS") for word in ("-L", label)]
        asked = ("merge-file", "-p", "--diff3", "--marker-size=9", *labels, *names)
        out = git.call(*asked, may_end_with=range(128)).decode()
    conflicts: list[tuple[str, str]] = []

    def settle(hunk: re.Match[str]) -> str:
        lines = merge_items(*(hunk[part].splitlines() for part in ("base", "ours", "theirs")))
        if lines is not None:
            return "".join(f"{line}\n" for line in lines)
        side = decide(len(conflicts))
        conflicts.append((hunk["ours"], hunk["theirs"]))
        return {"ours": hunk["ours"], "theirs": hunk["theirs"], "both": hunk["ours"] + hunk["theirs"]}[side]

    return Merged(_HUNK.sub(settle, out), tuple(conflicts))


def merge_items(base: list[str], ours: list[str], theirs: list[str]) -> list[str] | None:
    """The same for lines that are all items of a list (``- …``), where additions at one place do not contradict each other. None
    where other lines are among them, or both sides changed one line differently."""
    if not all(_ITEM.match(line) for line in (*base, *ours, *theirs)):
        return None
    here, there = _changes(base, ours), _changes(base, theirs)
    merged: list[str] = []
    for index, line in enumerate([*base, None]):
        mine, yours = here[index], there[index]
        merged += mine.before + [added for added in yours.before if added not in mine.before]
        if line is None:
            break
        if mine.now != line and yours.now != line and mine.now != yours.now:
            return None
        now = yours.now if mine.now == line else mine.now
        merged += [] if now is None else [now]
    return merged


@dataclass
class _Place:
    """What one side made of a line of the base, and what it put before it. ``now`` None: removed."""

    now: str | None
    before: list[str]


def _changes(base: list[str], side: list[str]) -> list[_Place]:
    places = [_Place(line, []) for line in base] + [_Place(None, [])]
    for tag, start, end, first, last in SequenceMatcher(None, base, side, autojunk=False).get_opcodes():
        new = side[first:last]
        if tag == "insert":
            places[start].before += new
        elif tag == "delete":
            for index in range(start, end):
                places[index].now = None
        elif tag == "replace":
            for index in range(start, end):
                places[index].now = new.pop(0) if new else None
            places[end].before += new
    return places
