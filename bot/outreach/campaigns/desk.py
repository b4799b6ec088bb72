"""Writing, approving and steering campaigns: every step one transaction, with whatever the caller adds to it (the audit).

draft → submitted → approved (by somebody else) or refused; approved → running at its time; running ↔ paused; then stopped or
finished. A change of the content makes a draft of it again, so that nothing is sent that nobody approved.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.accounts.scope import AgencyScope
from bot.outreach.campaigns.content import Content, Fault, faults_of
from bot.outreach.campaigns.links import new_code
from bot.outreach.campaigns.reading import content_of
from bot.storage.campaign_models import Campaign, CampaignPerson
from bot.storage.channel_models import Delivery
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Outbound

Also = Callable[[Session, Campaign], None]

TEST_CODE_KEPT = timedelta(hours=1)
LONGEST_BANNER = timedelta(days=90)
STOPPED = "campaign_stopped"
EDITABLE = ("draft", "submitted", "refused", "approved")


class CampaignRefusedError(Exception):
    """A step that cannot be taken now. ``key``: of the words; ``faults``: of the content, where that is why."""

    def __init__(self, key: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(key)
        self.key, self.faults = key, tuple(faults)


@dataclass(frozen=True)
class Draft:
    """What the form holds: the content, the audience and the times."""

    content: Content
    wards: tuple[str, ...] = ()
    only_who_asked: bool = False
    start_at: datetime | None = None
    banner_until: datetime | None = None


@dataclass(frozen=True)
class Campaigns:
    """The campaigns. ``scope``: whose campaigns the acting account may touch."""

    sessions: SessionFactory

    def create(self, draft: Draft, author: str, agency: str | None, now: datetime, also: Also) -> int:
        """A new draft; its number. The content may still have faults."""
        with writing(self.sessions) as session:
            row = Campaign(state="draft", revision=1, author=author, agency=agency, created_at=now, changed_at=now)
            _write(row, draft)
            session.add(row)
            session.flush()
            also(session, row)
            return row.id

    def change(self, number: int, draft: Draft, author: str, scope: AgencyScope, now: datetime, also: Also) -> None:
        """Another content: the campaign is a draft again, by who changed it. Raises ``CampaignRefusedError``."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state in EDITABLE, "campaign_refused_not_editable")
            _write(row, draft)
            row.state, row.revision, row.author, row.changed_at = "draft", row.revision + 1, author, now
            row.decided_by = row.decided_at = row.reason = row.test_code = row.test_until = None
            also(session, row)

    def submit(self, number: int, procedures: Mapping[str, str], scope: AgencyScope, now: datetime, also: Also) -> None:
        """Asks for the approval. Raises ``CampaignRefusedError`` with the faults of the content, where it has any."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state in ("draft", "refused"), "campaign_refused_state")
            _check_content(row, procedures, now)
            row.state, row.decided_by, row.decided_at, row.reason = "submitted", None, None, None
            also(session, row)

    def approve(
        self, number: int, revision: int, by: str, procedures: Mapping[str, str], scope: AgencyScope, now: datetime, also: Also
    ) -> None:
        """The second person's yes to this very revision. Raises ``CampaignRefusedError``."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state == "submitted" and row.revision == revision, "campaign_refused_changed")
            _check(row.author != by, "campaign_refused_own")
            _check_content(row, procedures, now)
            row.state, row.decided_by, row.decided_at, row.reason = "approved", by, now, None
            also(session, row)

    def refuse(self, number: int, revision: int, by: str, reason: str, scope: AgencyScope, now: datetime, also: Also) -> None:
        """The second person's no, with the reason. Raises ``CampaignRefusedError``."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state == "submitted" and row.revision == revision, "campaign_refused_changed")
            _check(row.author != by, "campaign_refused_own")
            _check(bool(reason.strip()), "campaign_refused_reason")
            row.state, row.decided_by, row.decided_at, row.reason = "refused", by, now, reason.strip()[:400]
            also(session, row)

    def start(self, number: int, scope: AgencyScope, now: datetime, also: Also) -> None:
        """An approved campaign begins with the next round. Raises ``CampaignRefusedError``."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state == "approved", "campaign_refused_state")
            row.start_at = now
            also(session, row)

    def pause(self, number: int, scope: AgencyScope, also: Also) -> None:
        """Nobody further is told until it is resumed; what is written already goes out. Raises ``CampaignRefusedError``."""
        self._move(number, scope, ("running",), "paused", also)

    def resume(self, number: int, scope: AgencyScope, also: Also) -> None:
        """Goes on where it was paused. Raises ``CampaignRefusedError``."""
        self._move(number, scope, ("paused",), "running", also)

    def stop(self, number: int, scope: AgencyScope, now: datetime, also: Also) -> None:
        """Ends it for good: who waits is not told, and what was written and has not gone out is held back. Raises
        ``CampaignRefusedError``."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state in ("approved", "running", "paused"), "campaign_refused_state")
            row.state, row.finished_at = "stopped", now
            session.flush()
            mine = CampaignPerson.campaign_id == number
            waiting = update(CampaignPerson).where(mine, CampaignPerson.state == "waiting")
            session.execute(waiting.values(state="dropped", reason=STOPPED, finished_at=now))
            _hold_back(session, number)
            also(session, row)

    def make_test_code(self, number: int, scope: AgencyScope, now: datetime, also: Also) -> str:
        """A code that shows the campaign in the chat to whoever types it, for an hour. Raises ``CampaignRefusedError``."""
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state not in ("stopped", "finished"), "campaign_refused_state")
            row.test_code, row.test_until = new_code(), now + TEST_CODE_KEPT
            also(session, row)
            return row.test_code

    def _move(self, number: int, scope: AgencyScope, before: Sequence[str], after: str, also: Also) -> None:
        with writing(self.sessions) as session:
            row = _held(session, number, scope)
            _check(row.state in before, "campaign_refused_state")
            row.state = after
            also(session, row)


def visible(session: Session, scope: AgencyScope) -> Sequence[Campaign]:
    """The campaigns that an account may see, the latest first."""
    return session.scalars(select(Campaign).where(scope.condition(Campaign.agency)).order_by(Campaign.id.desc())).all()


def find(session: Session, number: int, scope: AgencyScope) -> Campaign | None:
    """One campaign, where the account may see it."""
    row = session.get(Campaign, number)
    return row if row is not None and scope.allows(row.agency) else None


def banners_now(session: Session, now: datetime) -> Sequence[Campaign]:
    """Campaigns whose banner stands on the web chat now, the latest first."""
    rows = session.scalars(
        select(Campaign).where(Campaign.state == "running", Campaign.banner_until > now).order_by(Campaign.id.desc())
    ).all()
    return [row for row in rows if "webchat" in row.channels]


def _held(session: Session, number: int, scope: AgencyScope) -> Campaign:
    row = session.get(Campaign, number, with_for_update=True, populate_existing=True)
    if row is None or not scope.allows(row.agency):
        raise CampaignRefusedError("campaign_refused_unknown")
    return row


def _check(holds: bool, key: str) -> None:
    if not holds:
        raise CampaignRefusedError(key)


def _check_content(row: Campaign, procedures: Mapping[str, str], now: datetime) -> None:
    faults = list(faults_of(content_of(row), procedures))
    if "webchat" in row.channels and row.banner_until is None:
        faults.append(Fault("campaign_fault_banner", "banner_until"))
    if row.banner_until is not None and not now < row.banner_until <= now + LONGEST_BANNER:
        faults.append(Fault("campaign_fault_banner_time", "banner_until", {"days": LONGEST_BANNER.days}))
    if row.only_who_asked and row.procedure_code is None:
        faults.append(Fault("campaign_fault_asked", "only_who_asked"))
    if faults:
        raise CampaignRefusedError("campaign_refused_content", faults)


def _write(row: Campaign, draft: Draft) -> None:
    content = draft.content
    row.title, row.short_text, row.long_text = content.title[:120], content.short_text, content.long_text
    row.procedure_code, row.target, row.nature = content.procedure_code, content.target, content.nature
    row.channels, row.wards, row.only_who_asked = list(content.channels), list(draft.wards), draft.only_who_asked
    row.templates = {channel: _stored(one.name, one.parameters) for channel, one in content.templates.items()}
    row.start_at, row.banner_until = draft.start_at, draft.banner_until


def _stored(name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "parameters": dict(parameters)}


def _hold_back(session: Session, number: int) -> None:
    lines = select(CampaignPerson.outbound_id).where(
        CampaignPerson.campaign_id == number, CampaignPerson.state == "queued", CampaignPerson.outbound_id.is_not(None)
    )
    going = select(Delivery.outbound_id).where(Delivery.state == "sending")
    parts = update(Delivery).where(Delivery.outbound_id.in_(lines), Delivery.state == "pending")
    session.execute(parts.values(state="dropped", error=STOPPED))
    unsent = update(Outbound).where(Outbound.id.in_(lines), Outbound.state == "pending", Outbound.id.not_in(going))
    session.execute(unsent.values(state="dropped", detail=STOPPED))
