"""What changed in a month: commits of trainers, releases, imports, decisions on differences, switches; newest first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.authoring.workspace import Workspace
from bot.catalogue.editing.desk import UNDER
from bot.catalogue.importing.store import versions
from bot.catalogue.publishing.releases import releases
from bot.clock import VIETNAM_TIME
from bot.storage.content_models import ImportDifference
from bot.switches.store import history

Sort = Literal["commit", "release", "import", "decision", "switch"]
SORTS: tuple[Sort, ...] = ("commit", "release", "import", "decision", "switch")
MOST = 1_000
"""Entries of one kind in one month; a page says so where there are more."""

_CODE = re.compile(r"procedures/(\d\.\d{6})\.yml$")
_SCOPES = ("procedure", "answer", "online_filing")


@dataclass(frozen=True)
class Change:
    """One change. ``act``: what was done (a text's key below ``sort``); ``words``: its title or reason; ``codes``: procedures."""

    sort: Sort
    at: datetime
    by: str
    act: str
    words: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Month:
    """A month in Vietnam."""

    year: int
    number: int

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=VIETNAM_TIME)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.next.start

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment is in it."""
        return moment is not None and self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


def read_month_name(text: str, now: datetime) -> Month:
    """``2026-11``; the present month where nothing else is named. Raises ``ValueError``."""
    local = now.astimezone(VIETNAM_TIME)
    if not text:
        return Month(local.year, local.month)
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text)
    if found is None:
        raise ValueError(f"{text[:20]!r} is no month")
    return Month(int(found[1]), int(found[2]))


def changes_in(session: Session, workspace: Workspace, month: Month) -> list[Change]:
    """Everything that changed in the month, newest first."""
    found = [*_commits(workspace, month), *_releases(session, month), *_imports(session, month), *_decisions(session, month)]
    found += _switches(session, month)
    return sorted(found, key=lambda change: change.at, reverse=True)


def _commits(workspace: Workspace, month: Month) -> Iterator[Change]:
    for commit in workspace.log(UNDER.rstrip("/"), MOST):
        if not month.holds(commit.at) or commit.title == "shipped":
            continue
        parent = workspace.parent_of(commit.sha)
        paths = workspace.changed_paths(parent, commit.sha) if parent else []
        codes = tuple(found[1] for path in paths if (found := _CODE.search(path)))
        yield Change("commit", commit.at, commit.author, "approved", commit.title, codes)


def _releases(session: Session, month: Month) -> Iterator[Change]:
    for release in releases(session):
        if month.holds(release.published_at):
            yield Change("release", release.published_at, release.published_by, release.kind, release.reason)


def _imports(session: Session, month: Month) -> Iterator[Change]:
    for version in versions(session):
        if month.holds(version.imported_at):
            told = f"{version.source_name}: {version.counts.get('new', 0)} + {version.counts.get('changed', 0)}"
            yield Change("import", version.imported_at, "operator", "imported", told)


def _decisions(session: Session, month: Month) -> Iterator[Change]:
    decided = ImportDifference.decided_at
    rows = session.scalars(
        select(ImportDifference)
        .where(decided >= month.start, decided < month.end)
        .order_by(decided.desc(), ImportDifference.id.desc())
        .limit(MOST)
    )
    for row in rows:
        if row.decided_at is not None:
            words = f"{row.name}: {row.reason}" if row.reason else row.name
            yield Change("decision", row.decided_at, row.decided_by or "", f"{row.state}_{row.part}", words, (row.code,))


def _switches(session: Session, month: Month) -> Iterator[Change]:
    for order in history(session, limit=MOST, scopes=_SCOPES):
        if month.holds(order.ordered_at):
            yield Change("switch", order.ordered_at, order.ordered_by, order.action, order.reason, (order.target.subject,))
