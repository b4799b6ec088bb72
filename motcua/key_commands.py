"""``motcua keys``: under which key the ledger's values are encrypted, and bringing them under the newest one."""

import typer
from rich.console import Console
from rich.table import Table

from bot.conversations.encryption import LedgerKeyError
from bot.conversations.key_rotation import UNREADABLE, LedgerKeys, Renewed, hash_status, key_status, rotate
from bot.storage.database import open_database
from bot.switches.words import spoken_moment
from motcua import stack

keys_app = typer.Typer(help="Khoá mã hoá của sổ cái (LEDGER_KEY).", no_args_is_help=True)
console = Console()


def _keys() -> LedgerKeys:
    try:
        return LedgerKeys(stack.load_settings().ledger_key.get_secret_value())
    except LedgerKeyError as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from error


@keys_app.command("status")
def status() -> None:
    """Mỗi cột mã hoá có bao nhiêu giá trị dưới khoá nào; các cột băm có khoá."""
    keys = _keys()
    sessions = open_database(stack.load_settings().database_url).sessions
    names = [f"khoá {number + 1} ({mark})" for number, mark in enumerate(keys.fingerprints)]
    table = Table("Cột mã hoá", *names, "không đọc được", box=None)
    states = key_status(sessions, keys)
    for state in states:
        counts = [str(state.by_key.get(number, 0)) for number in (*range(len(names)), UNREADABLE)]
        table.add_row(f"{state.table}.{state.column}", *counts)
    console.print(table)
    hashes = Table("Cột băm", "số dòng", "hết hạn muộn nhất", box=None)
    for one in hash_status(sessions):
        ends = spoken_moment(one.last_ends_at) if one.last_ends_at else "-"
        hashes.add_row(f"{one.table}.{one.column}", str(one.rows), ends)
    console.print(hashes)
    older = sum(state.to_renew for state in states)
    console.print(
        f"Còn {older} giá trị dưới khoá cũ: chạy «motcua keys rotate»." if older else "Mọi giá trị đều dưới khoá thứ nhất.",
        highlight=False,
    )


@keys_app.command("rotate")
def rotate_keys() -> None:
    """Mã hoá lại mọi giá trị bằng khoá thứ nhất; chạy được trong khi sản phẩm hoạt động, dừng giữa chừng thì chạy lại."""
    keys = _keys()
    last: dict[str, Renewed] = {}

    def tell(one: Renewed) -> None:
        name = f"{one.table}.{one.column}"
        if name not in last or one.renewed - last[name].renewed >= 1000:
            console.print(f"  {name}: {one.renewed} …", highlight=False)
            last[name] = one

    done = rotate(open_database(stack.load_settings().database_url).sessions, keys, tell)
    for one in done:
        console.print(f"{one.table}.{one.column}: {one.renewed} mã hoá lại, {one.current} đã đúng khoá", highlight=False)
    unreadable = sum(one.unreadable for one in done)
    if unreadable:
        console.print(f"[red]{unreadable} giá trị không khoá nào mở được: đừng bỏ khoá cũ trước khi biết vì sao.[/red]")
        raise typer.Exit(1)
