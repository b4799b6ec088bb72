"""``motcua training``: jobs of training from the command line, as the console's page has them."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from bot.accounts.audit import OPERATOR, record_audit
from bot.authoring.git import GitError
from bot.authoring.workspace import WorkspaceError
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import utc_now
from bot.storage.database import open_database, writing
from bot.storage.training_models import CandidateModel, TrainingJob
from bot.training.candidates import results_of
from bot.training.jobs import JobOptions, JobRefusedError, ask_for_training, cancel_training, jobs_newest_first
from bot.training.source import checked_commit, workspace_of
from motcua import stack

training_app = typer.Typer(help="Huấn luyện mô hình từ dữ liệu của người huấn luyện.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)

STATES = {"queued": "đang chờ", "running": "đang chạy", "done": "đã xong", "failed": "không thành công", "cancelled": "đã huỷ"}
Number = Annotated[int, typer.Argument(metavar="SỐ", help="Số của lần huấn luyện.")]
Day = Annotated[str | None, typer.Option(metavar="NĂM-THÁNG-NGÀY")]


def _stopped(message: str) -> typer.Exit:
    errors.print(f"[red]{escape(message)}[/red]", highlight=False)
    return typer.Exit(1)


@training_app.command("jobs")
def jobs() -> None:
    """Các lần huấn luyện, mới nhất trước."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        found = jobs_newest_first(session)
    database.engine.dispose()
    table = Table(box=None)
    for title in ("số", "trạng thái", "bước", "%", "yêu cầu", "phiên bản", "mô hình"):
        table.add_column(title)
    for job, candidate in found:
        asked = f"{job.asked_name}, {job.asked_at.astimezone(VIETNAM_TIME):%H:%M %d/%m/%Y}"
        shown = (str(job.id), STATES[job.state], job.step or "", f"{job.progress:.0%}", asked, job.commit_sha[:8])
        table.add_row(*(escape(cell) for cell in (*shown, candidate.name if candidate else "")))
    console.print(table if found else "Chưa có lần huấn luyện nào.")


@training_app.command("start")
def start(
    commit: Annotated[str, typer.Option(help="Phiên bản dữ liệu; mặc định mới nhất.")] = "",
    since: Day = None,
    until: Day = None,
    cross_validation: Annotated[bool, typer.Option(help="Kiểm tra chéo.")] = True,
    conversations: Annotated[bool, typer.Option(help="Trò chuyện thử.")] = True,
) -> None:
    """Yêu cầu huấn luyện; tiến trình trainer đang chạy sẽ làm. --since, --until: các ngày có tin nhắn thật cần thử lại."""
    settings = stack.load_settings()
    try:
        wanted = {"replay_since": since, "replay_until": until}
        options = JobOptions.model_validate({**wanted, "cross_validation": cross_validation, "conversations": conversations})
        chosen = checked_commit(workspace_of(settings), commit)
    except (GitError, WorkspaceError) as error:
        raise _stopped(f"Không đọc được kho dữ liệu huấn luyện: {error}") from error
    except ValueError as error:
        raise _stopped("Khoảng ngày chưa đúng: cần cả hai ngày (năm-tháng-ngày), nhiều nhất 31 ngày.") from error
    database, now = open_database(settings.database_url), utc_now()
    try:
        with writing(database.sessions) as session:
            job = ask_for_training(session, chosen, options, OPERATOR.login, OPERATOR.login, now)
            record_audit(session, OPERATOR, "training.asked", f"training:{job.id}", {"commit": chosen}, now=now)
    except JobRefusedError as error:
        raise _stopped("Đã có một yêu cầu đang chờ.") from error
    finally:
        database.engine.dispose()
    console.print(f"Đã ghi nhận lần huấn luyện {job.id}.")


@training_app.command("cancel")
def cancel(number: Number) -> None:
    """Huỷ một lần huấn luyện đang chờ hoặc đang chạy."""
    database, now = open_database(stack.load_settings().database_url), utc_now()
    try:
        with writing(database.sessions) as session:
            job = cancel_training(session, number, OPERATOR.login, now)
            record_audit(session, OPERATOR, "training.cancelled", f"training:{job.id}", {}, now=now)
    except JobRefusedError as error:
        told = "Không có lần huấn luyện này." if error.reason == "no_job" else "Lần huấn luyện này đã kết thúc."
        raise _stopped(told) from error
    finally:
        database.engine.dispose()
    console.print("Đã huỷ." if job.state == "cancelled" else "Đang dừng.")


@training_app.command("show")
def show(number: Number) -> None:
    """Một lần huấn luyện: trạng thái, nhật ký, và kết quả đo dạng JSON ở dòng cuối."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        job = session.get(TrainingJob, number)
        if job is None:
            raise _stopped("Không có lần huấn luyện này.")
        candidate = session.scalar(select(CandidateModel).where(CandidateModel.job_id == job.id))
        results = results_of(session, candidate) if candidate is not None else None
    database.engine.dispose()
    console.print(f"Lần huấn luyện {job.id}: {STATES[job.state]} ({job.progress:.0%}) {job.failure or ''}", markup=False)
    console.print(job.log.rstrip(), markup=False, highlight=False)
    if candidate is not None:
        console.print(f"Mô hình: {candidate.path}", markup=False, highlight=False)
    if results is not None:
        print(json.dumps(results.model_dump(mode="json"), ensure_ascii=False))
