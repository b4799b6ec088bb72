"""The ledger's server, and what lies in the ledger: messages that wait, signs of life, tokens, the last clearing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import __version__
from bot.conversations.clock import utc_now
from bot.conversations.outcomes import last_beat, oldest_unanswered
from bot.settings import Settings
from bot.storage.channel_models import ChannelAccount, ChannelToken
from bot.storage.database import open_database
from bot.storage.migrate import is_at_head
from bot.storage.models import Heartbeat
from bot.storage.rights_models import DeletionRecord, RetentionRun
from motcua.checkup.finding import Finding, Level
from motcua.checkup.phrases import Phrase, Several

SILENT = timedelta(seconds=30)
WAITS_LONG, WAITS_TOO_LONG = timedelta(minutes=1), timedelta(minutes=5)
ZALO_CONSENT = timedelta(days=90)
"""How long a refresh token of Zalo works."""
_CLEARED_WITHIN = timedelta(hours=26)
_DELETED_WITHIN = timedelta(hours=1)
_CLOCKS_DIFFER, _CLOCKS_DIFFER_MUCH = timedelta(seconds=2), timedelta(seconds=10)
_ROOM = 0.7

Look = Callable[[Settings, Session, datetime], list[Finding]]


def check_ledger_content(settings: Settings) -> list[Finding]:
    """All looks into the ledger. One that cannot be opened, or is of another shape, is told by another check."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        if not is_at_head(database.engine):
            return []
        with database.sessions() as session:
            looks: tuple[Look, ...] = (server, waiting_messages, signs_of_life, releases, platform_accounts, clearing)
            return [finding for look in looks for finding in look(settings, session, utc_now())]
    except SQLAlchemyError:
        return []
    finally:
        database.engine.dispose()


