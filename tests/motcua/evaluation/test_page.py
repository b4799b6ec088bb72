"""The report is one page that needs nothing else and hides nothing of what was measured."""

import re
import xml.etree.ElementTree as ElementTree

from bot.training.reliability_plot import reliability_plot
from motcua.evaluation.charts import OTHERS, confusions, heat_map
from motcua.evaluation.figures import reliability_bins
from motcua.evaluation.intents import intent_figures
from motcua.evaluation.outcomes import AS_TYPED, WITHOUT_MARKS, Evaluation, Group, Judged, summary
from motcua.evaluation.page import report_page
from motcua.evaluation.tables import rows_by_style, worst_errors


def judged(expected: str, said: str, confidence: float = 0.9, line: int = 1, text: str = "phí", style: str = "marked") -> Judged:
    back = said == "nlu_fallback"
    right = expected == said
    return Judged(line, text, style, expected, said, confidence, right, right, not right and not back, back)


def evaluation(*answers: Judged, **unknown: int) -> Evaluation:
    groups = (Group(AS_TYPED, answers), Group(WITHOUT_MARKS, answers))
    return Evaluation("intents", "set.tsv", groups, {"mô hình": "m.tar.gz"}, unknown, intent_figures)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = report_page(evaluation(judged("ask_fee", "greet")))
    assert not re.search(r"(?:src|href)=|url\(|@import|<script|https?://", page)
    assert "default-src 'none'" in page
    assert page.count("<svg") == 4


def test_texts_of_the_file_cannot_become_markup() -> None:
    page = report_page(evaluation(judged("<b>a</b>", "greet", text="<script>alert(1)</script>")))
    assert "<script" not in page
    assert "<b>" not in page


def test_unknown_labels_and_the_model_stand_on_the_page() -> None:
    page = report_page(evaluation(judged("pizza", "greet"), pizza=1))
    assert "mô hình không có «pizza»: 1 dòng tính là sai" in page
    assert "m.tar.gz" in page


def test_the_worst_errors_are_wrong_and_sure_ones() -> None:
    answers = [
        judged("a", "nlu_fallback", 0.99, 1), judged("a", "b", 0.5, 2), judged("a", "b", 0.9, 3), judged("a", "a", 1.0, 4),
    ]  # fmt: skip
    assert [answer.line for answer in worst_errors(answers, 10)] == [3, 2, 1]
    assert len(worst_errors(answers, 2)) == 2


def test_the_matrix_shows_rows_with_errors_and_sums_up_the_rest() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("c", "d"), ("c", "e"), ("c", "f")]
    found = confusions(pairs, most_rows=2, most_columns=3)
    assert found.rows == ("c", "a")
    assert found.columns[-1] == OTHERS
    assert found.totals == {"a": 2, "c": 3}
    assert sum(found.counts.values()) == 5


def test_pictures_are_well_formed() -> None:
    for picture in (heat_map(confusions([("a<", "b&"), ("a<", "a<")], 5, 5)), reliability_plot(reliability_bins([(0.4, True)]))):
        ElementTree.fromstring(picture)


def test_styles_stand_in_the_order_of_the_file_and_end_with_the_sum() -> None:
    found = evaluation(judged("a", "a", style="marked"), judged("a", "b", style="typo"))
    assert [(group, style) for group, style, _ in rows_by_style(found)] == [
        (name, style) for name in (AS_TYPED, WITHOUT_MARKS) for style in ("marked", "typo", "tất cả")
    ]


def test_the_summary_is_of_the_texts_as_typed_with_the_others_inside() -> None:
    found = summary(evaluation(judged("a", "a")))
    assert (found["messages"], found["accuracy"]) == (1, 1.0)
    assert found["without_marks"] == intent_figures([judged("a", "a")])
