"""``motcua doctor``: looks at settings, database, engine, model, catalogue and ports, and says what to do."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.check import check_catalogue
from bot.catalogue.importing.store import live_version_info
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import utc_now
from bot.conversations.outcomes import last_beat
from bot.settings import INSTALLED, PROJECT_ROOT, Settings
from bot.storage.connections import room
from bot.storage.database import open_database
from bot.storage.migrate import is_at_head
from bot.training.deployment import read_board
from bot.training.jobs import HEARTBEAT_KIND, SILENT_AFTER, unfinished_jobs
from motcua.checkup.backups import check_backups
from motcua.checkup.finding import Finding
from motcua.checkup.ledger import check_ledger_content
from motcua.checkup.secrets import check_private_files, check_secrets
from motcua.checkup.surroundings import (
    check_disks,
    check_platform_clock,
    check_portal,
    check_private_ports,
    check_public_address,
    check_redis,
)
from motcua.model_commands import STATES
from motcua.processes import local_url, product_processes
from motcua.stack import port_taken

SETUP = "Chạy: motcua setup" if INSTALLED else "Chạy: make setup"
_CATALOGUE_OLD = timedelta(days=45)


def diagnose(settings: Settings) -> list[Finding]:
    """All checks in order; one that fails does not stop the next."""
    checks: Sequence[Callable[[Settings], list[Finding]]] = (
        check_secrets,
        check_private_files,
        check_environments,
        check_database,
        check_connections,
        check_ledger_content,
        check_backups,
        check_catalogue_files,
        check_imported_catalogue,
        check_models,
        check_workspace,
        check_processes,
        check_slots,
        check_trainer,
        check_portal,
        check_redis,
        check_public_address,
        check_platform_clock,
        check_private_ports,
        check_disks,
    )
    return [finding for check in checks for finding in check(settings)]


def check_environments(settings: Settings) -> list[Finding]:
    """The engine's environment exists and its versions fit."""
    if not settings.engine_python.exists():
        return [Finding("môi trường Rasa", "error", f"không có {settings.engine_python}", SETUP)]
    result = subprocess.run(
        [str(settings.engine_python), "-m", "engine.launch", "version"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "MODELS_DIR": str(settings.models_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        return [Finding("môi trường Rasa", "error", (result.stdout + result.stderr).strip()[-400:], SETUP)]
    findings = [Finding("môi trường Rasa", "ok", result.stdout.strip().splitlines()[0] if result.stdout.strip() else "đủ")]
    if "a model fits data and code: no" in result.stdout:
        meaning = "Bản đang dùng được huấn luyện từ dữ liệu hoặc mã khác."
        findings.append(
            Finding("mô hình Rasa", "warning", "không mô hình nào khớp dữ liệu hiện tại", "Chạy: motcua train", meaning)
        )
    return findings


def check_database(settings: Settings) -> list[Finding]:
    """The ledger answers and its tables are those of this version."""
    database = open_database(settings.database_url)
    try:
        current = is_at_head(database.engine)
    except SQLAlchemyError as error:
        seen = f"không mở được ({type(error).__name__})"
        return [Finding("sổ cái", "error", seen, "Xem DATABASE_URL; với PostgreSQL: máy chủ có chạy không?")]
    finally:
        database.engine.dispose()
    if not current:
        return [Finding("sổ cái", "warning", "bảng chưa được tạo hoặc chưa nâng cấp", "Chạy: motcua migrate")]
    return [Finding("sổ cái", "ok", "bảng đúng phiên bản")]


def check_connections(settings: Settings) -> list[Finding]:
    """PostgreSQL has room for the connections of all processes; nothing is said where that cannot be known."""
    found = room(settings)
    if found is None:
        return []
    seen = f"các tiến trình giữ tối đa {found.wanted}, máy chủ dành {found.allowed} (70 % của {found.most})"
    if found.fits:
        return [Finding("kết nối PostgreSQL", "ok", seen)]
    remedy = "Giảm DATABASE_POOL_SIZE, tăng max_connections, hoặc đặt PgBouncer ở giữa (docs/operators/postgresql.md)"
    return [Finding("kết nối PostgreSQL", "error" if found.wanted > found.most else "warning", seen, remedy)]


def check_catalogue_files(settings: Settings) -> list[Finding]:
    """Every file of the catalogue fits its schema."""
    problems = check_catalogue(settings.data_dir / "catalogue")
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        return [Finding("danh mục", "error", f"{len(errors)} lỗi, ví dụ {errors[0]}", "Chạy: motcua catalogue check")]
    count = len(list((settings.data_dir / "catalogue" / "procedures").glob("*.yml")))
    return [Finding("danh mục", "ok", f"{count} thủ tục, {len(problems)} điều cần lưu ý")]


def check_imported_catalogue(settings: Settings) -> list[Finding]:
    """Which imported version is live: how many procedures, of when, from where. None is no fault."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        if not is_at_head(database.engine):
            return []
        with database.sessions() as session:
            live = live_version_info(session)
    except SQLAlchemyError:
        # The check of the ledger tells about a database that does not answer.
        return []
    finally:
        database.engine.dispose()
    if live is None:
        return [Finding("danh mục nhập", "ok", "chưa nhập; chỉ dùng thủ tục đã rà soát", "Nhập: motcua catalogue import TỆP")]
    moment = live.imported_at.astimezone(VIETNAM_TIME)
    old = utc_now() - live.imported_at > _CATALOGUE_OLD
    seen = f"phiên bản {live.number}: {live.counts.get('total', 0):,} thủ tục, nhập {moment:%d/%m/%Y %H:%M} từ {live.source_name}"
    remedy = "Nhập bản mới: motcua catalogue import TỆP" if old else ""
    return [Finding("danh mục nhập", "warning" if old else "ok", seen, remedy)]


def check_models(settings: Settings) -> list[Finding]:
    """A trained Rasa model and the sentence encoder exist."""
    findings = []
    models = sorted(settings.models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if models:
        findings.append(Finding("mô hình Rasa", "ok", models[-1].name))
    else:
        findings.append(Finding("mô hình Rasa", "error", "chưa có", "Chạy: motcua train"))
    folder = settings.models_dir / settings.embedding_model
    if folder.exists() or not _is_local(settings.embedding_model):
        findings.append(Finding("mô hình mã hoá câu", "ok", settings.embedding_model))
    else:
        remedy = "Chạy: python scripts/build_embedding_model.py --out models/e5-vi (tra cứu vẫn chạy bằng từ khoá)"
        findings.append(Finding("mô hình mã hoá câu", "warning", f"không có {folder}", remedy))
    return findings


def _is_local(name: str) -> bool:
    return "/" not in name or Path(name).is_absolute()


def check_workspace(settings: Settings) -> list[Finding]:
    """Git, in which trainers' changes are kept, is installed."""
    if shutil.which("git") is None:
        return [
            Finding("kho dữ liệu huấn luyện", "error", "không có lệnh git", "Cài git; cán bộ huấn luyện cần nó để lưu thay đổi")
        ]
    made = (settings.training_folder / "workspace" / "HEAD").exists()
    return [Finding("kho dữ liệu huấn luyện", "ok", "đã có" if made else "sẽ được tạo khi mở lần đầu")]


def check_processes(settings: Settings) -> list[Finding]:
    """Each process answers; a port held by something else is told apart."""
    findings = []
    for spec in product_processes(settings):
        if spec.health_url is None or spec.port is None:
            continue
        status = _health_status(spec.health_url)
        if status == 200:
            findings.append(Finding(spec.title, "ok", f"trả lời ở cổng {spec.port}"))
        elif status is not None:
            findings.append(
                Finding(spec.title, "error", f"cổng {spec.port} trả lời {status}", f"Xem {settings.var_dir}/log/{spec.name}.log")
            )
        elif port_taken(spec.port):
            setting = f"{spec.name.upper().replace('-', '_')}_PORT"
            findings.append(Finding(spec.title, "error", f"cổng {spec.port} bị chương trình khác chiếm", f"Đặt {setting}"))
        else:
            findings.append(Finding(spec.title, "warning", f"chưa chạy (cổng {spec.port})", "Chạy: make run"))
    return findings


def check_slots(settings: Settings) -> list[Finding]:
    """Which model citizens hear, from which slot, and whether the way back is ready."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        if not is_at_head(database.engine):
            return []
        with database.sessions() as session:
            board = read_board(session)
    except SQLAlchemyError:
        return []
    finally:
        database.engine.dispose()
    route, live = board.route, board.slots[board.route.live]
    if live.seen_at is None:
        return [Finding("ngăn bộ máy", "ok", "chưa chạy lần nào")]
    if not live.ready:
        seen = f"ngăn {route.live} chưa chạy được {live.assigned_name or 'mô hình của bản cài đặt'}"
        return [Finding("ngăn bộ máy", "warning", seen, "Xem: motcua models slots; đưa về: motcua models back --reason …")]
    findings = [Finding("ngăn bộ máy", "ok", f"ngăn {route.live} phục vụ {live.loaded_name}")]
    if board.promotion is not None:
        findings.append(Finding("mô hình mới", "ok", f"đề xuất {board.promotion.id}: {STATES[board.promotion.state]}"))
    if route.previous is not None and not board.slots[route.previous].ready:
        remedy = f"Xem {settings.var_dir}/log; đường quay về cần ngăn này"
        findings.append(Finding("đường quay về", "warning", f"ngăn {route.previous} không trả lời", remedy))
    return findings


def check_trainer(settings: Settings) -> list[Finding]:
    """Whether somebody carries out the trainings that were asked for."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        if not is_at_head(database.engine):
            return []
        with database.sessions() as session:
            beat, waiting = last_beat(session, HEARTBEAT_KIND), [job.id for job in unfinished_jobs(session)]
    except SQLAlchemyError:
        return []
    finally:
        database.engine.dispose()
    if beat is not None and utc_now() - beat <= SILENT_AFTER:
        return [Finding("trình huấn luyện", "ok", "đang chạy")]
    if not waiting:
        return [Finding("trình huấn luyện", "ok", "không chạy; không có việc chờ")]
    seen = f"không chạy; lần huấn luyện {waiting[0]} đang chờ"
    return [Finding("trình huấn luyện", "warning", seen, f"Xem {settings.var_dir}/log/trainer.log; chạy: motcua run")]


def _health_status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code
    except httpx.HTTPError:
        return None


def gateway_url(settings: Settings) -> str:
    """Where the gateway of these settings answers."""
    return local_url(settings.gateway_port)
