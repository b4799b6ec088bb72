"""``motcua vendor``: leaving with everything, coming back to life elsewhere, and proving that both work."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.accounts.audit import OPERATOR, record_audit
from bot.accounts.scope import agency_names
from bot.catalogue.load import CatalogueError, load_offices
from bot.conversations.clock import utc_now
from bot.officers.hours import hours_of
from bot.service_levels.report import Month, level_report
from bot.service_levels.terms import Costs, read_terms
from bot.service_levels.words import money_lines, report_csv, report_pdf, rows_of, unit_lines
from bot.settings import Settings
from bot.storage.database import open_database, writing
from bot.switches.words import spoken_moment
from bot.texts import say
from motcua import stack
from motcua.preparation import PreparationError
from motcua.supervisor import StartFailedError
from motcua.vendor.drill import DrillReport, Place, hold_drill, with_engine
from motcua.vendor.exporting import Exported, export_pack
from motcua.vendor.faults import PackError
from motcua.vendor.questions import FILE, Question, read_questions
from motcua.vendor.restoring import restore_pack
from motcua.webchat_client import ChatError, WebchatClient

vendor_app = typer.Typer(help="Gói bàn giao: xuất toàn bộ, phục hồi, diễn tập rời đi, báo cáo mức dịch vụ.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)

PASSPHRASE = "VENDOR_PASSPHRASE"
Keys = Annotated[Path | None, typer.Option("--passphrase-file", help="Tệp chứa cụm mật khẩu; không có thì hỏi.")]
_SHOWN = 5


def _tell(line: str) -> None:
    errors.print(escape(line), highlight=False)


@contextmanager
def _faults() -> Iterator[None]:
    """Says what is wrong, and ends with 1."""
    try:
        yield
    except (PackError, CatalogueError, OSError, PreparationError, StartFailedError, ChatError) as error:
        errors.print(f"[red]{escape(str(error))}[/red]", highlight=False)
        raise typer.Exit(1) from error
    except SQLAlchemyError as error:
        errors.print(f"[red]Cơ sở dữ liệu không trả lời được ({type(error).__name__}).[/red]", highlight=False)
        raise typer.Exit(1) from error


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    if given := os.environ.get(PASSPHRASE):
        return given
    return str(typer.prompt("Cụm mật khẩu cho phần bí mật", hide_input=True, confirmation_prompt=twice))


@vendor_app.command("export")
def export(
    path: Annotated[Path, typer.Argument(help="Tệp gói sẽ viết, ví dụ ban-giao.zip; phải chưa có.")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Kèm các bí mật (LEDGER_KEY …), mã hoá bằng cụm mật khẩu.")
    ] = False,
    passphrase_file: Keys = None,
) -> None:
    """Xuất toàn bộ: sổ cái, thủ tục, dữ liệu huấn luyện, mô hình đang chạy, tài liệu, cài đặt."""
    settings = stack.load_settings()
    with _faults():
        passphrase = _passphrase(passphrase_file, twice=True) if with_keys else None
        done = export_pack(settings, path, utc_now(), _tell, passphrase=passphrase)
        _note(settings, "vendor.exported", done)
    console.print(f"Đã viết {done.path}: {done.rows} dòng của sổ cái, {done.size / 1e6:.1f} MB", highlight=False)
    console.print(f"SHA-256 {done.sha256}", highlight=False, soft_wrap=True)
    if not with_keys:
        console.print("Không kèm bí mật: các cột mã hoá chỉ mở được bằng LEDGER_KEY của máy này (--with-keys).", highlight=False)


@vendor_app.command("restore")
def restore(
    path: Annotated[Path, typer.Argument(help="Tệp gói.")],
    database_url: Annotated[str, typer.Option("--database-url", help="Cơ sở dữ liệu trống: sqlite:///… hoặc postgresql://…")],
    var_dir: Annotated[Path, typer.Option("--var-dir", help="Thư mục trống hoặc chưa có.")],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Mở cả phần bí mật của gói.")] = False,
    passphrase_file: Keys = None,
) -> None:
    """Phục hồi một gói vào máy trống. Gói được kiểm tra toàn bộ trước khi viết bất cứ thứ gì."""
    with _faults():
        passphrase = _passphrase(passphrase_file, twice=False) if with_keys else None
        done = restore_pack(path, database_url, var_dir.absolute(), _tell, passphrase=passphrase)
    console.print(
        f"Đã phục hồi {sum(done.rows.values())} dòng của {len(done.rows)} bảng; nhật ký kiểm toán liền mạch.", highlight=False
    )
    if not done.with_secrets:
        console.print(
            "Chưa có bí mật: đặt LEDGER_KEY và các bí mật khác như máy cũ TRƯỚC khi chạy, nếu không cột mã hoá không đọc được."
        )
    console.print(f"Chạy: set -a; . {done.var_dir}/settings.env; set +a; make run", highlight=False, soft_wrap=True)


@vendor_app.command("drill")
def drill(
    questions: Annotated[
        Path | None, typer.Option("--questions", help="Danh sách câu hỏi; mặc định data/vendor/questions.tsv.")
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option("--database-url", help="Cơ sở dữ liệu trống để thử, bị bỏ đi sau đó; mặc định một tệp SQLite tạm."),
    ] = None,
    engine: Annotated[bool, typer.Option("--with-engine", help="Hỏi cả qua máy đối thoại (khởi động hai lần).")] = False,
) -> None:
    """Diễn tập rời đi: xuất, phục hồi nơi khác, hỏi cả hai bên cùng một danh sách câu hỏi. Kết thúc 1 nếu có khác biệt."""
    settings = stack.load_settings()
    with _faults(), tempfile.TemporaryDirectory(prefix="motcua-drill-") as folder:
        asked = read_questions(questions or settings.data_dir / FILE)
        place = Place(Path(folder), database_url or f"sqlite:///{folder}/so-cai.sqlite3")
        report = hold_drill(settings, asked, place, utc_now(), _tell)
        if engine:
            report = _drill_engine(settings, asked, place, report)
        _keep_report(settings, report)
    _show(report)
    if not report.passed:
        raise typer.Exit(1)


@vendor_app.command("sla")
def sla(
    month: Annotated[str, typer.Option("--month", help="Tháng, ví dụ 2026-11.")],
    as_csv: Annotated[Path | None, typer.Option("--csv", help="Viết thêm tệp CSV.")] = None,
    as_pdf: Annotated[Path | None, typer.Option("--pdf", help="Viết thêm tệp PDF.")] = None,
) -> None:
    """Báo cáo mức dịch vụ của một tháng từ số đo, chi phí cho một câu được giải quyết. Kết thúc 2 nếu có chỉ số không đạt."""
    settings, now = stack.load_settings(), utc_now()
    with _faults():
        try:
            wanted = Month.parse(month)
            terms, costs = read_terms(settings.data_dir), Costs.read(settings.data_dir)
        except ValueError as error:
            raise PackError(str(error)) from error
        hours = hours_of(load_offices(settings.data_dir / "catalogue").calendar)
        names = agency_names(settings.data_dir)
        database = open_database(settings.database_url, pool_size=1)
        with database.sessions() as session:
            report = level_report(session, wanted, terms, costs.of(str(wanted)), hours, now)
        database.engine.dispose()

        def named(agency: str) -> str:
            return names.get(agency, agency)

        if as_csv:
            as_csv.write_text(report_csv(report, named), encoding="utf-8")
        if as_pdf:
            as_pdf.write_bytes(report_pdf(report, named, f"{spoken_moment(now)} · motcua vendor sla"))
    table = Table(*(say(f"level_column_{name}") for name in ("measure", "value", "target", "n", "met")), box=None)
    for row in rows_of(report):
        table.add_row(*row.cells())
    console.print(table)
    for line in (*money_lines(report), *unit_lines(report, named)):
        console.print(line, highlight=False)
    if any(one.met is False for one in report.measures):
        raise typer.Exit(2)


def _drill_engine(settings: Settings, asked: Sequence[Question], place: Place, report: DrillReport) -> DrillReport:
    """Both sides over a ledger that came out of the pack: nobody's running product is spoken to."""
    texts = [question.text for question in asked]
    said = []
    for name in ("cu", "moi"):
        copy = place.folder / name
        url = f"sqlite:///{copy}.sqlite3"
        restored = restore_pack(place.folder / "goi.zip", url, copy, _tell)
        there = restored.settings(settings, url)
        if name == "cu":
            there = there.model_copy(update={"data_dir": settings.data_dir, "models_dir": settings.models_dir})
        said.append(_engine_answers(there, asked))
    return with_engine(report, texts, *said)


