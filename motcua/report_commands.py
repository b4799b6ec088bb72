"""``motcua reports``: makes the report of a day or a month, and recomputes one from the rows."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import VIETNAM_TIME
from bot.conversations.clock import utc_now
from bot.reporting.delivery import DestinationAwayError, deliveries_of
from bot.reporting.desk import ReportDesk
from bot.reporting.destinations import destinations
from bot.reporting.figures import figures_hash
from bot.reporting.files import report_csv, report_json
from bot.reporting.folder import save_files
from bot.reporting.indicators import IndicatorFileError
from bot.reporting.pdf import Letterhead, report_pdf
from bot.reporting.period import Period, PeriodError, read_period
from bot.reporting.recount import differences
from bot.reporting.store import PeriodNotOverError
from bot.reporting.view import ReportView
from bot.settings import Settings
from bot.storage.database import SessionFactory, open_database
from bot.storage.report_models import Report
from motcua import stack

reports_app = typer.Typer(help="Báo cáo của các đơn vị theo ngày, theo tháng.", no_args_is_help=True)
console = Console()

_DESTINATIONS = {"folder": "thư mục", "mail": "thư điện tử", "webhook": "webhook"}
_STATES = {"waiting": "chờ gửi", "sent": "đã gửi", "failed": "không gửi được"}
_MOST_SHOWN = 40


@reports_app.command("make")
def make(
    daily: Annotated[str | None, typer.Option(help="Ngày, ví dụ 2026-11-26.")] = None,
    monthly: Annotated[str | None, typer.Option(help="Tháng, ví dụ 2026-10.")] = None,
    out: Annotated[Path | None, typer.Option(help="Ghi cả tệp JSON, CSV, PDF vào thư mục này.")] = None,
) -> None:
    """Lập báo cáo của một ngày hoặc một tháng đã qua; số liệu không đổi thì giữ bản đã có."""
    settings, period = stack.load_settings(), _period(daily, monthly)
    database = open_database(settings.database_url)
    desk = ReportDesk(database.sessions, settings.data_dir, destinations(settings))
    try:
        kept = desk.make(period, by="operator", now=utc_now())
    except PeriodNotOverError as error:
        raise _fail(f"{period.name} chưa kết thúc.") from error
    except IndicatorFileError as error:
        raise _fail(str(error)) from error
    told = "Đã lập báo cáo" if kept.fresh else "Số liệu không đổi, giữ báo cáo"
    console.print(f"{told} {kept.id}." + (f" Khác bản trước {kept.changes} số liệu." if kept.changes else ""))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for path in _saved(settings, database.sessions, kept.id, out):
            console.print(str(path), soft_wrap=True)
    database.engine.dispose()


@reports_app.command("list")
def list_reports() -> None:
    """Liệt kê các báo cáo, mới nhất trước, và từng nơi nhận."""
    database = open_database(stack.load_settings().database_url)
    table = Table("Báo cáo", "Lập lúc", "Nơi nhận", box=None)
    with database.sessions() as session:
        found = session.query(Report).order_by(Report.made_at.desc(), Report.id.desc()).limit(_MOST_SHOWN).all()
        sent = deliveries_of(session, [one.id for one in found])
        for one in found:
            where = [
                f"{_DESTINATIONS[each.destination]}: {_STATES[each.state]}" + (f" ({each.error})" if each.error else "")
                for each in sent[one.id]
            ]
            table.add_row(one.id, f"{one.made_at.astimezone(VIETNAM_TIME):%H:%M %d/%m/%Y}", escape("; ".join(where)) or "–")
    console.print(table if found else "Chưa có báo cáo nào.")
    database.engine.dispose()


@reports_app.command("verify")
def verify(report: Annotated[str, typer.Argument(help="Mã báo cáo, ví dụ daily-2026-11-26-r1.")]) -> None:
    """Tính lại báo cáo từ từng hồ sơ bằng cách tính độc lập và so với số liệu đã báo."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        found = session.get(Report, report.strip())
        if found is None:
            raise _fail(f"Không có báo cáo {report}.")
        whole = figures_hash(found.figures) == found.sha256
        wrong = differences(session, found.figures)
    database.engine.dispose()
    if not whole:
        raise _fail("Số liệu đã lưu không còn khớp SHA-256 của nó.")
    if not wrong:
        console.print(f"{found.id}: tính lại từ từng hồ sơ, mọi số liệu đều khớp; SHA-256 khớp.")
        return
    table = Table("Đơn vị", "Số liệu", "Đã báo", "Tính lại", box=None)
    for one in wrong[:_MOST_SHOWN]:
        table.add_row(escape(one.unit), one.figure, str(one.reported), str(one.recounted))
    console.print(table)
    raise _fail(f"{len(wrong)} số liệu không khớp hồ sơ hiện nay; dữ liệu đến sau thì lập lại báo cáo để có bản mới.")


def _saved(settings: Settings, sessions: SessionFactory, report: str, out: Path) -> list[Path]:
    with sessions() as session:
        view = ReportView.of(session.get_one(Report, report))
    head = Letterhead(settings.report_parent_agency, settings.report_agency)
    try:
        files = {"json": report_json(view), "csv": report_csv(view), "pdf": report_pdf(view, head)}
        return save_files(out, view, files)
    except DestinationAwayError as error:
        raise _fail(f"Không ghi được vào {out}: {error.detail}.") from error


def _period(daily: str | None, monthly: str | None) -> Period:
    if (daily is None) == (monthly is None):
        raise _fail("Cần đúng một trong hai: --daily 2026-11-26 hoặc --monthly 2026-10.")
    try:
        return read_period("daily", daily) if daily is not None else read_period("monthly", monthly or "")
    except PeriodError as error:
        raise _fail("Ngày viết như 2026-11-26, tháng viết như 2026-10.") from error


def _fail(message: str) -> typer.Exit:
    console.print(f"[red]{escape(message)}[/red]", highlight=False)
    return typer.Exit(1)
