"""``motcua models``: which models are proposed, on trial and live, what the engine slots serve, and the way back."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from bot.accounts.audit import Actor
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.deployment_models import Promotion
from bot.storage.training_models import CandidateModel
from bot.switches.words import spoken_moment
from bot.training.gate import verdict_from
from bot.training.promotions import Ending, PromotionRefusedError, Promotions
from bot.training.routes import read_route
from bot.training.rules import shipped_rules
from bot.training.slots import SlotView, read_slots
from motcua import stack

models_app = typer.Typer(help="Đưa mô hình đã huấn luyện vào phục vụ, và đưa về.", no_args_is_help=True)
console = Console()

STATES = {
    "refused": "bị từ chối",
    "proposed": "chờ duyệt",
    "approved": "đang nạp",
    "canary": "đang thử",
    "live": "đang chạy",
    "replaced": "đã được thay",
    "returned": "đã đưa về",
}
_MARKS = {"pass": "✓", "warn": "!", "refuse": "✗"}

Reason = Annotated[str, typer.Option("--reason", help="Lý do, ghi vào lịch sử.")]
By = Annotated[str, typer.Option("--by", help="Người làm; mặc định là tên người dùng máy.")]
Number = Annotated[int, typer.Argument(help="Số của đề xuất (xem: motcua models list).")]


@contextmanager
def _refusals() -> Iterator[None]:
    """Says why an act is refused, and ends with 1."""
    try:
        yield
    except PromotionRefusedError as error:
        console.print(f"[red]{escape(error.text)}[/red]", highlight=False)
        raise typer.Exit(1) from error


def _opened() -> tuple[Settings, Database]:
    settings = stack.load_settings()
    return settings, open_database(settings.database_url)


def _acts(settings: Settings, database: Database) -> Promotions:
    return Promotions(database.sessions, settings.models_dir, shipped_rules())


def _actor(by: str) -> Actor:
    return Actor(None, by or getpass.getuser())


@models_app.command("list")
def list_models(limit: Annotated[int, typer.Option(help="Bao nhiêu dòng mỗi bảng.")] = 20) -> None:
    """Các đề xuất, mới nhất trước, và các mô hình đã huấn luyện."""
    _settings, database = _opened()
    with database.sessions() as session:
        promotions = session.scalars(select(Promotion).order_by(Promotion.id.desc()).limit(limit)).all()
        candidates = session.scalars(select(CandidateModel).order_by(CandidateModel.id.desc()).limit(limit)).all()
    proposals = Table("Đề xuất", "Mô hình", "Trạng thái", "Tỷ lệ", "Người đề xuất", "Người duyệt", "Lúc", "Lý do", box=None)
    for one in promotions:
        share = f"{one.share}%" if one.state in ("canary", "approved") else ""
        people = (escape(one.proposed_by), escape(one.decided_by or ""))
        why = escape(one.end_reason or one.reason)
        proposals.add_row(
            str(one.id), escape(one.model_name), STATES[one.state], share, *people, spoken_moment(one.proposed_at), why
        )
    console.print(proposals if promotions else "Chưa có đề xuất nào.")
    trained = Table("Số", "Mô hình", "Huấn luyện lúc", "Đã đo", box=None)
    for candidate in candidates:
        measured = "rồi" if candidate.results is not None else "chưa"
        trained.add_row(str(candidate.id), escape(candidate.name), spoken_moment(candidate.trained_at), measured)
    console.print(trained if candidates else "Chưa có mô hình nào được huấn luyện từ bàn làm việc.")


@models_app.command("slots")
def list_slots() -> None:
    """Hai ngăn của bộ máy: được giao mô hình nào, đang chạy mô hình nào, cuộc trò chuyện đi đâu."""
    _settings, database = _opened()
    with database.sessions() as session:
        route, slots = read_route(session), read_slots(session)
    table = Table("Ngăn", "Việc", "Được giao", "Đang chạy", "Mã", "Sẵn sàng từ", box=None)
    for slot, view in slots.items():
        duty = {route.live: "phục vụ", route.canary: f"thử {route.share}%", route.previous: "giữ để quay về"}.get(slot, "chờ")
        ready = spoken_moment(view.ready_at) if view.ready_at else "chưa"
        loaded = escape(view.loaded_name or "–")
        table.add_row(slot, duty, escape(_assigned(view)), loaded, (view.loaded_sha256 or "")[:12], ready)
    console.print(table)


def _assigned(view: SlotView) -> str:
    return view.assigned_name or ("mô hình của bản cài đặt" if view.slot == "a" else "–")


@models_app.command("propose")
def propose(candidate: Annotated[int, typer.Argument(help="Số của mô hình đã huấn luyện.")], reason: Reason, by: By = "") -> None:
    """Đề xuất một mô hình; cổng kiểm nói ngay có cho qua không, và vì sao."""
    settings, database = _opened()
    with _refusals():
        number = _acts(settings, database).propose(_actor(by), candidate, reason)
    with database.sessions() as session:
        row = session.get_one(Promotion, number)
    for finding in verdict_from(row.verdict).findings:
        console.print(escape(f"{_MARKS[finding.level]} {finding.text()}"), highlight=False)
        for item in finding.items:
            console.print(escape(f"    {item}"), highlight=False)
    console.print(f"Đề xuất {number}: {STATES[row.state]}.", highlight=False)
    if row.state == "refused":
        raise typer.Exit(1)


@models_app.command("promote")
def promote(
    number: Number,
    reason: Reason,
    by: By = "",
    share: Annotated[int, typer.Option(help="Phần trăm cuộc trò chuyện được thử; 100: tất cả.")] = 5,
    auto: Annotated[bool, typer.Option("--auto", help="Tự hoàn tất khi thử đủ lâu mà không kém.")] = False,
) -> None:
    """Duyệt một đề xuất (người duyệt phải khác người đề xuất): nạp vào ngăn rảnh, thử, rồi chuyển sang."""
    settings, database = _opened()
    with _refusals():
        _acts(settings, database).approve(_actor(by), number, share, reason, finishes_itself=auto)
    console.print(f"Đề xuất {number} đã được duyệt; ngăn rảnh đang nạp. Xem: motcua models slots", highlight=False)


@models_app.command("back")
def back(
    reason: Reason,
    number: Annotated[int | None, typer.Argument(help="Số của đề xuất; bỏ trống: mô hình đang thử, hoặc đang chạy.")] = None,
    by: By = "",
) -> None:
    """Đưa mô hình về: câu trả lời tiếp theo đã là của mô hình trước."""
    settings, database = _opened()
    with database.sessions() as session:
        route = read_route(session)
    with _refusals():
        wanted = number or route.promotion_id or route.live_promotion_id
        if wanted is None:
            raise PromotionRefusedError("promotion_refused_unknown")
        _acts(settings, database).back(wanted, Ending(_actor(by), reason))
    console.print(f"Đề xuất {wanted} đã được đưa về.", highlight=False)
