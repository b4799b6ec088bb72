"""``motcua switches`` and ``motcua outages``: what is off for a while, and announced outages."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.conversations.clock import utc_now
from bot.storage.database import Database, open_database
from bot.switches import store
from bot.switches.board import Order, standing
from bot.switches.reading import check_known, read_moment, read_outage_scope, read_target, write_target
from bot.switches.subjects import ANSWER_FACETS, CHANNELS, known_intents
from bot.switches.words import off_text, outage_text, spoken_moment
from bot.texts import say
from motcua import stack
from motcua.catalogue_source import live_catalogue

switches_app = typer.Typer(help="Tắt tạm thời một câu trả lời, thủ tục, ý định, kênh.", no_args_is_help=True)
outages_app = typer.Typer(help="Thông báo gián đoạn có thời điểm bắt đầu và kết thúc.", no_args_is_help=True)
console = Console()

_PLANNED = timedelta(days=9)
"""Seven working days are nine days at least."""

Reason = Annotated[str, typer.Option("--reason", help="Lý do, ghi vào lịch sử.")]
By = Annotated[str, typer.Option("--by", help="Người ra lệnh; mặc định là tên người dùng máy.")]
From = Annotated[str | None, typer.Option("--from", help="Bắt đầu: 05/08/2026 14:30, hoặc 30m, 2h, 1d nữa; mặc định ngay.")]
Until = Annotated[str | None, typer.Option("--until", help="Kết thúc, viết như --from; bỏ trống: đến khi bật lại.")]
Text = Annotated[str | None, typer.Option("--text", help="Lời nói thay, tiếng Việt.")]
TextEn = Annotated[str | None, typer.Option("--text-en", help="Lời nói thay, tiếng Anh.")]
TargetName = Annotated[str, typer.Argument(help="answer:MÃ/MỤC, procedure:MÃ, intent:TÊN, channel:TÊN, online_filing:MÃ.")]


@contextmanager
def _refusals() -> Iterator[None]:
    """Says why an order is refused, and ends with 1."""
    try:
        yield
    except store.SwitchRefusedError as error:
        told = say(error.key, "vi", **error.values)
        console.print(f"[red]{escape(told)}[/red]", highlight=False)
        raise typer.Exit(1) from error


def _ledger() -> Database:
    return open_database(stack.load_settings().database_url)


def _moment(text: str | None, now: datetime) -> datetime | None:
    return read_moment(text, now) if text else None


@switches_app.command("off")
def off(
    target: TargetName,
    reason: Reason,
    by: By = "",
    from_: From = None,
    until: Until = None,
    text: Text = None,
    text_en: TextEn = None,
) -> None:
    """Tắt: có hiệu lực ở mọi tiến trình trong hai giây."""
    now, database = utc_now(), _ledger()
    with _refusals():
        wanted = read_target(target)
        procedures = set(live_catalogue(stack.load_settings()).procedures)
        check_known(wanted, procedures=procedures, facets=ANSWER_FACETS, intents=known_intents(), channels=CHANNELS)
        number = store.switch_off(
            database.sessions,
            wanted,
            reason=reason,
            by=by or getpass.getuser(),
            now=now,
            from_at=_moment(from_, now),
            until_at=_moment(until, now),
            text_vi=text,
            text_en=text_en,
        )
    console.print(f"Lệnh {number}: đã tắt {escape(write_target(wanted))}.", highlight=False)


@switches_app.command("on")
def on(target: TargetName, reason: Reason, by: By = "") -> None:
    """Bật lại."""
    with _refusals():
        wanted = read_target(target)
        number = store.switch_on(_ledger().sessions, wanted, reason=reason, by=by or getpass.getuser(), now=utc_now())
    console.print(f"Lệnh {number}: đã bật lại {escape(write_target(wanted))}.", highlight=False)


@switches_app.command("list")
def list_off() -> None:
    """Những gì đang tắt hoặc sắp tắt, và lời nói thay."""
    now = utc_now()
    with _ledger().sessions() as session:
        orders = store.read_orders(session, now).orders
    listed = [order for order in standing(orders) if order.until_at is None or order.until_at > now]
    if not listed:
        console.print("Không có gì đang bị tắt.")
        return
    table = Table("Lệnh", "Mục", "Từ", "Đến", "Người", "Lý do", "Lời nói thay", box=None)
    for order in listed:
        table.add_row(*_cells(order), escape(off_text(order)))
    console.print(table)


@switches_app.command("history")
def show_history(limit: Annotated[int, typer.Option(help="Số lệnh gần nhất.")] = 50) -> None:
    """Mọi lệnh tắt, bật, mới nhất trước; không sửa, không xoá được."""
    with _ledger().sessions() as session:
        orders = store.history(session, limit=limit)
    table = Table("Lệnh", "Mục", "Từ", "Đến", "Người", "Lý do", "Việc", "Lúc", box=None)
    for order in orders:
        table.add_row(*_cells(order), "tắt" if order.action == "off" else "bật", spoken_moment(order.ordered_at))
    console.print(table if orders else "Chưa có lệnh nào.")


def _cells(order: Order) -> list[str]:
    until = spoken_moment(order.until_at) if order.until_at else ""
    words = (write_target(order.target), spoken_moment(order.from_at), until, order.ordered_by, order.reason)
    return [str(order.number), *(escape(word) for word in words)]


@outages_app.command("announce")
def announce(
    scope: Annotated[str, typer.Argument(help="portal, all, hoặc channel:TÊN.")],
    until: Annotated[str, typer.Option("--until", help="Kết thúc: 05/08/2026 14:30, hoặc 30m, 2h, 1d nữa.")],
    from_: From = None,
    by: By = "",
    text: Text = None,
    text_en: TextEn = None,
) -> None:
    """Thông báo một lần gián đoạn; tự hết khi đến giờ kết thúc."""
    now = utc_now()
    with _refusals():
        wanted, channel = read_outage_scope(scope)
        if channel is not None and channel not in CHANNELS:
            raise store.SwitchRefusedError("switch_refused_unknown", what="channel", subject=channel)
        starts = _moment(from_, now) or now
        number = store.announce_outage(
            _ledger().sessions,
            wanted,
            channel=channel,
            starts_at=starts,
            ends_at=read_moment(until, now),
            by=by or getpass.getuser(),
            now=now,
            text_vi=text,
            text_en=text_en,
        )
    console.print(f"Đã thông báo gián đoạn số {number}.", highlight=False)
    if starts > now and starts - now < _PLANNED:
        console.print(say("outage_short_notice"), highlight=False)


@outages_app.command("withdraw")
def withdraw(number: Annotated[int, typer.Argument(help="Số của thông báo.")], by: By = "") -> None:
    """Kết thúc sớm một thông báo gián đoạn."""
    with _refusals():
        store.withdraw_outage(_ledger().sessions, number, by=by or getpass.getuser(), now=utc_now())
    console.print(f"Thông báo số {number} đã hết hiệu lực.", highlight=False)


@outages_app.command("list")
def list_outages() -> None:
    """Các thông báo gián đoạn sắp tới, đang diễn ra, và trong 90 ngày qua."""
    now = utc_now()
    with _ledger().sessions() as session:
        outages = store.all_outages(session, now - timedelta(days=90))
    table = Table("Số", "Phạm vi", "Từ", "Đến", "Người", "Rút lúc", "Lời", box=None)
    for one in outages:
        table.add_row(
            str(one.number),
            one.channel or one.scope,
            spoken_moment(one.starts_at),
            spoken_moment(one.ends_at),
            escape(one.announced_by),
            spoken_moment(one.withdrawn_at) if one.withdrawn_at else "",
            escape(outage_text(one)),
        )
    console.print(table if outages else "Không có thông báo gián đoạn nào.")
