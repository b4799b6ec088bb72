"""``motcua accounts`` and ``motcua audit``: the first administrator, help for who is locked out, and the log's integrity."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.accounts.audit import OPERATOR, verify_chain
from bot.accounts.directory import AccountDetails, AccountError, Accounts
from bot.accounts.passwords import SHORTEST, WeakPasswordError
from bot.accounts.permissions import Role
from bot.accounts.scope import agency_names
from bot.conversations.clock import utc_now
from bot.settings import Settings
from bot.storage.database import open_database
from motcua import stack
from motcua.demo_accounts import read_demo_accounts, verification_code
from motcua.processes import console_url

accounts_app = typer.Typer(help="Tài khoản của bàn làm việc (cán bộ, quản trị viên…).", no_args_is_help=True)
audit_app = typer.Typer(help="Nhật ký kiểm toán.", no_args_is_help=True)
console = Console()

_REFUSALS = {
    "login_malformed": "Tên đăng nhập chỉ gồm 3 đến 40 ký tự: chữ thường không dấu, số, dấu chấm, gạch ngang, gạch dưới.",
    "login_taken": "Tên đăng nhập này đã có người dùng.",
    "email_malformed": "Địa chỉ thư điện tử không đúng dạng.",
    "email_taken": "Địa chỉ thư điện tử này đã gắn với tài khoản khác.",
    "name_missing": "Họ và tên phải có từ 1 đến 80 ký tự.",
    "agency_unknown": "Có cơ quan không nằm trong data/catalogue/agencies.yml.",
    "last_administrator": "Đây là quản trị viên cuối cùng đang dùng; không thể khoá.",
    "no_account": "Không có tài khoản này.",
}
Login = Annotated[str, typer.Argument(help="Tên đăng nhập.")]


def accounts_of(settings: Settings) -> Accounts:
    """The accounts in the ledger of these settings."""
    database = open_database(settings.database_url)
    return Accounts(database.sessions, agency_names(settings.data_dir), utc_now)


@accounts_app.command("add")
def add(
    login: Login,
    role: Annotated[list[Role], typer.Option(help="Vai trò; có thể lặp lại.")],
    name: Annotated[str | None, typer.Option(help="Họ và tên; mặc định là tên đăng nhập.")] = None,
    email: Annotated[str | None, typer.Option(help="Thư điện tử, để gắn với đăng nhập một lần.")] = None,
    agency: Annotated[list[str] | None, typer.Option(help="Mã cơ quan; có thể lặp lại. Bỏ trống: mọi cơ quan.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Đọc mật khẩu từ đầu vào chuẩn, thay vì in liên kết đặt mật khẩu.")
    ] = False,
) -> None:
    """Thêm tài khoản; in một liên kết dùng một lần để người đó tự đặt mật khẩu."""
    settings = stack.load_settings()
    roles = tuple(one for one in Role if one in role)
    details = AccountDetails(name or login, email, roles, not agency, tuple(agency or ()))
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    try:
        account, token = accounts_of(settings).add(OPERATOR, login, details, password)
    except AccountError as error:
        raise _refused(error) from error
    except WeakPasswordError as error:
        console.print(f"[red]Mật khẩu không được nhận: ít nhất {SHORTEST} ký tự, không chứa tên đăng nhập.[/red]")
        raise typer.Exit(1) from error
    console.print(f"Đã thêm tài khoản {account.login}.")
    if token is not None:
        _print_link(settings, token)


@accounts_app.command("list")
def list_accounts() -> None:
    """Liệt kê các tài khoản."""
    table = Table("Đăng nhập", "Họ và tên", "Vai trò", "Phạm vi", "Trạng thái", box=None)
    for account in accounts_of(stack.load_settings()).all():
        scope = "mọi cơ quan" if account.scope.everything else ", ".join(sorted(account.scope.agencies)) or "–"
        state = "đang dùng" if account.active else "đã khoá"
        roles = ", ".join(account.roles) or "–"
        table.add_row(account.login, escape(account.display_name), roles, escape(scope), state)
    console.print(table)


@accounts_app.command("block")
def block(login: Login) -> None:
    """Khoá tài khoản; mọi phiên đang mở kết thúc ngay."""
    accounts = accounts_of(stack.load_settings())
    try:
        accounts.block(OPERATOR, accounts.by_login(login).id)
    except AccountError as error:
        raise _refused(error) from error
    console.print(f"Đã khoá tài khoản {escape(login)}.")


@accounts_app.command("unblock")
def unblock(login: Login) -> None:
    """Mở khoá tài khoản."""
    accounts = accounts_of(stack.load_settings())
    try:
        accounts.unblock(OPERATOR, accounts.by_login(login).id)
    except AccountError as error:
        raise _refused(error) from error
    console.print(f"Đã mở khoá tài khoản {escape(login)}.")


@accounts_app.command("reset-totp")
def reset_totp(login: Login) -> None:
    """Huỷ xác thực bước hai (mất điện thoại): lần đăng nhập sau phải thiết lập lại."""
    accounts = accounts_of(stack.load_settings())
    try:
        accounts.reset_second_factor(OPERATOR, accounts.by_login(login).id)
    except AccountError as error:
        raise _refused(error) from error
    console.print(f"Đã huỷ xác thực bước hai của {escape(login)}.")


@accounts_app.command("setup-link")
def setup_link(login: Login) -> None:
    """Huỷ mật khẩu và in một liên kết dùng một lần để đặt mật khẩu mới."""
    settings = stack.load_settings()
    accounts = accounts_of(settings)
    try:
        token = accounts.new_setup_link(OPERATOR, accounts.by_login(login).id)
    except AccountError as error:
        raise _refused(error) from error
    _print_link(settings, token)


@accounts_app.command("code")
def code(login: Login) -> None:
    """Mã xác thực hiện tại của một tài khoản dùng thử do «motcua run» tạo."""
    found = {one.login: one for one in read_demo_accounts(stack.load_settings())}.get(login)
    if found is None:
        console.print("[red]Đây không phải tài khoản dùng thử.[/red]")
        raise typer.Exit(1)
    console.print(verification_code(found), highlight=False)


@audit_app.command("verify")
def verify() -> None:
    """Kiểm tra nhật ký kiểm toán còn nguyên vẹn; in mã băm cuối để lưu ở nơi khác."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        report = verify_chain(session)
    if report.fault is not None:
        console.print(f"[red]Nhật ký KHÔNG nguyên vẹn ở dòng số {report.broken_at} ({report.fault}).[/red]")
        raise typer.Exit(1)
    console.print(f"Nhật ký nguyên vẹn: {report.entries} dòng. Mã băm cuối: {report.head_hash}", highlight=False, soft_wrap=True)


def _refused(error: AccountError) -> typer.Exit:
    console.print(f"[red]{_REFUSALS.get(error.reason, error.reason)}[/red]")
    return typer.Exit(1)


def _print_link(settings: Settings, token: str) -> None:
    console.print("Liên kết đặt mật khẩu (dùng một lần, trong 24 giờ):")
    console.print(f"{console_url(settings)}/setup/{token}", highlight=False, soft_wrap=True)
