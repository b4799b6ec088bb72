"""``motcua usage``: counts months anew and holds the counts against the ledger's rows."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.catalogue.live import live_catalogue
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import utc_now
from bot.retention.policy import Periods, RetentionFileError, read_periods
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.usage.agencies import receiving_agencies
from bot.usage.counting import AgencyOf, count_months
from bot.usage.months import parsed_month
from bot.usage.reconcile import Difference, reconcile
from motcua import stack

usage_app = typer.Typer(help="Số liệu sử dụng theo tháng.", no_args_is_help=True)
console = Console()
_MOST_SHOWN = 100

Month = Annotated[str, typer.Option("--month", help="Tháng, ví dụ 2026-11.")]


@usage_app.command("count")
def count(month: Month = "") -> None:
    """Đếm lại từ sổ cái: một tháng, hoặc 13 tháng gần nhất. Tháng đã hết hạn lưu thì giữ nguyên số cũ."""
    wanted = parsed_month(month) if month else None
    if month and wanted is None:
        raise _fail(f"Tháng không đúng: {month[:20]}. Viết như 2026-11.")
    database, agency_of, periods = _opened()
    cells = count_months(database.sessions, agency_of, periods, utc_now(), [wanted] if wanted is not None else None)
    for counted, number in cells.items():
        console.print(f"{counted:%m/%Y}: {number} ô số liệu", highlight=False)


@usage_app.command("reconcile")
def hold_against_the_ledger(month: Month) -> None:
    """Tính lại từng số của một tháng từ từng dòng sổ cái và nêu chỗ lệch. Mã thoát 1 nếu có lệch hoặc tháng chưa đếm."""
    wanted = parsed_month(month)
    if wanted is None:
        raise _fail(f"Tháng không đúng: {month[:20]}. Viết như 2026-11.")
    database, agency_of, periods = _opened()
    with database.sessions() as session:
        found = reconcile(session, wanted, agency_of, periods)
    if found.counted_at is None:
        raise _fail(f"Tháng {wanted:%m/%Y} chưa được đếm. Chạy: motcua usage count --month {wanted:%Y-%m}")
    counted = f"{found.counted_at.astimezone(VIETNAM_TIME):%H:%M %d/%m/%Y}"
    console.print(f"Tháng {wanted:%m/%Y}, đếm lúc {counted}: {found.cells} ô.", highlight=False)
    if found.left_out:
        console.print(f"Không đối chiếu được (dòng sổ cái có thể đã hết hạn lưu): {', '.join(found.left_out)}.", highlight=False)
    if found.emptied:
        console.print(f"{found.emptied} câu hỏi của người đã xoá dữ liệu: có trong số đếm, không còn nội dung để đối chiếu.")
    if found.differences:
        console.print(_table(found.differences[:_MOST_SHOWN]))
        raise _fail(f"Lệch {len(found.differences)} ô. Nếu có dòng mới sau lúc đếm thì đếm lại trước rồi đối chiếu.")
    console.print("Khớp đến từng đơn vị.")


def _table(differences: tuple[Difference, ...]) -> Table:
    table = Table("Số liệu", "Thủ tục", "Cơ quan", "Xã, phường", "Kênh", "Chi tiết", "Đã đếm", "Theo dòng", box=None)
    for one in differences:
        words = (one.measure, one.procedure_code, one.agency, one.place_id, one.channel, one.detail)
        table.add_row(*(escape(word) or "–" for word in words), str(one.counted), str(one.in_rows))
    return table


def _opened() -> tuple[Database, AgencyOf, Periods]:
    settings = stack.load_settings()
    return (
        open_database(settings.database_url),
        receiving_agencies(live_catalogue(settings).catalogue.procedures),
        _periods(settings),
    )


def _periods(settings: Settings) -> Periods:
    try:
        return read_periods(Path(settings.retention_file))
    except RetentionFileError as error:
        raise _fail(str(error)) from error


def _fail(message: str) -> typer.Exit:
    console.print(f"[red]{escape(message)}[/red]", highlight=False)
    return typer.Exit(1)
