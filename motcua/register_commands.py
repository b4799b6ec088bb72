"""``motcua register``: our copy of the portal's list of dossiers."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import func, select

from bot.catalogue.load import load_offices
from bot.clock import VIETNAM_TIME
from bot.portal.assembly import assemble_portal
from bot.register.reading import RegisterReading
from bot.register.units import ReceivingUnits
from bot.storage.database import open_database
from bot.storage.evidence_models import RegisteredDossier, RegisterRun
from motcua import stack

register_app = typer.Typer(help="Bản sao danh sách hồ sơ của Cổng (không có tên người).", no_args_is_help=True)
console = Console()
_KINDS = {"changes": "phần mới", "whole": "toàn bộ"}


@register_app.callback()
def register() -> None:
    """Bản sao danh sách hồ sơ của Cổng (không có tên người)."""


@register_app.command("read")
def read(whole: Annotated[bool, typer.Option("--whole", help="Đọc lại toàn bộ, tìm cả hồ sơ Cổng không còn.")] = False) -> None:
    """Đọc tiếp danh sách hồ sơ của Cổng."""
    settings = stack.load_settings()
    database, portal = open_database(settings.database_url), assemble_portal(settings)
    offices = load_offices(settings.data_dir / "catalogue")
    reading = RegisterReading(database.sessions, portal.gateway, ReceivingUnits(offices.agencies.values(), offices.places))
    try:
        with Progress(console=console, transient=True) as shown:
            task = shown.add_task("hồ sơ", total=None)
            go = reading.read_whole if whole else reading.read_changes
            found = go(lambda count: shown.update(task, completed=count, description=f"{count} hồ sơ"))
    finally:
        portal.close()
        database.engine.dispose()
    console.print(
        f"Đã đọc {found.read} hồ sơ: {found.written} mới hoặc thay đổi, {found.refused} sai quy cách"
        + (f", {found.missing} không còn ở Cổng." if whole else ".")
    )
    if not found.complete:
        console.print(f"[red]Chưa đọc hết: {found.failure}. Chạy lại lệnh này để đọc tiếp.[/red]")
        raise typer.Exit(1)


@register_app.command("show")
def show() -> None:
    """Các lần đọc gần nhất, và những đơn vị chưa biết thuộc cơ quan nào."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        count = session.scalar(select(func.count()).select_from(RegisteredDossier)) or 0
        runs = session.scalars(select(RegisterRun).order_by(RegisterRun.id.desc()).limit(10)).all()
        unknown = session.execute(
            select(RegisteredDossier.unit_code, RegisteredDossier.unit_name, func.count())
            .where(RegisteredDossier.agency.is_(None))
            .group_by(RegisteredDossier.unit_code, RegisteredDossier.unit_name)
            .order_by(func.count().desc())
            .limit(50)
        ).all()
    database.engine.dispose()
    console.print(f"{count} hồ sơ trong bản sao.")
    table = Table("lúc", "đọc", "hồ sơ", "mới", "sai quy cách", "kết quả", box=None)
    for run in runs:
        at = run.started_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
        ended = "xong" if run.complete else (run.detail or "đang đọc")
        table.add_row(at, _KINDS[run.kind], str(run.read), str(run.written), str(run.refused), ended)
    console.print(table if runs else "Chưa đọc lần nào: motcua register read")
    for code, name, dossiers in unknown:
        console.print(f"[yellow]Chưa biết cơ quan:[/yellow] {code} {name} ({dossiers} hồ sơ)")
