"""``motcua service-reviews``: the yearly review of services."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import VIETNAM_TIME
from bot.conversations.clock import utc_now
from bot.service_reviews.making import YearlyReviews
from bot.service_reviews.record import decisions_of, reviews_of, seal_holds
from bot.service_reviews.rules import BrokenRulesError
from bot.storage.database import open_database, writing
from motcua import stack

service_reviews_app = typer.Typer(help="Rà soát hằng năm các dịch vụ.", no_args_is_help=True)
console = Console()
Year = Annotated[int, typer.Option("--year", min=2020, max=2100, help="Năm; mặc định là năm nay.")]


@service_reviews_app.callback()
def service_reviews() -> None:
    """Rà soát hằng năm các dịch vụ."""


@service_reviews_app.command("make")
def make(year: Year = utc_now().astimezone(VIETNAM_TIME).year) -> None:
    """Tính lại số liệu rà soát; những gì đã ký giữ nguyên."""
    settings = stack.load_settings()
    database = open_database(settings.database_url)
    try:
        with writing(database.sessions) as session:
            made = YearlyReviews.from_settings(settings, database.sessions, utc_now).make(session, year)
    except BrokenRulesError as error:
        console.print(f"[red]Không đọc được bộ quy tắc: {escape(str(error))}[/red]")
        raise typer.Exit(1) from error
    finally:
        database.engine.dispose()
    console.print(f"Đã tính {made} dịch vụ của năm {year}.")


@service_reviews_app.command("verify")
def verify(year: Year = utc_now().astimezone(VIETNAM_TIME).year) -> None:
    """Kiểm tra dấu niêm phong của các quyết định đã ký; kết thúc bằng 1 nếu có quyết định bị sửa."""
    settings = stack.load_settings()
    database = open_database(settings.database_url)
    table = Table("mã", "quyết định", "người ký", "dấu", box=None)
    broken = 0
    with database.sessions() as session:
        rows = {row.id: row for row in reviews_of(session, year)}
        for number, decisions in decisions_of(session, list(rows)).items():
            for one in decisions:
                holds = seal_holds(one, settings.ledger_key.get_secret_value())
                broken += not holds
                told = "còn nguyên" if holds else "[red]đã bị sửa[/red]"
                table.add_row(rows[number].procedure_code, one.decision, escape(one.name), told)
        signed = len(decisions_of(session, list(rows)))
    database.engine.dispose()
    console.print(table)
    console.print(f"{signed}/{len(rows)} dịch vụ có quyết định đã ký.")
    if broken:
        raise typer.Exit(1)
