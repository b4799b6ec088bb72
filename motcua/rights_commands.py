"""``motcua rights`` and ``motcua retention``: requests about data and their clock, proofs of deletion, the retention job."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import VIETNAM_TIME, vietnam_today
from bot.conversations.clock import utc_now
from bot.conversations.engine_trackers import EngineTrackers
from bot.retention.job import Retention
from bot.retention.policy import RetentionFileError, read_periods
from bot.rights.deletion_journal import JournalError, read_journals
from bot.rights.deletions import seal_holds
from bot.rights.replay import replay_deletions
from bot.rights.tickets import UnknownRequestError, acknowledge, close, listed_requests, request_id
from bot.storage.database import open_database, writing
from bot.storage.rights_models import DeletionRecord
from motcua import stack

rights_app = typer.Typer(help="Quyền của người dân đối với dữ liệu.", no_args_is_help=True)
retention_app = typer.Typer(help="Thời hạn lưu và xoá dữ liệu.", no_args_is_help=True)
console = Console()

_KINDS = {
    "correct": "sửa dữ liệu",
    "object": "phản đối xử lý",
    "complaint": "khiếu nại",
    "delete": "xoá dữ liệu",
    "view": "xem dữ liệu",
    "withdraw": "rút đồng ý",
}
_STATES = {"open": "mới", "acknowledged": "đã tiếp nhận", "done": "đã giải quyết", "refused": "không chấp nhận"}


@rights_app.command("list")
def list_requests(
    ended: Annotated[bool, typer.Option("--ended", help="Liệt kê các phiếu đã kết thúc.")] = False,
) -> None:
    """Liệt kê phiếu quyền dữ liệu, phiếu gần hạn nhất trước."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        requests = listed_requests(session, vietnam_today(), ended=ended)
    table = Table("Phiếu", "Việc", "Kênh", "Tình trạng", "Mở lúc", "Xác nhận trước", "Trả lời trước", "Nội dung", box=None)
    for one in requests:
        state = _STATES[one.state] + (" [red]QUÁ HẠN[/red]" if one.overdue else "")
        opened = f"{one.opened_at.astimezone(VIETNAM_TIME):%H:%M %d/%m/%Y}"
        due = f"{one.acknowledge_by:%d/%m/%Y}", f"{one.answer_by:%d/%m/%Y}"
        told = escape(one.reason or one.words or "")
        table.add_row(one.number, _KINDS[one.kind], one.channel, state, opened, *due, told)
    console.print(table if requests else "Không có phiếu nào.")


@rights_app.command("acknowledge")
def acknowledge_request(number: Annotated[str, typer.Argument(help="Số phiếu, ví dụ QDL-12.")]) -> None:
    """Ghi nhận đã tiếp nhận phiếu và báo cho người dân."""
    database = open_database(stack.load_settings().database_url)
    try:
        with writing(database.sessions) as session:
            acknowledge(session, request_id(number), utc_now())
    except UnknownRequestError as error:
        raise _fail(f"Không có phiếu {number} đang chờ tiếp nhận.") from error
    console.print(f"Đã tiếp nhận phiếu {number}.")


@rights_app.command("close")
def close_request(
    number: Annotated[str, typer.Argument(help="Số phiếu, ví dụ QDL-12.")],
    refused: Annotated[bool, typer.Option("--refused", help="Không chấp nhận; phải có lý do.")] = False,
    reason: Annotated[str, typer.Option(help="Kết quả hoặc lý do, người dân đọc được.")] = "",
) -> None:
    """Kết thúc phiếu và báo kết quả cho người dân."""
    database = open_database(stack.load_settings().database_url)
    try:
        with writing(database.sessions) as session:
            close(session, request_id(number), "refused" if refused else "done", reason, utc_now())
    except UnknownRequestError as error:
        raise _fail(f"Không có phiếu {number} đang mở.") from error
    except ValueError as error:
        raise _fail("Không chấp nhận thì phải nêu lý do: --reason.") from error
    console.print(f"Đã kết thúc phiếu {number}.")


@rights_app.command("proof")
def show_proof(reference: Annotated[str, typer.Argument(help="Mã xoá mà người dân được báo, ví dụ XDL-7K2MPQRS.")]) -> None:
    """Bằng chứng của một lần xoá dữ liệu, và dấu niêm phong còn khớp hay không."""
    settings = stack.load_settings()
    database = open_database(settings.database_url)
    with database.sessions() as session:
        record = session.get(DeletionRecord, reference.strip().upper())
    if record is None:
        raise _fail(f"Không có mã xoá {reference}.")
    console.print(f"Mã {record.reference}: {record.state}, kênh {record.channel}, yêu cầu từ {record.source}.")
    for what, moment in (("Yêu cầu", record.asked_at), ("Xoá sổ cái", record.ledger_cleared_at), ("Xong", record.done_at)):
        console.print(f"{what}: " + (f"{moment.astimezone(VIETNAM_TIME):%H:%M %d/%m/%Y}" if moment else "chưa"))
    for table, count in sorted((record.counts or {}).items()):
        console.print(f"  {table}: {count}")
    if record.state == "done":
        holds = seal_holds(record, settings.ledger_key.get_secret_value())
        console.print("Niêm phong: khớp." if holds else "[red]Niêm phong: KHÔNG khớp.[/red]")


@rights_app.command("replay-deletions")
def replay(
    journals: Annotated[
        list[Path] | None, typer.Argument(help="Nhật ký xoá (DELETION_JOURNAL) của từng máy; mặc định là của máy này.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê, không xoá.")] = False,
) -> None:
    """Sau khi phục hồi bản sao lưu: xoá lại những gì người dân đã yêu cầu xoá. Chạy trước khi cho sản phẩm hoạt động."""
    settings = stack.load_settings()
    try:
        noted = read_journals(journals or [settings.deletion_journal_file])
    except (JournalError, OSError) as error:
        raise _fail(f"Không đọc được nhật ký xoá: {error}") from error
    database = open_database(settings.database_url)
    keys = settings.ledger_key.get_secret_value()
    done = replay_deletions(database.sessions, noted, keys, utc_now(), dry_run=dry_run)
    for reference in done.deleted:
        console.print(reference, highlight=False)
    console.print(
        f"{'Sẽ xoá lại' if dry_run else 'Đã xoá lại'} {len(done.deleted)}; {done.done_before} đã xoá từ trước; "
        f"{done.not_here} không có trong sổ cái này.",
        highlight=False,
    )


@retention_app.command("run")
def run_retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm những gì đến hạn xoá, không xoá.")] = False,
) -> None:
    """Xoá những gì đã hết thời hạn lưu, đến hết."""
    settings = stack.load_settings()
    database = open_database(settings.database_url)
    try:
        periods = read_periods(Path(settings.retention_file))
    except RetentionFileError as error:
        raise _fail(str(error)) from error
    job = Retention(database.sessions, EngineTrackers(settings.tracker_address), periods, seconds=None)
    counts = job.due() if dry_run else job.run().counts
    table = Table("Loại", "Bảng", "Thời hạn", "Đến hạn xoá" if dry_run else "Đã xoá", box=None)
    for name, count in counts.items():
        kind, _, where = name.partition("/")
        if dry_run or count:
            table.add_row(escape(periods[kind].title), where, f"{periods[kind].days} ngày", str(count))
    console.print(table)


def _fail(message: str) -> typer.Exit:
    console.print(f"[red]{escape(message)}[/red]", highlight=False)
    return typer.Exit(1)
