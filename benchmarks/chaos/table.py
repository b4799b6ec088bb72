"""The result for people: a column per database. Pure but for the console."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from benchmarks.chaos.verdict import PROMISES, Figures

_ROWS = {
    "said": "tin người dân gửi",
    "stored": "tin trong sổ cái",
    "lost": "tin bị mất",
    "doubled_turns": "lượt bị nhân đôi",
    "without_outcome": "tin chưa có kết quả",
    "turns_out_of_order": "lượt sai thứ tự (không đánh dấu đến muộn)",
    "late": "tin đến muộn, có đánh dấu",
    "tried_again": "lượt phải làm lại sau khi tiến trình chết",
    "shown": "câu trả lời người dân thấy",
    "seen_twice": "câu trả lời thấy hai lần",
    "seen_unexplained": "câu trả lời không rõ từ đâu",
    "sent_but_unseen": "ghi là đã gửi mà không ai thấy",
    "replies_out_of_order": "câu trả lời sai thứ tự",
    "other_subject": "trả lời sang thủ tục khác",
    "unfinished_parts": "câu trả lời chưa gửi xong",
    "muted": "cuộc trò chuyện tưởng nhầm có cán bộ",
    "ambiguous_seen": "phần không rõ kết cục mà người dân đã thấy",
}


def print_figures(found: Mapping[str, Figures], killed: Mapping[str, Mapping[str, int]], console: Console) -> None:
    """Prints the table. A row in bold is a promise: it has to be 0."""
    table = Table(title="Thử giết tiến trình (hàng đậm phải bằng 0)")
    table.add_column("")
    for name in found:
        table.add_column(name, justify="right")
    table.add_row("số lần giết", *(str(sum(killed[name].values())) for name in found))
    for row, title in _ROWS.items():
        promised = row in PROMISES
        values = (str(getattr(figures, row)) for figures in found.values())
        table.add_row(f"[bold]{title}[/bold]" if promised else title, *values)
    for prefix, title in (
        ("outcomes", "kết quả"),
        ("parts", "phần gửi"),
        ("ambiguous", "không rõ kết cục"),
        ("dead", "không gửi được"),
    ):
        _add_counts(table, title, [getattr(figures, prefix) for figures in found.values()])
    _add_counts(table, "giết", [Counter(dict(killed[name])) for name in found])
    console.print(table)


def _add_counts(table: Table, title: str, columns: list[Counter[str]]) -> None:
    for key in sorted(set().union(*columns)):
        table.add_row(f"  {title}: {key}", *(str(column[key]) for column in columns))
