"""``motcua backup``: making backups, proving them, restoring them, keeping the right ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.audit import OPERATOR, record_audit
from bot.conversations.clock import utc_now
from bot.conversations.encryption import LedgerKeyError
from bot.settings import Settings
from bot.storage.database import open_database, writing
from bot.switches.words import spoken_moment
from motcua import stack
from motcua.backup.creating import create_backup
from motcua.backup.faults import BackupError
from motcua.backup.keeping import Kept, list_backups, remove, superfluous
from motcua.backup.proving import restore_backup, verify_backup

backup_app = typer.Typer(help="Sao lưu: tạo, phục hồi thử, phục hồi, giữ đúng bản.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)

Folder = Annotated[Path | None, typer.Argument(help="Thư mục chứa bản sao lưu; mặc định BACKUP_DIR.")]
_MEGABYTE = 1024 * 1024
_AFTER_A_RESTORE = (
    "motcua migrate",
    "motcua rights replay-deletions TỆP",
    "motcua retention run",
    "motcua keys status",
    "motcua doctor",
)


def _tell(line: str) -> None:
    errors.print(escape(line), highlight=False)


@contextmanager
def _faults() -> Iterator[None]:
    """Says what is wrong, and ends with 1."""
    try:
        yield
    except (BackupError, LedgerKeyError, OSError) as error:
        errors.print(f"[red]{escape(str(error))}[/red]", highlight=False)
        raise typer.Exit(1) from error
    except SQLAlchemyError as error:
        errors.print(f"[red]cơ sở dữ liệu: {type(error).__name__}[/red]", highlight=False)
        raise typer.Exit(1) from error


def _folder(settings: Settings, named: Path | None) -> Path:
    if named is None and settings.backup_dir is None:
        raise BackupError("chưa biết thư mục sao lưu: nêu thư mục, hoặc đặt BACKUP_DIR")
    return named or settings.backup_dir or Path()


@backup_app.command("create")
def create(
    folder: Folder = None,
    verify: Annotated[bool, typer.Option("--verify", help="Phục hồi thử ngay sau khi tạo.")] = False,
) -> None:
    """Tạo một bản sao lưu mã hoá trong khi sản phẩm chạy."""
    settings = stack.load_settings()
    with _faults():
        created = create_backup(settings, _folder(settings, folder), utc_now(), _tell)
        _audit(settings, created.path.name, created.manifest.rows)
    size = created.size / _MEGABYTE
    console.print(f"{created.path} ({size:.1f} MB, {created.manifest.rows} dòng)", highlight=False, soft_wrap=True)
    if verify:
        _verify(settings, created.path, None)


@backup_app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="Bản sao lưu.")],
    scratch_url: Annotated[str | None, typer.Option(help="Cơ sở dữ liệu PostgreSQL trống để phục hồi thử.")] = None,
) -> None:
    """Phục hồi thử vào chỗ tạm, so từng bảng, mở thử giá trị mã hoá; kết quả ghi cạnh bản sao lưu."""
    _verify(stack.load_settings(), file, scratch_url)


def _verify(settings: Settings, file: Path, scratch_url: str | None) -> None:
    with _faults():
        proof = verify_backup(settings, file, utc_now(), _tell, scratch_url=scratch_url)
    for fault in proof.faults:
        console.print(f"[red]{escape(fault)}[/red]", highlight=False)
    if not proof.passed:
        console.print("[red]Bản sao lưu KHÔNG dùng được.[/red]")
        raise typer.Exit(1)
    console.print(
        f"[green]Phục hồi thử ĐẠT[/green]: {proof.manifest.rows} dòng khớp, {proof.sampled.looked_at} giá trị mã hoá mở được.",
        highlight=False,
    )


@backup_app.command("restore")
def restore(file: Annotated[Path, typer.Argument(help="Bản sao lưu.")]) -> None:
    """Phục hồi vào DATABASE_URL, TRACKER_URL, VAR_DIR của cài đặt hiện tại; mọi chỗ phải trống."""
    settings = stack.load_settings()
    with _faults():
        restored = restore_backup(settings, file, _tell)
    console.print(f"Đã phục hồi {restored.manifest.rows} dòng, sao lưu lúc {restored.manifest.made_at}.", highlight=False)
    if restored.settings_file is not None:
        console.print(f"Cài đặt lúc sao lưu: {restored.settings_file}", highlight=False, soft_wrap=True)
    console.print("Trước khi cho chạy, theo thứ tự:")
    for step in (
        "motcua migrate",
        "motcua rights replay-deletions TỆP",
        "motcua retention run",
        "motcua keys status",
        "motcua doctor",
    ):
        console.print(f"  {step}", highlight=False)


@backup_app.command("list")
def show(folder: Folder = None) -> None:
    """Các bản sao lưu, mới nhất trước."""
    with _faults():
        backups = list_backups(_folder(stack.load_settings(), folder))
    table = Table("Bản", "Lúc", "MB", "Phiên bản", "Cơ sở dữ liệu", "Phục hồi thử", box=None)
    for one in backups:
        tried = "[red]KHÔNG ĐẠT[/red]" if one.failed else spoken_moment(one.verified_at) if one.verified_at else "chưa"
        size = f"{one.size / _MEGABYTE:.1f}"
        table.add_row(one.path.name, spoken_moment(one.made_at), size, one.release, escape(one.databases), tried)
    console.print(table if backups else "Không có bản sao lưu nào.")


@backup_app.command("prune")
def prune(
    folder: Folder = None,
    daily: Annotated[int, typer.Option(min=1, help="Số ngày giữ một bản mỗi ngày.")] = Kept.daily,
    weekly: Annotated[int, typer.Option(min=0, help="Số tuần giữ một bản mỗi tuần.")] = Kept.weekly,
    monthly: Annotated[int, typer.Option(min=0, help="Số tháng giữ một bản mỗi tháng.")] = Kept.monthly,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê bản sẽ xoá.")] = False,
) -> None:
    """Xoá bản thừa; bản mới nhất và bản phục hồi thử đạt mới nhất luôn ở lại."""
    with _faults():
        going = superfluous(list_backups(_folder(stack.load_settings(), folder)), Kept(daily, weekly, monthly))
        for one in going:
            if not dry_run:
                remove(one)
            console.print(one.path.name, highlight=False)
    console.print(f"{'Sẽ xoá' if dry_run else 'Đã xoá'} {len(going)} bản.", highlight=False)


def _audit(settings: Settings, name: str, rows: int) -> None:
    """A copy of everything was made: that is worth a line in the audit log."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        with writing(database.sessions) as session:
            record_audit(session, OPERATOR, "backup.created", f"backup:{name}", {"rows": rows}, now=utc_now())
    finally:
        database.engine.dispose()
