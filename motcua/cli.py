"""The commands of ``motcua``. Thin: each builds what it needs, calls one function and prints."""

import json
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot import __version__
from bot.engine_processes import EngineProcessesError, check_engine_processes
from bot.metrics.process import release_commit
from bot.secret_strength import WeakSecretError, refuse_weak_secrets
from bot.settings import PROJECT_ROOT, Settings
from motcua import (
    life_event_eval,  # noqa: F401 (adds its command to ``eval``)
    stack,
)
from motcua.account_commands import accounts_app, audit_app
from motcua.backup_commands import backup_app
from motcua.catalogue_commands import catalogue_app
from motcua.channel_commands import channels_app
from motcua.chat import chat_as_json, chat_with_person, standard_lines
from motcua.checkup.finding import Finding, exit_code
from motcua.checkup.phrases import Phrase
from motcua.demo_accounts import ensure_demo_accounts
from motcua.demo_conversations import hold_demo_conversations, read_demo_conversations
from motcua.doctor import check_connections, diagnose, gateway_url
from motcua.engine_environment import build_engine_environment
from motcua.eval_commands import eval_app
from motcua.guide_commands import guides_app
from motcua.handoff_commands import handoff_app, team_app
from motcua.key_commands import keys_app
from motcua.level_commands import levels_app
from motcua.model_commands import models_app
from motcua.notice_commands import notices_app
from motcua.platforms import connect_simulators
from motcua.preparation import PreparationError, child_environment, migrate_ledger, take_ledger_back, train_if_needed
from motcua.register_commands import register_app
from motcua.renewal import NothingRunsError, ask_for_renewal, noted
from motcua.report_commands import reports_app
from motcua.review_commands import transcripts_app
from motcua.rights_commands import retention_app, rights_app
from motcua.service_review_commands import service_reviews_app
from motcua.supervisor import StartFailedError, answers
from motcua.switch_commands import outages_app, switches_app
from motcua.training_commands import training_app
from motcua.training_data_commands import training_data_app
from motcua.usage_commands import usage_app
from motcua.vendor_commands import vendor_app
from motcua.webchat_client import ChatError, WebchatClient
from motcua.welcome import welcome_lines
from motcua.zalo_commands import zalo_app

app = typer.Typer(help="Một Cửa: trợ lý thủ tục hành chính.", no_args_is_help=True, pretty_exceptions_show_locals=False)
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(handoff_app, name="handoffs")
app.add_typer(team_app, name="teams")
app.add_typer(eval_app, name="eval")
app.add_typer(channels_app, name="channels")
app.add_typer(zalo_app, name="zalo")
app.add_typer(rights_app, name="rights")
app.add_typer(retention_app, name="retention")
app.add_typer(notices_app, name="notices")
app.add_typer(register_app, name="register")
app.add_typer(service_reviews_app, name="service-reviews")
app.add_typer(reports_app, name="reports")
app.add_typer(accounts_app, name="accounts")
app.add_typer(transcripts_app, name="transcripts")
app.add_typer(audit_app, name="audit")
app.add_typer(switches_app, name="switches")
app.add_typer(outages_app, name="outages")
app.add_typer(levels_app, name="levels")
app.add_typer(keys_app, name="keys")
app.add_typer(training_data_app, name="training-data")
app.add_typer(training_app, name="training")
app.add_typer(guides_app, name="guides")
app.add_typer(models_app, name="models")
app.add_typer(usage_app, name="usage")
app.add_typer(vendor_app, name="vendor")
app.add_typer(backup_app, name="backup")

console = Console()
errors = Console(stderr=True)


def tell(line: str) -> None:
    """One line of progress, on standard error so that ``--json`` stays clean."""
    errors.print(escape(line), highlight=False)


def fail(message: str) -> typer.Exit:
    """Prints an error and gives the exit to raise."""
    errors.print(f"[red]{escape(message)}[/red]", highlight=False)
    return typer.Exit(1)


@app.command()
def run() -> None:
    """Chuẩn bị và chạy toàn bộ sản phẩm trên máy này."""
    began = time.monotonic()
    settings = stack.load_settings()
    try:
        refuse_weak_secrets(settings)
        check_engine_processes(settings)
        stack.check_ports(settings)
        stack.prepare(settings, tell)
    except (WeakSecretError, EngineProcessesError, stack.PortTakenError, PreparationError) as error:
        raise fail(str(error)) from error
    demo_accounts = ensure_demo_accounts(settings)
    supervisor = stack.make_supervisor(settings, tell)
    signal.signal(signal.SIGINT, supervisor.request_stop)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    signal.signal(signal.SIGHUP, supervisor.request_renewal)
    for finding in check_connections(settings):
        if finding.level != "ok":
            tell(f"  ! {finding.check}: {finding.seen}. {finding.remedy}")
    tell("Khởi động các tiến trình")
    supervisor.start()
    try:
        supervisor.wait_healthy()
    except StartFailedError as error:
        supervisor.stop()
        raise fail(str(error)) from error
    connect_simulators(settings, tell)
    for line in welcome_lines(settings, time.monotonic() - began, demo_accounts=demo_accounts):
        console.print(line, highlight=False)
    if demo_accounts == "made":
        # Beside the supervision: a newcomer may chat meanwhile, and Ctrl+C ends both.
        threading.Thread(target=_hold_demo_conversations, args=(settings,), name="demo", daemon=True).start()
    with noted(settings.var_dir):
        supervisor.run_until_stopped()
    tell("Đã dừng.")


