"""The checklist by case, and what citizens say of a paper."""

import pytest

from bot.eforms.draft import PaperAnswer
from bot.eforms.papers import checklist, missing, papers_of, said_of_paper
from tests.bot.eforms.citizen import form_from
from tests.shipped import shipped_forms

FORMS = shipped_forms()
ONE_FIELD = "type: object\nproperties: {a: {type: string}}\n"


def test_the_list_depends_on_the_case_and_on_the_answers() -> None:
    birth = FORMS["1.001193"]
    assert [one.paper.id for one in checklist(birth, {}, {}, "tre-bi-bo-roi")] == ["bien-ban", "giay-to-tuy-than"]
    shop = FORMS["1.001612"]
    assert checklist(shop, {"founders_kind": "ca-nhan"}, {}, None) == ()
    assert [one.paper.id for one in checklist(shop, {"founders_kind": "ho-gia-dinh"}, {}, None)] == ["uy-quyen-thanh-vien"]


def test_states_and_what_is_missing() -> None:
    form = form_from(
        ONE_FIELD + "x-papers: [Giấy A, {id: b, title: Giấy B, required: false}, {id: c, title: Giấy C, show: true}, "
        "{id: d, title: Giấy D}]"
    )
    papers = checklist(form, {}, {"paper-1": PaperAnswer("later"), "d": PaperAnswer("uploaded", ("1",))}, None)
    assert [(one.paper.id, one.status) for one in papers] == [
        ("paper-1", "later"),
        ("b", "open"),
        ("c", "show"),
        ("d", "uploaded"),
    ]
    assert [paper.title.vi for paper in missing(papers)] == ["Giấy A"]


def test_accepted_types() -> None:
    form = form_from(ONE_FIELD + "x-papers: [A, {title: B, accepts: [pdf]}, {title: C, accepts: [image/png]}]")
    assert [paper.accepts for paper in papers_of(form)] == [
        ("image/jpeg", "image/png", "image/heic", "application/pdf"),
        ("application/pdf",),
        ("image/png",),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tôi có rồi trong kho dữ liệu", "in_store"),
        ("đã có trên VNeID rồi", "in_store"),
        ("co trong kho du lieu", "in_store"),
        ("bổ sung sau", "later"),
        ("để sau ạ", "later"),
        ("nộp trực tiếp sau", "later"),
        ("chưa có", "later"),
        ("em chưa chụp", "later"),
        ("mang đến trung tâm sau", None),
        ("xong", "done"),
        ("gửi rồi ạ", "done"),
        ("không có trong kho dữ liệu", None),
        ("phí bao nhiêu", None),
    ],
)
def test_what_is_said_of_a_paper(text: str, said: str | None) -> None:
    assert said_of_paper(text) == said
