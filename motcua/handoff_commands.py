"""``motcua handoffs``: who waits for a person, for operators without the console. ``motcua teams``: who answers."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.catalogue.load import CatalogueError
from bot.clock import VIETNAM_TIME
from bot.conversations.handoffs import UnknownHandoffError, close_handoff, open_handoffs
from bot.officers.members import join_team, leave_team, members_by_team
from bot.officers.people import People
from bot.officers.teams import Teams, teams_of
from bot.settings import Settings
from bot.storage.database import open_database, writing
from motcua import stack

handoff_app = typer.Typer(help="Các cuộc trò chuyện đang chờ cán bộ.", no_args_is_help=True)
team_app = typer.Typer(help="Các đội cán bộ và thành viên.", no_args_is_help=True)
console = Console()


@handoff_app.command("list")
def list_waiting() -> None:
    """Liệt kê các yêu cầu gặp cán bộ đang chờ, cũ nhất trước."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        waiting = open_handoffs(session)
    table = Table("Số", "Mở lúc", "Kênh", "Lý do", "Đội", "Phiếu", "Thủ tục", "Tin cuối", box=None)
    for handoff in waiting:
        opened = handoff.opened_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
        table.add_row(
            str(handoff.id),
            opened,
            handoff.channel,
            handoff.reason,
            handoff.team or "",
            (handoff.number or "") if handoff.ticket else "",
            escape(handoff.summary.get("procedure_name") or ""),
            escape(handoff.summary.get("last_message") or ""),
        )
    console.print(table if waiting else "Không có yêu cầu nào đang chờ.")


@handoff_app.command("close")
def close(
    number: Annotated[int, typer.Argument(help="Số của yêu cầu, xem «motcua handoffs list».")],
    closed: Annotated[bool, typer.Option("--closed", help="Kết thúc hẳn, không trả lại cho trợ lý.")] = False,
) -> None:
    """Kết thúc một yêu cầu: trả cuộc trò chuyện lại cho trợ lý tự động."""
    database = open_database(stack.load_settings().database_url)
    try:
        close_handoff(database.sessions, number, "closed" if closed else "returned_to_bot")
    except UnknownHandoffError as error:
        console.print(f"[red]Không có yêu cầu số {number} đang chờ.[/red]")
        raise typer.Exit(1) from error
    console.print(f"Đã kết thúc yêu cầu số {number}.")


@handoff_app.command("round")
def make_round() -> None:
    """Chạy ngay một vòng: trả lại yêu cầu quá hạn giữ, xin lỗi người chờ lâu, lập phiếu ngoài giờ. Bộ xử lý tự chạy mỗi phút."""
    settings = stack.load_settings()
    people = People.from_settings(settings, open_database(settings.database_url).sessions)
    for name, count in people.rounds.make(datetime.now(UTC)).items():
        console.print(f"{name}: {count}")


@team_app.command("list")
def list_teams(
    everyone: Annotated[bool, typer.Option("--all", help="Cả các đội chưa có thành viên.")] = False,
) -> None:
    """Liệt kê các đội và thành viên."""
    settings, teams = _settings_and_teams()
    with open_database(settings.database_url).sessions() as session:
        found = members_by_team(session)
    members = {team: [row.account + "*" * (row.role == "supervisor") for row in rows] for team, rows in found.items()}
    table = Table("Đội", "Tên", "Thành viên (* phụ trách)", box=None)
    for team in teams.all:
        if everyone or team.id in members or team is teams.fallback:
            table.add_row(team.id, escape(team.name), ", ".join(members.get(team.id, ())))
    console.print(table)


@team_app.command("add")
def add_member(
    team: Annotated[str, typer.Argument(help="Mã của đội, xem «motcua teams list --all».")],
    account: Annotated[str, typer.Argument(help="Mã tài khoản của cán bộ.")],
    supervisor: Annotated[bool, typer.Option("--supervisor", help="Phụ trách đội.")] = False,
) -> None:
    """Thêm một cán bộ vào một đội."""
    settings, teams = _settings_and_teams()
    if team not in teams.by_id:
        console.print(f"[red]Không có đội {escape(team)}.[/red]")
        raise typer.Exit(1)
    with writing(open_database(settings.database_url).sessions) as session:
        join_team(session, team, account, datetime.now(UTC), supervisor=supervisor)
    console.print(f"{escape(account)} → {escape(teams.by_id[team].name)}")


@team_app.command("remove")
def remove_member(team: str, account: str) -> None:
    """Đưa một cán bộ ra khỏi một đội."""
    settings, _ = _settings_and_teams()
    with writing(open_database(settings.database_url).sessions) as session:
        leave_team(session, team, account)
    console.print("Xong.")


def _settings_and_teams() -> tuple[Settings, Teams]:
    settings = stack.load_settings()
    try:
        return settings, teams_of(settings)
    except CatalogueError as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(1) from error
