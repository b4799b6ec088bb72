"""What may be decided about showing a procedure's online filing, and what whoever decides must be warned of. Pure.

Since NĐ 224/2026 the default is wholly online (art. 14): an authority may not simply hide a service. It publishes the level "in
part" with a reason, or announces an outage with its end (art. 13: planned ones seven working days ahead).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.dossiers.working_days import CalendarEndsError, working_days_until
from bot.levels.partial_reasons import LevelRefusedError
from bot.levels.verdicts import DossierFigures

State = Literal["shown", "guidance_only", "online_filing_off"]
STATES: tuple[State, ...] = get_args(State)
OFF_STATES: tuple[State, ...] = ("online_filing_off", "guidance_only")
OFF_REASONS = (
    "technical_incident",
    "planned_maintenance",
    "link_broken",
    "law_changed",
    "not_feasible",
    "too_complex",
    "no_transactions",
)
RESTORED = "restored"
"""The reason of a wish to show it again."""

Warned = Literal["no_transactions", "figures_contradict", "short_notice"]
WARNINGS: tuple[Warned, ...] = get_args(Warned)

NOTICE_WORKING_DAYS = 7
LONGEST_WORDS = 400
LONGEST_BASIS = 300
_SHORTEST_WORDS = 10
_A_MOMENT = timedelta(minutes=1)


class WarningsOpenError(LevelRefusedError):
    """It may be decided so, but only by somebody who takes these warnings upon themselves."""

    def __init__(self, warnings: tuple[Warned, ...]) -> None:
        super().__init__("levels_refused_warnings")
        self.warnings = warnings


@dataclass(frozen=True)
class Wish:
    """What somebody proposes. ``from_at`` None: from the approval on. ``accepted``: the warnings taken upon oneself."""

    procedure_code: str
    state: str
    reason_code: str
    words_vi: str
    words_en: str = ""
    legal_basis: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None
    review_on: date | None = None
    accepted: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_off(self) -> bool:
        """Whether it takes online filing away."""
        return self.state != "shown"


def latest_review(start: datetime) -> date:
    """The latest day for a review: twelve months after the start."""
    day = local_day(start)
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        # 29 February.
        return day.replace(year=day.year + 1, day=28)


def local_day(moment: datetime) -> date:
    """The day in Vietnam."""
    return moment.astimezone(VIETNAM_TIME).date()


def check_wish(wish: Wish, now: datetime, *, off_now: bool) -> None:
    """Raises ``LevelRefusedError`` where it cannot be decided so, whoever decides. ``off_now``: a decision stands already."""
    if wish.state not in STATES:
        raise LevelRefusedError("levels_refused_state")
    if len(wish.words_vi.strip()) < _SHORTEST_WORDS:
        raise LevelRefusedError("levels_refused_words")
    if max(len(wish.words_vi), len(wish.words_en)) > LONGEST_WORDS or len(wish.legal_basis) > LONGEST_BASIS:
        raise LevelRefusedError("levels_refused_long", limit=LONGEST_WORDS)
    if wish.is_off:
        _check_off(wish, now, off_now=off_now)
    elif not off_now:
        raise LevelRefusedError("levels_refused_shown_already")


def _check_off(wish: Wish, now: datetime, *, off_now: bool) -> None:
    start = wish.from_at or now
    if wish.reason_code not in OFF_REASONS:
        raise LevelRefusedError("levels_refused_reason")
    if not wish.legal_basis.strip():
        raise LevelRefusedError("levels_refused_basis")
    if start < now - _A_MOMENT:
        raise LevelRefusedError("levels_refused_from")
    if off_now and start > now:
        raise LevelRefusedError("levels_refused_replace_later")
    if wish.until_at is not None and wish.until_at <= max(start, now):
        raise LevelRefusedError("levels_refused_until")
    if wish.reason_code == "planned_maintenance" and wish.until_at is None:
        raise LevelRefusedError("levels_refused_until_needed")
    if wish.review_on is None:
        raise LevelRefusedError("levels_refused_review")
    if not local_day(start) < wish.review_on <= latest_review(start):
        raise LevelRefusedError("levels_refused_review_span")


def warnings_of(wish: Wish, now: datetime, calendar: WorkingCalendar, figures: DossierFigures | None) -> tuple[Warned, ...]:
    """What whoever decides so must be told first, with NĐ 224/2026 behind it."""
    found: list[Warned] = []
    if wish.is_off and wish.reason_code == "no_transactions":
        found.append("no_transactions")
        if figures is not None and figures.filed:
            found.append("figures_contradict")
    if wish.is_off and wish.reason_code == "planned_maintenance" and _too_short(wish.from_at or now, now, calendar):
        found.append("short_notice")
    return tuple(found)


def _too_short(start: datetime, now: datetime, calendar: WorkingCalendar) -> bool:
    try:
        return working_days_until(local_day(now), local_day(start), calendar) < NOTICE_WORKING_DAYS
    except CalendarEndsError:
        # So far ahead that the days off are not known: weekends alone leave enough, holidays may not.
        return (start - now).days < 2 * NOTICE_WORKING_DAYS


def check_warnings(wish: Wish, warnings: tuple[Warned, ...], accepted: frozenset[str] = frozenset()) -> None:
    """Raises ``WarningsOpenError`` where one of them was not taken upon oneself."""
    if not set(warnings) <= wish.accepted | accepted:
        raise WarningsOpenError(warnings)
