"""``motcua levels``: the audit of published online levels, and looking at official links."""

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.catalogue.load import Catalogue
from bot.conversations.clock import utc_now
from bot.levels import filing
from bot.levels.audit import audit_levels
from bot.levels.links import LinkChecker
from bot.levels.rounds import LinkRounds
from bot.levels.table import audit_csv
from bot.levels.verdicts import CODES
from bot.settings import Settings
from bot.storage.database import open_database
from bot.texts import say
from motcua import stack
from motcua.catalogue_source import live_catalogue

levels_app = typer.Typer(help="Mức độ trực tuyến đã công bố có đúng không.", no_args_is_help=True)
console = Console()

_PAUSE_SECONDS = 2.0
"""Between two looks: no server feels it."""

Csv = Annotated[Path | None, typer.Option("--csv", help="Ghi cả bảng ra tệp CSV.")]
Code = Annotated[list[str] | None, typer.Option("--code", help="Chỉ thủ tục này; ghi được nhiều lần. Mặc định: tất cả.")]
Pause = Annotated[float, typer.Option("--pause", min=0.0, max=60.0, help="Nghỉ giữa hai liên kết, giây.")]


@levels_app.command("audit")
def audit(csv: Csv = None) -> None:
    """Đối chiếu mức độ công bố, liên kết và hồ sơ 90 ngày; đếm từng kết luận, liệt kê chỗ sai lệch."""
    settings = stack.load_settings()
    catalogue, now = live_catalogue(settings), utc_now()
    with open_database(settings.database_url).sessions() as session:
        found = audit_levels(session, catalogue, now)
        states = {one.proposal.procedure_code: one.proposal.state for one in filing.stops(session, now)}
    if csv is not None:
        csv.write_text(audit_csv(found, states), encoding="utf-8", newline="")
        console.print(f"Đã ghi {len(found.procedures)} dòng vào {escape(str(csv))}.", highlight=False)
    counts = found.counts()
    table = Table("Kết luận", "Mã", "Số thủ tục", box=None)
    for code in ("all", "ok", "mismatch", *CODES):
        named = "Tất cả" if code == "all" else say(f"levels_code_{code}")
        table.add_row(named, code, str(counts[code]))
    console.print(table)
    if found.register_read_at is None:
        console.print("[yellow]Chưa đọc được trọn danh sách hồ sơ của Cổng: số hồ sơ chưa biết.[/yellow]")
    for one in found.procedures:
        if one.verdict.mismatch:
            named = ", ".join(say(f"levels_code_{code}") for code in one.verdict.codes)
            console.print(f"{one.code} {escape(one.name)}: {escape(named)}", highlight=False)


@levels_app.command("check-links")
def check_links(code: Code = None, pause: Pause = _PAUSE_SECONDS) -> None:
    """Xem trang sau mỗi liên kết chính thức, từng trang một; ghi lại kết quả. Kết thúc với mã 1 nếu có liên kết hỏng."""
    settings = stack.load_settings()
    rounds, now = _rounds(settings), utc_now()
    pages = [page for page in rounds.pages(now) if not code or page.procedure_code in code]
    if not pages:
        console.print("[red]Không có liên kết nào để kiểm tra.[/red]")
        raise typer.Exit(2)
    outcomes: Counter[str] = Counter()
    for number, page in enumerate(pages):
        if number:
            time.sleep(pause)
        finding = rounds.check(page, utc_now())
        outcomes[finding.outcome] += 1
        console.print(f"{page.procedure_code} {say(f'levels_outcome_{finding.outcome}')} ({finding.outcome})", highlight=False)
    console.print(", ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common()), highlight=False)
    if set(outcomes) - {"ok", "script_only", "turned_away"}:
        raise typer.Exit(1)


def _rounds(settings: Settings) -> LinkRounds:
    catalogue = live_catalogue(settings)

    def present() -> Catalogue:
        return catalogue

    def checker(hosts: frozenset[str]) -> LinkChecker:
        return LinkChecker(hosts, allow_loopback=settings.link_checks_loopback)

    return LinkRounds(open_database(settings.database_url).sessions, present, checker)
