"""The reviews of a year, made from the catalogue in force and the counts there are: by night, on command, or at a press."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.catalogue.names_in_force import ProcedureNames
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.service_reviews.figures import figures_of_year
from bot.service_reviews.record import make_reviews
from bot.service_reviews.rules import ReviewRules, read_rules
from bot.service_reviews.services import services_to_review
from bot.settings import Settings
from bot.storage.database import SessionFactory, writing


class YearlyReviews:
    """Makes reviews. The rules are read anew each time."""

    def __init__(self, data_dir: Path, reviewed: ReviewedNow, names: ProcedureNames, clock: Clock) -> None:
        self._file = data_dir / "service_reviews" / "rules.yml"
        self._reviewed, self._names, self._clock = reviewed, names, clock

    @classmethod
    def from_settings(cls, settings: Settings, sessions: SessionFactory, clock: Clock) -> "YearlyReviews":
        """Those of the settings' catalogue."""
        reviewed = ReviewedNow(ReviewedSource.from_settings(settings), sessions)
        return cls(settings.data_dir, reviewed, ProcedureNames(reviewed, sessions, clock), clock)

    def rules(self) -> ReviewRules:
        """The rules in force. Raises ``BrokenRulesError``."""
        return read_rules(self._file)

    def make(self, session: Session, year: int) -> int:
        """Makes the year's reviews in the caller's transaction; how many. Raises ``BrokenRulesError``."""
        reviewed = self._reviewed.catalogue().procedures.values()
        services = services_to_review(reviewed, self._names.all(), figures_of_year(session, year))
        return make_reviews(session, year, services, self.rules(), self._clock())


def make_due_years(reviews: YearlyReviews, sessions: SessionFactory, now: datetime) -> None:
    """The year that goes on; in its first two months the last one too, whose late rows are counted by then."""
    today = now.astimezone(VIETNAM_TIME)
    for year in (today.year - 1, today.year) if today.month <= 2 else (today.year,):
        with writing(sessions) as session:
            reviews.make(session, year)
