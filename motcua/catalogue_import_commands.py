"""``motcua catalogue import`` and what belongs to it: versions, undo, reports."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.editing.differences import compare_live, content_name
from bot.catalogue.importing import store
from bot.catalogue.importing.agencies import load_agency_names
from bot.catalogue.importing.findings import ImportRefusedError
from bot.catalogue.importing.report import HAZARD_NAMES, report_html, summary_lines
from bot.catalogue.importing.run import ImportOutcome, import_source
from bot.catalogue.live import reviewed_in_force
from bot.catalogue.load import CatalogueError, load_catalogue
from bot.catalogue.publishing.content import ReviewedSource
from bot.clock import VIETNAM_TIME, vietnam_now
from bot.settings import Settings
from bot.storage.database import Database, is_missing_file, open_database
from bot.storage.migrate import is_at_head, upgrade
from motcua import stack

console = Console()
errors = Console(stderr=True)

SHOWN_FINDINGS = 15
"""Refused rows shown in the terminal; all stand in the report."""

SourcePath = Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp JSON, Excel, Word, HTML, hoặc thư mục trang chi tiết.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ đọc và báo cáo, không ghi gì.")]
ReportPath = Annotated[Path | None, typer.Option("--report", metavar="TỆP", help="Ghi báo cáo ra tệp .json hoặc .html.")]
ReplaceAll = Annotated[bool, typer.Option("--replace", help="Tệp là toàn bộ danh mục: bỏ các mã mà tệp không có.")]
VersionNumber = Annotated[int | None, typer.Argument(metavar="[PHIÊN BẢN]", help="Số phiên bản; mặc định bản đang dùng.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to ``motcua catalogue``."""
    app.command("import")(import_file)
    app.command("versions")(versions)
    app.command("undo")(undo)
    app.command("import-report")(import_report)


def _fail(message: str) -> typer.Exit:
    errors.print(f"[red]{escape(message)}[/red]", highlight=False, soft_wrap=True)
    return typer.Exit(1)


def _tell(message: str) -> None:
    console.print(escape(message), highlight=False, soft_wrap=True)


def import_file(file: SourcePath, dry_run: DryRun = False, report: ReportPath = None, replace: ReplaceAll = False) -> None:
    """Nhập danh mục thủ tục thành một phiên bản mới; bản đang dùng chỉ đổi khi mọi thứ đã xong."""
    settings = stack.load_settings()
    if report is not None and report.suffix.lower() not in (".json", ".html"):
        raise _fail("Tệp báo cáo phải có đuôi .json hoặc .html.")
    try:
        outcome = _imported(file, settings, dry_run=dry_run, replace_all=replace)
    except ImportRefusedError as error:
        raise _fail(f"Không nhập được {file.name}: {error}. Danh mục đang dùng không thay đổi.") from error
    except store.CatalogueChangedError as error:
        raise _fail("Có người vừa đổi danh mục trong lúc nhập; không ghi gì. Hãy chạy lại.") from error
    except (SQLAlchemyError, CatalogueError) as error:
        raise _fail(f"Không nhập được: {str(error).splitlines()[0]}. Danh mục đang dùng không thay đổi.") from error
    _show_report(outcome.report)
    if report is not None:
        write_report(outcome.report, report)
        _tell(f"Báo cáo: {report}")
    _tell(_conclusion(outcome, dry_run=dry_run))


