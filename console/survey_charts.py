"""Shares with their intervals as bars, ready to be drawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.surveys.results import QuestionResult, ShownShare
from bot.surveys.talk_figures import RatedShare
from console.trial_chart import percent

BAR_WIDTH = 420
ROW = 30


@dataclass(frozen=True)
class ShareBar:
    """One row of a chart. Places in units of the drawing; ``length`` None: nothing to draw. ``words``: the figure as people
    read it; ``range``: its interval, empty where there is none."""

    name: str
    n: str
    length: float | None
    low: float
    high: float
    words: str
    range: str
    y: int


@dataclass(frozen=True)
class ShareChart:
    """Rows under each other, from 0 to 100 %."""

    bars: Sequence[ShareBar]
    height: int
    width: int = BAR_WIDTH


def shown_words(share: ShownShare, words: dict[str, str]) -> str:
    """A share as a table tells it. ``words``: what stands for ``few`` and ``hidden``."""
    if share.shown == "exact":
        return percent(share.value)
    if share.shown == "at_least":
        return "≥ " + percent(share.value)
    if share.shown == "at_most":
        return "≤ " + percent(share.value)
    return words[share.shown]


def points(share: float) -> str:
    """A change in percentage points, with its sign: ``+2,5``."""
    return f"{100 * share:+.1f}".replace(".", ",").replace("-", "−")


def group_chart(result: QuestionResult, names: dict[str, str], city: str, words: dict[str, str]) -> ShareChart:
    """The city first, then the groups in their order."""
    rows = [(city, str(result.n), result.city)]
    rows += [
        (names.get(one.group, one.group), "< 5" if one.answered is None else str(one.answered), one.share)
        for one in result.groups
    ]
    return ShareChart([_bar(number, name, n, share, words) for number, (name, n, share) in enumerate(rows)], ROW * len(rows) + 4)


def rating_chart(rows: Sequence[RatedShare], names: dict[str, str], few: str) -> ShareChart:
    """Rows of ratings of talks."""
    bars = [_rating_bar(number, one, names.get(one.name, one.name), few) for number, one in enumerate(rows)]
    return ShareChart(bars, ROW * len(rows) + 4)


def _bar(number: int, name: str, n: str, share: ShownShare, words: dict[str, str]) -> ShareBar:
    told, y = shown_words(share, words), 6 + number * ROW
    if share.shown in ("few", "hidden"):
        return ShareBar(name, n, None, 0, 0, told, "", y)
    span = f"{percent(share.low)}–{percent(share.high)}"
    return ShareBar(name, n, _place(share.value), _place(share.low), _place(share.high), told, span, y)


def _rating_bar(number: int, one: RatedShare, name: str, few: str) -> ShareBar:
    y, asked = 6 + number * ROW, f"{'–' if one.rated is None else one.rated}/{one.asked}"
    if one.share is None:
        return ShareBar(name, asked, None, 0, 0, few, "", y)
    span = f"{percent(one.low)}–{percent(one.high)}"
    return ShareBar(name, asked, _place(one.share), _place(one.low), _place(one.high), percent(one.share), span, y)


def _place(share: float) -> float:
    return round(BAR_WIDTH * min(1.0, max(0.0, share)), 1)
