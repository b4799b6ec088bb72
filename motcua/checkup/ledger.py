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
        return [Finding("máy chủ sổ cái", "ok", "SQLite: một máy, đĩa trong máy")]
    most = int(session.scalar(sa.text("SELECT current_setting('max_connections')")) or 0)
    open_now = int(session.scalar(sa.text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) or 0)
    version = session.scalar(sa.text("SHOW server_version"))
    findings = [Finding("máy chủ sổ cái", "ok", f"PostgreSQL {version}, {open_now}/{most} kết nối")]
    if most and open_now > most * _ROOM:
        remedy = "Tăng max_connections, đặt PgBouncer, hoặc bớt tiến trình (docs/operators/postgresql.md)"
        meaning = "Khi hết kết nối, tin nhắn bị từ chối với mã 503."
        findings = [Finding("máy chủ sổ cái", "warning", f"{open_now}/{most} kết nối đang mở", remedy, meaning)]
    there: datetime = session.scalar(sa.text("SELECT clock_timestamp()")) or now
    return [*findings, *clocks("đồng hồ của cơ sở dữ liệu", abs(there - utc_now()))]


def clocks(name: str, difference: timedelta) -> list[Finding]:
    """What two clocks' difference means. Pure."""
    seconds = f"lệch {difference.total_seconds():.1f} giây"
    if difference <= _CLOCKS_DIFFER:
        return [Finding(name, "ok", seconds)]
    level: Level = "error" if difference > _CLOCKS_DIFFER_MUCH else "warning"
    meaning = "Hạn giữ cuộc trò chuyện và chữ ký có thời gian dựa vào đồng hồ."
    return [Finding(name, level, seconds, "Bật NTP trên mọi máy: timedatectl set-ntp true", meaning)]


def waiting_messages(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """How long the oldest message has waited for its outcome."""
    oldest = oldest_unanswered(session)
    if oldest is None or now - oldest < WAITS_LONG:
        return [Finding("tin nhắn đang chờ", "ok", "không có tin nào chờ lâu")]
    level: Level = "error" if now - oldest >= WAITS_TOO_LONG else "warning"
    seen = f"tin cũ nhất đã chờ {(now - oldest) // timedelta(minutes=1)} phút"
    return [Finding("tin nhắn đang chờ", level, seen, "Xem nhật ký của worker và engine", "Người dân chưa được trả lời.")]


def signs_of_life(settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Whether workers and, where a platform is on, senders are alive."""
    findings = []
    for kind, title in (
        ("worker", "bộ xử lý tin nhắn"),
        *((("sender", "bộ gửi tin nhắn"),) if settings.enabled_channels else ()),
    ):
        seen = last_beat(session, kind)
        if seen is None:
            findings.append(Finding(title, "warning", "chưa chạy lần nào", "Chạy: make run"))
        elif now - seen > SILENT:
            said = f"không có dấu hiệu sống từ {(now - seen).total_seconds():.0f} giây"
            findings.append(Finding(title, "error", said, f"Khởi động {kind}", "Tin nhắn vào sổ mà không ai xử lý."))
        else:
            findings.append(Finding(title, "ok", "đang chạy"))
    return findings


def releases(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Whether the processes that are alive are of one release, and of this command's."""
    beats = sa.select(Heartbeat).where(Heartbeat.beat_at > now - SILENT).order_by(Heartbeat.name)
    by_release: dict[str, list[str]] = {}
    for one in session.scalars(beats):
        by_release.setdefault(one.version or "không rõ", []).append(f"{one.kind} {one.name}")
    if not by_release:
        return []
    if set(by_release) == {__version__}:
        return [Finding("bản phát hành", "ok", f"mọi tiến trình là bản {__version__}")]
    seen = "; ".join(f"bản {release}: {', '.join(names)}" for release, names in sorted(by_release.items()))
    remedy = "Trong lúc nâng cấp là bình thường; sau đó khởi động lại các tiến trình này bằng bản mới"
    return [Finding("bản phát hành", "warning", f"lệnh này là bản {__version__}; {seen}", remedy)]


def platform_accounts(settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Accounts that cannot be sent with, and tokens that end soon."""
    findings = []
    for account in session.scalars(sa.select(ChannelAccount).where(ChannelAccount.channel.in_(settings.enabled_channels))):
        if account.state != "ok":
            page = f"docs/operators/{account.channel.replace('facebook', 'messenger')}.md"
            findings.append(Finding(f"tài khoản {account.channel}", "error", account.reason or "cần xem", f"Xem {page}"))
    for token in session.scalars(sa.select(ChannelToken).where(ChannelToken.channel.in_(settings.enabled_channels))):
        findings += _token(token, now)
    return findings


def _token(token: ChannelToken, now: datetime) -> list[Finding]:
    name, remedy = f"token {token.channel}", f"Cấp lại quyền: motcua {token.channel} authorise"
    left = token.refresh_issued_at + ZALO_CONSENT - now
    if token.consent_needed or left <= timedelta(0):
        return [Finding(name, "error", "đã hết hiệu lực", remedy, "Không gửi được tin nào.")]
    if left < timedelta(days=14):
        return [Finding(name, "warning", f"còn {left.days} ngày", remedy, "Token không tự làm mới được nữa sau hạn này.")]
    return [Finding(name, "ok", f"còn {left.days} ngày")]


def clearing(_settings: Settings, session: Session, now: datetime) -> list[Finding]:
    """Whether what is past its time goes, and whether deletions at a citizen's wish are carried out."""
    findings = []
    last = session.scalar(sa.select(sa.func.max(RetentionRun.finished_at)))
    asked = sa.select(sa.func.min(DeletionRecord.asked_at)).where(DeletionRecord.state.in_(("asked", "ledger_cleared")))
    oldest = session.scalar(asked)
    if oldest is not None and now - oldest > _DELETED_WITHIN:
        remedy = "Xem nhật ký của worker (alarm.tracker_away, nhật ký xoá không ghi được)"
        findings.append(Finding("xoá theo yêu cầu", "error", "có yêu cầu chờ hơn một giờ", remedy))
    if last is None:
        return [*findings, Finding("xoá hết hạn", "ok", "chưa chạy lần nào")]
    if now - last > _CLEARED_WITHIN:
        seen = f"lần cuối {(now - last) // timedelta(hours=1)} giờ trước"
        return [*findings, Finding("xoá hết hạn", "warning", seen, "Worker có chạy không? Chạy tay: motcua retention run")]
    return [*findings, Finding("xoá hết hạn", "ok", "đã chạy trong ngày")]
