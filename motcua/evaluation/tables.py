"""An evaluation as tables for the terminal."""

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from motcua.evaluation.figures import by_group
from motcua.evaluation.outcomes import Evaluation, Figure, Figures, Judged

ALL_STYLES = "tất cả"
TITLES: Mapping[str, str] = {
    "messages": "tin", "queries": "câu", "dialogues": "hội thoại", "passed": "đạt", "turns": "lượt", "turns_passed": "lượt đạt",
    "accuracy": "đúng", "macro_f1": "F1 TB", "recall@1": "R@1", "recall@3": "R@3", "recall@5": "R@5", "mrr": "MRR",
    "wrong_confident_rate": "sai mà chắc", "wrong_rate": "sai", "ask_back_rate": "hỏi lại", "unknown_rate": "không biết",
    "p50_ms": "p50 ms", "p95_ms": "p95 ms",
}  # fmt: skip


def shown_figure(name: str, value: Figure) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if name.endswith("_ms"):
        return f"{value:.1f}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def rows_by_style(evaluation: Evaluation) -> list[tuple[str, str, Figures]]:
    """(group, style, figures) for every line of the table; each group ends with the line over all styles."""
    lines: list[tuple[str, str, Figures]] = []
    for group in evaluation.groups:
        for style, answers in by_group(group.answers, lambda answer: answer.style).items():
            lines.append((group.name, style, evaluation.figures(answers)))
        lines.append((group.name, ALL_STYLES, evaluation.figures(group.answers)))
    return lines


def table_by_style(evaluation: Evaluation) -> Table:
    """The table by style."""
    lines = rows_by_style(evaluation)
    names = list(lines[0][2])
    table = Table(box=None)
    for title in ("cách gõ", "kiểu câu"):
        table.add_column(title, no_wrap=True)
    for name in names:
        table.add_column(TITLES.get(name, name), justify="right", no_wrap=True)
    for group, style, figures in lines:
        emphasis = "bold" if style == ALL_STYLES else ""
        table.add_row(group, escape(style), *(shown_figure(name, figures[name]) for name in names), style=emphasis)
    return table


def unknown_label_lines(evaluation: Evaluation) -> list[str]:
    """The labels that could never be right, one a line; each of their rows counts as an error."""
    where = "danh mục" if evaluation.kind == "search" else "mô hình"
    return [f"! {where} không có «{label}»: {count} dòng tính là sai" for label, count in evaluation.unknown_labels.items()]


def worst_errors(answers: Sequence[Judged], limit: int) -> list[Judged]:
    """The errors that hurt most first: wrong and sure before asked back, and the surer the earlier."""
    wrong = [answer for answer in answers if not answer.right]
    return sorted(wrong, key=lambda answer: (not answer.wrong_confident, -answer.confidence, answer.line))[:limit]