def _imported(file: Path, settings: Settings, *, dry_run: bool, replace_all: bool) -> ImportOutcome:
    """Runs the import with a progress bar. A dry run neither makes nor upgrades a database."""
    folder = settings.data_dir / "catalogue"
    names = load_agency_names(folder, load_catalogue(folder).agencies)
    if not dry_run:
        upgrade(settings.database_url)
    database = open_database(settings.database_url) if not dry_run or _is_ready(settings) else None
    columns = (TextColumn("[progress.description]{task.description}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=errors, transient=True) as bar:
            task = bar.add_task(f"Đọc {escape(file.name)}", total=_size(file))
            outcome = import_source(
                file,
                database.sessions if database else None,
                names,
                vietnam_now(),
                dry_run=dry_run,
                replace_all=replace_all,
                progress=lambda done: bar.update(task, completed=done),
            )
            if database is not None and outcome.version is not None:
                content = reviewed_in_force(ReviewedSource.from_settings(settings), database.sessions)
                compare_live(database.sessions, content.catalogue, content_name(content), vietnam_now())
            return outcome
    finally:
        if database is not None:
            database.engine.dispose()


def _size(file: Path) -> int | None:
    if file.is_dir():
        return sum(1 for _ in file.iterdir())
    return file.stat().st_size if file.is_file() else None


def _is_ready(settings: Settings) -> bool:
    """Whether there is a database of this release's shape; looks without making one."""
    if is_missing_file(settings.database_url):
        return False
    database = open_database(settings.database_url, pool_size=1)
    try:
        return is_at_head(database.engine)
    finally:
        database.engine.dispose()


def _show_report(report: Mapping[str, Any]) -> None:
    for line in summary_lines(report):
        _tell(line)
    refused = [finding for finding in report["findings"] if finding["severity"] == "refused"]
    for finding in refused[:SHOWN_FINDINGS]:
        errors.print(
            f"[red]{escape(finding['row'])}[/red] {escape(finding.get('code', ''))} {escape(finding['message'])}",
            highlight=False,
            soft_wrap=True,
        )
    if len(refused) > SHOWN_FINDINGS:
        errors.print(f"… và {len(refused) - SHOWN_FINDINGS:,} dòng nữa bị từ chối; xem bằng --report", highlight=False)


def _conclusion(outcome: ImportOutcome, *, dry_run: bool) -> str:
    if dry_run:
        return "Chạy thử: không ghi gì." + ("" if outcome.changed else " Tệp này không làm danh mục thay đổi.")
    if not outcome.changed:
        return "Mọi thủ tục đều như bản đang dùng: không tạo phiên bản mới."
    return f"Đã nhập phiên bản {outcome.version}; trợ lý dùng bản này sau vài giây. Quay lại: motcua catalogue undo"


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Writes the report as JSON or HTML, by the file's ending."""
    text = report_html(report) if path.suffix.lower() == ".html" else json.dumps(report, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _database() -> Database:
    """The database. Exits, saying what to do, where it does not exist or is of another release."""
    settings = stack.load_settings()
    try:
        ready = _is_ready(settings)
    except SQLAlchemyError as error:
        raise _fail(f"Không mở được cơ sở dữ liệu ({type(error).__name__}). Xem DATABASE_URL.") from error
    if not ready:
        raise _fail("Cơ sở dữ liệu chưa có hoặc chưa nâng cấp. Chạy: motcua migrate")
    return open_database(settings.database_url, pool_size=1)


def versions() -> None:
    """Liệt kê các phiên bản đã nhập; dấu ● là bản đang dùng."""
    database = _database()
    with database.sessions() as session:
        found = store.versions(session)
    if not found:
        _tell("Chưa nhập phiên bản nào; trợ lý chỉ dùng các thủ tục đã rà soát.")
        return
    table = Table("", "Số", "Nhập lúc", "Nguồn", "Loại", "Thủ tục", "Mới", "Đổi", "Từ chối", "Bản trước", box=None)
    for version in found:
        counts = version.counts
        moment = version.imported_at.astimezone(VIETNAM_TIME)
        numbers = (f"{counts.get(key, 0):,}" for key in ("total", "new", "changed", "refused"))
        mark, before = "●" if version.live else "", str(version.previous or "")
        table.add_row(
            mark,
            str(version.number),
            f"{moment:%d/%m/%Y %H:%M}",
            escape(version.source_name),
            version.source_format,
            *numbers,
            before,
        )
    console.print(table)


def undo() -> None:
    """Dùng lại phiên bản trước phiên bản đang dùng."""
    database = _database()
    try:
        pointer = store.undo(database.sessions, vietnam_now())
    except store.NoVersionError as error:
        raise _fail(f"{str(error).capitalize()}.") from error
    except store.CatalogueChangedError as error:
        raise _fail("Có người vừa đổi danh mục; hãy xem lại bằng: motcua catalogue versions") from error
    if pointer.version is None:
        _tell("Đã bỏ phiên bản đầu tiên; trợ lý chỉ còn dùng các thủ tục đã rà soát.")
    else:
        _tell(f"Đã quay lại phiên bản {pointer.version}; trợ lý dùng bản này sau vài giây.")


def import_report(version: VersionNumber = None, report: ReportPath = None) -> None:
    """Xem lại báo cáo của một lần nhập."""
    database = _database()
    try:
        with database.sessions() as session:
            found = store.report_of(session, version)
    except store.NoVersionError as error:
        raise _fail(f"{str(error).capitalize()}.") from error
    if report is not None:
        if report.suffix.lower() not in (".json", ".html"):
            raise _fail("Tệp báo cáo phải có đuôi .json hoặc .html.")
        write_report(found, report)
        _tell(f"Báo cáo: {report}")
        return
    _tell(f"{found['source']['name']} · {found['imported_at']} · sha256 {found['source']['sha256'][:16]}…")
    _show_report(found)
    table = Table("Chỗ", "Mã", "Loại", "Lý do", box=None)
    for finding in found["findings"][:SHOWN_FINDINGS]:
        hazard = HAZARD_NAMES.get(finding["hazard"], finding["hazard"])
        table.add_row(escape(finding["row"]), finding.get("code", ""), escape(hazard), escape(finding["message"]))
    console.print(table)