def _engine_answers(settings: Settings, asked: Sequence[Question]) -> list[str]:
    with stack.private_stack(settings, _tell, own_ledger=False) as own:
        answers, conversation, client = [], -1, None
        for question in asked:
            if client is None or question.conversation != conversation:
                client = WebchatClient(f"http://127.0.0.1:{own.gateway_port}")
                conversation = question.conversation
            answers.append("\n".join(str(message["text"]) for message in client.say(question.text)))
        return answers


def _keep_report(settings: Settings, report: DrillReport) -> None:
    folder = settings.var_dir / "vendor"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"drill-{report.at:%Y%m%d-%H%M%S}.json").write_text(report.to_json(), encoding="utf-8")
    with _writing(settings) as session:
        details = {"passed": report.passed, "questions": report.asked, "rows": report.rows, "sha256": report.sha256}
        record_audit(session, OPERATOR, "vendor.drill", "vendor:drill", details, now=report.at)


def _note(settings: Settings, act: str, done: Exported) -> None:
    """That everything was taken out is itself worth a line in the audit log."""
    with _writing(settings) as session:
        details = {"rows": done.rows, "bytes": done.size, "sha256": done.sha256, "with_keys": done.manifest.has_secrets}
        record_audit(session, OPERATOR, act, "vendor:pack", details, now=utc_now())


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    database = open_database(settings.database_url, pool_size=1)
    try:
        with writing(database.sessions) as session:
            yield session
    finally:
        database.engine.dispose()


def _show(report: DrillReport) -> None:
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items())
    console.print(f"{report.rows} dòng, gói {report.size / 1e6:.1f} MB; {seconds}", highlight=False)
    for name, (before, after) in report.row_differences.items():
        console.print(f"[red]Bảng {name}: {before} dòng trước, {after} dòng sau[/red]", highlight=False)
    if report.unreadable:
        console.print(f"[red]{report.unreadable} giá trị mã hoá không mở được sau khi phục hồi[/red]", highlight=False)
    for one in report.differences[:_SHOWN]:
        console.print(f"[red]Trả lời khác: «{escape(one.text)}»[/red]", highlight=False)
        console.print(f"  trước: {escape(one.before[:400])}\n  sau:   {escape(one.after[:400])}", highlight=False)
    same = report.asked - len(report.differences)
    console.print(f"{same}/{report.asked} câu trả lời giống hệt.", highlight=False)
    console.print("[green]Diễn tập ĐẠT.[/green]" if report.passed else "[red]Diễn tập KHÔNG ĐẠT.[/red]")