@app.command()
def restart() -> None:
    """Khởi động lại lần lượt từng tiến trình của sản phẩm đang chạy; người dân không bị gián đoạn."""
    settings = stack.load_settings()
    try:
        supervisor = ask_for_renewal(settings.var_dir)
    except NothingRunsError as error:
        raise fail(f"Không có sản phẩm nào đang chạy với thư mục {settings.var_dir}.") from error
    tell(f"Đã yêu cầu tiến trình {supervisor}; từng bước hiện ở nơi chạy motcua run.")


def _hold_demo_conversations(settings: Settings) -> None:
    held = hold_demo_conversations(settings, read_demo_conversations(), tell)
    tell(f"Đã có {held} cuộc trò chuyện mẫu trên bàn làm việc của cán bộ.")


@app.command()
def chat(
    as_json: Annotated[
        bool, typer.Option("--json", help="Mỗi dòng vào là một tin nhắn; mỗi tin trả lời là một dòng JSON.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="Địa chỉ của cổng tin nhắn đang chạy.")] = None,
) -> None:
    """Trò chuyện ngay trong cửa sổ dòng lệnh."""
    settings = stack.load_settings()
    with ExitStack() as opened:
        address = url or gateway_url(settings)
        try:
            if url is None and not answers(f"{address}/health"):
                tell("Chưa có sản phẩm nào đang chạy: khởi động riêng cho cuộc trò chuyện này.")
                address = gateway_url(opened.enter_context(stack.private_stack(settings, tell)))
            client = WebchatClient(address)
        except (ChatError, PreparationError, StartFailedError) as error:
            raise fail(str(error)) from error
        opened.callback(client.close)
        status = chat_as_json(client, standard_lines(), sys.stdout) if as_json else chat_with_person(client, console)
    raise typer.Exit(status)


@app.command()
def train(force: Annotated[bool, typer.Option("--force", help="Huấn luyện lại dù mô hình hiện có còn khớp.")] = False) -> None:
    """Huấn luyện mô hình Rasa từ dữ liệu trong data/ và domain/."""
    settings = stack.load_settings()
    try:
        train_if_needed(settings, child_environment(settings), tell, force=force)
    except PreparationError as error:
        raise fail(str(error)) from error


@app.command()
def migrate(
    to: Annotated[
        str | None, typer.Option("--to", help="Đưa các bảng về phiên bản cũ này (ví dụ 0029), để chạy lại bản phát hành cũ.")
    ] = None,
) -> None:
    """Tạo hoặc nâng cấp các bảng của sổ cái; với --to: đưa về một phiên bản cũ (sao lưu trước)."""
    settings = stack.load_settings()
    if to is not None:
        try:
            take_ledger_back(settings, to)
        except PreparationError as error:
            raise fail(str(error)) from error
        tell(f"Sổ cái đã về phiên bản {to}.")
        return
    migrate_ledger(settings)
    tell("Sổ cái đã ở phiên bản mới nhất.")


@app.command()
def setup() -> None:
    """Dựng môi trường Rasa cho bản cài từ gói (bản mã nguồn: make setup)."""
    try:
        made = build_engine_environment(stack.load_settings(), tell)
    except PreparationError as error:
        raise fail(str(error)) from error
    tell("Đã dựng môi trường Rasa." if made else "Môi trường Rasa đã có.")


@app.command()
def version() -> None:
    """Phiên bản, và các thư mục đang dùng."""
    settings = stack.load_settings()
    console.print(
        f"motcua {__version__} ({release_commit(settings.build_commit)}), Python {sys.version.split()[0]}", highlight=False
    )
    for title, path in (("project", PROJECT_ROOT), ("var", settings.var_dir), ("models", settings.models_dir)):
        console.print(f"  {title:<8}{path}", highlight=False, soft_wrap=True)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Kết quả là một mảng JSON.")] = False,
    lang: Annotated[Literal["vi", "en"], typer.Option(help="Ngôn ngữ của kết quả (language of the findings).")] = "vi",
) -> None:
    """Kiểm tra bí mật, sổ cái, Rasa, mô hình, danh mục, sao lưu, cổng, đĩa; nói phải làm gì. Mã ra: 0 tốt, 1 cần xem, 2 hỏng."""
    try:
        findings = diagnose(stack.load_settings())
    except ValidationError as error:
        faults = [(str(fault["loc"][0]).upper() if fault["loc"] else "", fault["msg"]) for fault in error.errors()]
        findings = [Finding(name or Phrase("settings"), "error", said, Phrase("settings_page")) for name, said in faults]
    findings = [finding.in_language(lang) for finding in findings]
    if as_json:
        levels = {"error": "fault"}
        told = [{**asdict(finding), "level": levels.get(finding.level, finding.level)} for finding in findings]
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _show_findings(findings, lang)
    raise typer.Exit(exit_code(findings))


def _show_findings(findings: list[Finding], lang: str) -> None:
    table = Table(show_lines=False, box=None)
    for title in ("", *(Phrase(f"column_{name}").spoken(lang) for name in ("part", "seen", "remedy"))):
        table.add_column(title, overflow="fold")
    marks = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "error": "[red]✗[/red]"}
    for finding in findings:
        seen = f"{finding.seen}. {finding.meaning}" if finding.meaning else finding.seen
        table.add_row(marks[finding.level], escape(finding.check), escape(seen), escape(finding.remedy))
    console.print(table)


def main() -> None:
    """Entry point that also works with ``python -m motcua.cli``."""
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
