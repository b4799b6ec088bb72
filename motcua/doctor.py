"""``motcua doctor``: looks at settings, database, engine, model, catalogue and ports, and says what to do."""

import os
import re
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
from bot.storage.connections import room, server_settings
from bot.storage.database import open_database
from bot.storage.migrate import is_at_head
from bot.training.deployment import read_board
from bot.training.jobs import HEARTBEAT_KIND, SILENT_AFTER, unfinished_jobs
from motcua.checkup.backups import check_backups
from motcua.checkup.finding import Finding
from motcua.checkup.ledger import check_ledger_content
from motcua.checkup.phrases import Named, Phrase
from motcua.checkup.secrets import check_private_files, check_secrets
from motcua.checkup.surroundings import (
    check_disks,
    check_platform_clock,
    check_portal,
    check_private_ports,
    check_public_address,
    check_redis,
)
from motcua.processes import ProcessSpec, local_url, metrics_port, product_processes
from motcua.stack import port_taken

SETUP = Phrase("setup_installed") if INSTALLED else Phrase("setup")
_CATALOGUE_OLD = timedelta(days=45)


def diagnose(settings: Settings) -> list[Finding]:
    """All checks in order; one that fails does not stop the next."""
    checks: Sequence[Callable[[Settings], list[Finding]]] = (
        check_secrets,
        check_private_files,
        check_environments,
        check_database,
        check_connections,
        check_autovacuum,
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
        return [Finding(Phrase("environment"), "error", Phrase("missing", what=settings.engine_python), SETUP)]
    result = subprocess.run(
        [str(settings.engine_python), "-m", "engine.launch", "version"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "MODELS_DIR": str(settings.models_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        return [Finding(Phrase("environment"), "error", (result.stdout + result.stderr).strip()[-400:], SETUP)]
    findings = [
        Finding(
            Phrase("environment"), "ok", result.stdout.strip().splitlines()[0] if result.stdout.strip() else Phrase("complete")
        )
    ]
    if "a model fits data and code: no" in result.stdout:
        meaning = Phrase("model_old_means")
        findings.append(Finding(Phrase("model"), "warning", Phrase("model_old"), Phrase("train"), meaning))
    return findings


def check_database(settings: Settings) -> list[Finding]:
    """The ledger answers and its tables are those of this version."""
    database = open_database(settings.database_url)
    try:
        current = is_at_head(database.engine)
    except SQLAlchemyError as error:
        seen = Phrase("ledger_away", error=type(error).__name__)
        return [Finding(Phrase("ledger"), "error", seen, Phrase("ledger_look"))]
    finally:
        database.engine.dispose()
    if not current:
        return [Finding(Phrase("ledger"), "warning", Phrase("ledger_behind"), Phrase("migrate"))]
    return [Finding(Phrase("ledger"), "ok", Phrase("ledger_well"))]


def check_connections(settings: Settings) -> list[Finding]:
    """PostgreSQL has room for the connections of all processes; nothing is said where that cannot be known."""
    found = room(settings)
    if found is None:
        return []
    seen = Phrase("connections_seen", wanted=found.wanted, allowed=found.allowed, most=found.most)
    if found.fits:
        return [Finding(Phrase("connections"), "ok", seen)]
    remedy = Phrase("connections_less")
    return [Finding(Phrase("connections"), "error" if found.wanted > found.most else "warning", seen, remedy)]


def check_autovacuum(settings: Settings) -> list[Finding]:
    """PostgreSQL clears dead rows away by itself; nothing is said where that cannot be known."""
    found = server_settings(settings, "autovacuum")
    if found is None:
        return []
    if found == ("on",):
        return [Finding(Phrase("autovacuum"), "ok", Phrase("autovacuum_on"))]
    return [Finding(Phrase("autovacuum"), "error", Phrase("autovacuum_off"), Phrase("autovacuum_switch_on"))]


def check_catalogue_files(settings: Settings) -> list[Finding]:
    """Every file of the catalogue fits its schema."""
    problems = check_catalogue(settings.data_dir / "catalogue")
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        return [
            Finding(
                Phrase("catalogue"),
                "error",
                Phrase("catalogue_errors", count=len(errors), first=errors[0]),
                Phrase("catalogue_check"),
            )
        ]
    count = len(list((settings.data_dir / "catalogue" / "procedures").glob("*.yml")))
    return [Finding(Phrase("catalogue"), "ok", Phrase("catalogue_seen", count=count, notes=len(problems)))]


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
        return [Finding(Phrase("imported"), "ok", Phrase("imported_none"), Phrase("import_one"))]
    moment = live.imported_at.astimezone(VIETNAM_TIME)
    old = utc_now() - live.imported_at > _CATALOGUE_OLD
    seen = Phrase(
        "imported_seen",
        number=live.number,
        count=f"{live.counts.get('total', 0):,}",
        at=f"{moment:%d/%m/%Y %H:%M}",
        source=live.source_name,
    )
    remedy = Phrase("import_new") if old else ""
    return [Finding(Phrase("imported"), "warning" if old else "ok", seen, remedy)]


def check_models(settings: Settings) -> list[Finding]:
    """A trained Rasa model and the sentence encoder exist."""
    findings = []
    models = sorted(settings.models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if models:
        findings.append(Finding(Phrase("model"), "ok", models[-1].name))
    else:
        findings.append(Finding(Phrase("model"), "error", Phrase("none_yet"), Phrase("train")))
    folder = settings.models_dir / settings.embedding_model
    if folder.exists() or not _is_local(settings.embedding_model):
        findings.append(Finding(Phrase("encoder"), "ok", settings.embedding_model))
    else:
        remedy = Phrase("encoder_build")
        findings.append(Finding(Phrase("encoder"), "warning", Phrase("missing", what=folder), remedy))
    return findings


def _is_local(name: str) -> bool:
    return "/" not in name or Path(name).is_absolute()


def check_workspace(settings: Settings) -> list[Finding]:
    """Git, in which trainers' changes are kept, is installed."""
    if shutil.which("git") is None:
        return [Finding(Phrase("workspace"), "error", Phrase("no_git"), Phrase("install_git"))]
    made = (settings.training_folder / "workspace" / "HEAD").exists()
    return [Finding(Phrase("workspace"), "ok", Phrase("there") if made else Phrase("workspace_later"))]


def check_processes(settings: Settings) -> list[Finding]:
    """Each process answers; a port held by something else is told apart."""
    findings = []
    for spec in product_processes(settings):
        if spec.health_url is None or spec.port is None:
            continue
        status = _health_status(spec.health_url)
        if status == 200:
            findings.append(Finding(Named(spec.title, spec.name), "ok", Phrase("process_answers", port=spec.port)))
        elif status is not None:
            findings.append(
                Finding(
                    Named(spec.title, spec.name),
                    "error",
                    Phrase("process_status", port=spec.port, status=status),
                    Phrase("process_log", folder=settings.var_dir, name=spec.name),
                )
            )
        elif port_taken(spec.port):
            findings.append(
                Finding(
                    Named(spec.title, spec.name),
                    "error",
                    Phrase("port_taken", port=spec.port),
                    Phrase("set", setting=_setting_of_port(settings, spec)),
                )
            )
        else:
            findings.append(
                Finding(
                    Named(spec.title, spec.name),
                    "warning",
                    Phrase("process_off", port=spec.port),
                    Phrase("make_run"),
                )
            )
    return findings


def _setting_of_port(settings: Settings, spec: ProcessSpec) -> str:
    """Where the port comes from. A further process of a kind counts on from the first one's, or is seen at its metrics."""
    if spec.port == metrics_port(settings, spec.name):
        return "METRICS_PORT_BASE"
    kind = re.sub(r"-\d+$", "", spec.name)
    return f"{kind.upper().replace('-', '_')}_PORT"


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
        return [Finding(Phrase("slots"), "ok", Phrase("never_ran"))]
    if not live.ready:
        seen = Phrase("slot_waits", slot=route.live, model=live.assigned_name or Phrase("own_model"))
        return [Finding(Phrase("slots"), "warning", seen, Phrase("slot_look"))]
    findings = [Finding(Phrase("slots"), "ok", Phrase("slot_serves", slot=route.live, model=live.loaded_name))]
    if board.promotion is not None:
        findings.append(
            Finding(
                Phrase("new_model"),
                "ok",
                Phrase("proposal", number=board.promotion.id, state=Phrase(f"proposal_{board.promotion.state}")),
            )
        )
    if route.previous is not None and not board.slots[route.previous].ready:
        remedy = Phrase("way_back_look", folder=settings.var_dir)
        findings.append(Finding(Phrase("way_back"), "warning", Phrase("slot_silent", slot=route.previous), remedy))
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
        return [Finding(Phrase("trainer"), "ok", Phrase("runs"))]
    if not waiting:
        return [Finding(Phrase("trainer"), "ok", Phrase("trainer_idle"))]
    seen = Phrase("trainer_off", number=waiting[0])
    return [Finding(Phrase("trainer"), "warning", seen, Phrase("trainer_log", folder=settings.var_dir))]


def _health_status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code
    except httpx.HTTPError:
        return None


def gateway_url(settings: Settings) -> str:
    """Where the gateway of these settings answers."""
    return local_url(settings.gateway_port)
