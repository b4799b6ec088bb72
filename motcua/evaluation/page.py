"""An evaluation as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from collections.abc import Sequence
from html import escape

from bot.training.reliability_plot import reliability_plot
from motcua.evaluation.charts import confusions, heat_map
from motcua.evaluation.figures import calibration_error, reliability_bins
from motcua.evaluation.outcomes import Evaluation, Group
from motcua.evaluation.tables import ALL_STYLES, TITLES, rows_by_style, shown_figure, unknown_label_lines, worst_errors

WORST = 60
_MOST_ROWS, _MOST_COLUMNS = 40, 30
_TITLES = {"intents": "Đánh giá hiểu ý định", "search": "Đánh giá tra cứu thủ tục", "dialogues": "Đánh giá hội thoại"}
_STYLE = """
:root{color-scheme:light dark;--right:#2e7d32;--wrong:#c62828;--line:#8886;--soft:#8881;--bar:#1565c0}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse}th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.all{font-weight:600;background:var(--soft)}
.wide{overflow-x:auto}svg text{font-size:11px;fill:currentColor}svg .b{font-weight:600}svg .dim{opacity:.7}
svg .cell{fill:currentColor;fill-opacity:.05}svg .grid{stroke:var(--line);stroke-width:.5}
svg .bar{fill:var(--bar);fill-opacity:.35}svg .dot{fill:var(--bar)}
svg .ideal{stroke:currentColor;stroke-dasharray:4 4;stroke-width:1}
.warn{color:var(--wrong)}dt{font-weight:600;float:left;clear:left;width:8rem}dd{margin-left:8.5rem}
"""
_HEAD = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
)


def report_page(evaluation: Evaluation) -> str:
    """The whole page as HTML."""
    title = f"{_TITLES[evaluation.kind]}: {escape(evaluation.file)}"
    parts = [f"{_HEAD}<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"]
    parts.append("<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in evaluation.about.items()) + "</dl>")
    parts += [f'<p class="warn">{escape(line)}</p>' for line in unknown_label_lines(evaluation)]
    parts.append(f'<h2>Theo kiểu câu</h2><div class="wide">{_figures_table(evaluation)}</div>')
    for group in evaluation.groups:
        parts.append(_pictures(evaluation, group))
    for group in evaluation.groups:
        parts.append(_errors(group))
    return "".join([*parts, "</body></html>\n"])


def _figures_table(evaluation: Evaluation) -> str:
    lines = rows_by_style(evaluation)
    names = list(lines[0][2])
    head = "".join(f'<th class="n" title="{escape(name)}">{escape(TITLES.get(name, name))}</th>' for name in names)
    body = []
    for group, style, figures in lines:
        cells = "".join(f'<td class="n">{shown_figure(name, figures[name])}</td>' for name in names)
        mark = ' class="all"' if style == ALL_STYLES else ""
        body.append(f"<tr{mark}><td>{escape(group)}</td><td>{escape(style)}</td>{cells}</tr>")
    return f"<table><thead><tr><th>cách gõ</th><th>kiểu câu</th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _pictures(evaluation: Evaluation, group: Group) -> str:
    if evaluation.kind == "dialogues":
        return ""
    pairs = [(answer.expected, _label_said(evaluation, answer.said, answer.right, answer.expected)) for answer in group.answers]
    found = confusions(pairs, _MOST_ROWS, _MOST_COLUMNS)
    matrix = heat_map(found) if found.rows else "<p>Không có lỗi nào.</p>"
    guessed = [a for a in group.answers if a.in_catalogue or a.confidence > 0]
    bins = reliability_bins([(answer.confidence, answer.guess_right) for answer in guessed])
    error = calibration_error(bins)
    return (
        f"<h2>Nhầm lẫn, {escape(group.name)}</h2><p>Chỉ những nhãn có lỗi, nhiều lỗi nhất trước; cột cuối là tổng số câu.</p>"
        f'<div class="wide">{matrix}</div><h2>Độ tin cậy, {escape(group.name)}</h2>'
        f"<p>Sai số hiệu chuẩn kỳ vọng (ECE): {error:.3f} trên {len(guessed)} câu.</p>{reliability_plot(bins)}"
    )


def _label_said(evaluation: Evaluation, said: str, right: bool, expected: str) -> str:
    """A right answer stands on the diagonal, whichever of several acceptable codes it named."""
    return expected if evaluation.kind == "search" and right else said


def _errors(group: Group) -> str:
    wrong = worst_errors(group.answers, WORST)
    total = sum(not answer.right for answer in group.answers)
    note = f"{total} lỗi; {len(wrong)} lỗi nặng nhất, lỗi nói chắc mà sai đứng trước."
    head = ("dòng", "kiểu", "câu", "đúng ra", "trả lời", "chắc", "")
    columns = "".join(f"<th>{title}</th>" for title in head)
    rows = "".join(
        _row(
            str(answer.line),
            answer.style,
            f"{answer.case}: {answer.text}" if answer.case else answer.text,
            answer.expected,
            answer.said,
            f"{answer.confidence:.2f}",
            "; ".join(answer.faults) or ("sai mà chắc" if answer.wrong_confident else "hỏi lại" if answer.asked_back else ""),
        )
        for answer in wrong
    )
    table = f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<h2>Lỗi nặng nhất, {escape(group.name)}</h2><p>{note}</p><div class="wide">{table}</div>'


def _row(*cells: Sequence[str] | str) -> str:
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
