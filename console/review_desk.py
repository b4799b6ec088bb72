"""What the pages of the review share: teams, names, what an account may see, and the filter that an address asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from bot.accounts.view import AccountView
from bot.catalogue.publishing.content import ReviewedNow
from bot.clock import VIETNAM_TIME
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.officers.notes import without_numbers
from bot.officers.teams import Teams, load_teams
from bot.review.search import TranscriptFilter
from bot.review.visible import Visible, may_read, visible_to
from bot.review.words import LONGEST_QUERY, parse_terms
from console.forms import clean_line
from console.problems import Problem

CHOICES = ("channel", "team", "reason", "ended", "outcome", "rating", "verdict", "intent", "procedure_code", "officer")
FIELDS = ("q", *CHOICES, "confidence_from", "confidence_to", "since", "until", "order")


@cache
def _teams(data_dir: Path) -> Teams:
    return load_teams(data_dir)


@dataclass(frozen=True)
class ReviewDesk:
    """``agencies``: names by id."""

    data_dir: Path
    reviewed: ReviewedNow
    private: PrivateValues
    agencies: Mapping[str, str]

    @property
    def teams(self) -> Teams:
        """All teams, read once per process."""
        return _teams(self.data_dir)

    def team_name(self, team: str) -> str:
        """The team's name; its id where there is none of that name (any more)."""
        known = self.teams.by_id.get(team)
        return known.name if known is not None else team

    def procedure_name(self, code: str) -> str:
        """The procedure's name with its code; the code alone where it is not one of the reviewed ones."""
        procedure = self.reviewed.catalogue().procedures.get(code)
        return f"{procedure.name} ({code})" if procedure else code

    def agency_of(self, account: AccountView) -> str:
        """The agency in whose name the account takes something away."""
        names = [self.agencies.get(agency, agency) for agency in sorted(account.scope.agencies)]
        return ", ".join(names) if names and not account.scope.everything else self.teams.fallback.name

    def sight(self, session: Session, account: AccountView) -> Visible:
        """What the account may see."""
        return visible_to(session, account, self.teams)

    def opened(self, session: Session, account: AccountView, conversation: str) -> str:
        """The conversation's id, where the account may read it. Raises ``Problem`` 404: what it may not see is not there."""
        wanted = clean_line(conversation, 64)
        if not may_read(session, self.sight(session, account), wanted):
            raise Problem(404, "no_transcript")
        return wanted


def officer_of(account: AccountView) -> Officer:
    """The account as its colleagues and the citizens know it."""
    return Officer(account.login, account.display_name)


def asked_for(query: QueryParams) -> dict[str, str]:
    """The fields of the filter as they were sent, without those left empty."""
    sent = {name: clean_line(query.get(name, ""), LONGEST_QUERY if name == "q" else 80) for name in FIELDS}
    return {name: value for name, value in sent.items() if value}


def filter_of(asked: Mapping[str, str]) -> TranscriptFilter:
    """The filter that the fields ask for. Raises ``Problem`` 400 where a date or a number is none."""
    until = _day(asked.get("until"))
    return TranscriptFilter(
        terms=parse_terms(asked.get("q", "")),
        **{name: asked.get(name) for name in CHOICES},
        confidence_from=_percent(asked.get("confidence_from")),
        confidence_to=_percent(asked.get("confidence_to")),
        since=_day(asked.get("since")),
        before=until + timedelta(days=1) if until is not None else None,
    )


def for_the_log(asked: Mapping[str, str]) -> dict[str, str]:
    """The filter as it may stand in the audit log."""
    return {name: without_numbers(value) for name, value in asked.items()}


def _percent(text: str | None) -> float | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise Problem(400, "broken_request")
    return int(text) / 100


def _day(text: str | None) -> datetime | None:
    """The beginning of a day in Vietnam, as a date field sends it."""
    if text is None:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (the zone follows)
    except ValueError as error:
        raise Problem(400, "broken_request") from error
    if not 2000 <= day.year <= 2200:
        raise Problem(400, "broken_request")
    return datetime.combine(day, time(), VIETNAM_TIME)