def server(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """PostgreSQL: version, connections, clock."""
    if session.get_bind().dialect.name != "postgresql":
        return [Finding(Phrase("server"), "ok", Phrase("server_sqlite"))]
    most = int(session.scalar(sa.text("SELECT current_setting('max_connections')")) or 0)
    open_now = int(session.scalar(sa.text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) or 0)
    version = session.scalar(sa.text("SHOW server_version"))
    findings = [Finding(Phrase("server"), "ok", Phrase("server_postgresql", version=version, open_now=open_now, most=most))]
    if most and open_now > most * _ROOM:
        remedy = Phrase("server_room")
        meaning = Phrase("server_full_means")
        findings = [Finding(Phrase("server"), "warning", Phrase("server_full", open_now=open_now, most=most), remedy, meaning)]
    there: datetime = session.scalar(sa.text("SELECT clock_timestamp()")) or now
    return [*findings, *clocks(Phrase("clock_database"), abs(there - utc_now()))]


def clocks(name: str, difference: timedelta) -> list[Finding]:
    """What two clocks' difference means. Pure."""
    seconds = Phrase("clock_differs", seconds=f"{difference.total_seconds():.1f}")
    if difference <= _CLOCKS_DIFFER:
        return [Finding(name, "ok", seconds)]
    level: Level = "error" if difference > _CLOCKS_DIFFER_MUCH else "warning"
    meaning = Phrase("clock_means")
    return [Finding(name, level, seconds, Phrase("clock_ntp"), meaning)]


def waiting_messages(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """How long the oldest message has waited for its outcome."""
    oldest = oldest_unanswered(session)
    if oldest is None or now - oldest < WAITS_LONG:
        return [Finding(Phrase("waiting"), "ok", Phrase("waiting_none"))]
    level: Level = "error" if now - oldest >= WAITS_TOO_LONG else "warning"
    seen = Phrase("waiting_long", minutes=(now - oldest) // timedelta(minutes=1))
    return [Finding(Phrase("waiting"), level, seen, Phrase("waiting_logs"), Phrase("waiting_means"))]


def signs_of_life(settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Whether workers and, where a platform is on, senders are alive."""
    findings = []
    for kind, title in (
        ("worker", Phrase("worker")),
        *((("sender", Phrase("sender")),) if settings.enabled_channels else ()),
    ):
        seen = last_beat(session, kind)
        if seen is None:
            findings.append(Finding(title, "warning", Phrase("never_ran"), Phrase("make_run")))
        elif now - seen > SILENT:
            said = Phrase("silent", seconds=f"{(now - seen).total_seconds():.0f}")
            findings.append(Finding(title, "error", said, Phrase("start_kind", kind=kind), Phrase("silent_means")))
        else:
            findings.append(Finding(title, "ok", Phrase("runs")))
    return findings


def releases(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Whether the processes that are alive are of one release, and of this command's."""
    beats = sa.select(Heartbeat).where(Heartbeat.beat_at > now - SILENT).order_by(Heartbeat.name)
    by_release: dict[str, list[str]] = {}
    for one in session.scalars(beats):
        by_release.setdefault(one.version or Phrase("release_unknown"), []).append(f"{one.kind} {one.name}")
    if not by_release:
        return []
    if set(by_release) == {__version__}:
        return [Finding(Phrase("release"), "ok", Phrase("release_one", version=__version__))]
    seen = Several(
        Phrase("release_names", release=release, names=", ".join(names)) for release, names in sorted(by_release.items())
    )
    remedy = Phrase("release_restart")
    return [Finding(Phrase("release"), "warning", Phrase("release_several", version=__version__, seen=seen), remedy)]


def platform_accounts(settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Accounts that cannot be sent with, and tokens that end soon."""
    findings = []
    for account in session.scalars(sa.select(ChannelAccount).where(ChannelAccount.channel.in_(settings.enabled_channels))):
        if account.state != "ok":
            page = f"docs/operators/{account.channel.replace('facebook', 'messenger')}.md"
            findings.append(
                Finding(
                    Phrase("account", channel=account.channel),
                    "error",
                    account.reason or Phrase("account_look"),
                    Phrase("see", page=page),
                )
            )
    for token in session.scalars(sa.select(ChannelToken).where(ChannelToken.channel.in_(settings.enabled_channels))):
        findings += _token(token, now)
    return findings


def _token(token: ChannelToken, now: datetime) -> list[Finding]:
    name, remedy = Phrase("token", channel=token.channel), Phrase("token_again", channel=token.channel)
    left = token.refresh_issued_at + ZALO_CONSENT - now
    if token.consent_needed or left <= timedelta(0):
        return [Finding(name, "error", Phrase("token_ended"), remedy, Phrase("token_ended_means"))]
    if left < timedelta(days=14):
        return [Finding(name, "warning", Phrase("days_left", days=left.days), remedy, Phrase("token_means"))]
    return [Finding(name, "ok", Phrase("days_left", days=left.days))]


def clearing(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Whether what is past its time goes, and whether deletions at a citizen's wish are carried out."""
    findings = []
    last = session.scalar(sa.select(sa.func.max(RetentionRun.finished_at)))
    asked = sa.select(sa.func.min(DeletionRecord.asked_at)).where(DeletionRecord.state.in_(("asked", "ledger_cleared")))
    oldest = session.scalar(asked)
    if oldest is not None and now - oldest > _DELETED_WITHIN:
        remedy = Phrase("deletion_logs")
        findings.append(Finding(Phrase("deletion"), "error", Phrase("deletion_late"), remedy))
    if last is None:
        return [*findings, Finding(Phrase("clearing"), "ok", Phrase("never_ran"))]
    if now - last > _CLEARED_WITHIN:
        seen = Phrase("clearing_last", hours=(now - last) // timedelta(hours=1))
        return [*findings, Finding(Phrase("clearing"), "warning", seen, Phrase("clearing_run"))]
    return [*findings, Finding(Phrase("clearing"), "ok", Phrase("clearing_well"))]
