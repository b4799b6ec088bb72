"""Which titles are cases, which rows are papers, and in which order they stand."""

import pytest

from bot.catalogue.importing.papers import form_of, in_order, is_note, judge_papers, title_kind, without_file_names
from bot.catalogue.importing.raw import RawGroup, RawPaper


def group(title: str | None, *papers: str) -> RawGroup:
    return RawGroup(title, tuple(RawPaper(name, originals=1) for name in papers))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        (None, "common"),
        ("Bao gồm", "common"),
        ("a) Thành phần hồ sơ", "common"),
        ("01 bộ hồ sơ", "common"),
        ("Số lượng bộ hồ sơ: 01 bộ", "common"),
        ("Giấy tờ phải nộp", "submit"),
        ("Giấy tờ phải xuất trình", "show"),
        ("Lưu ý", "note"),
        ("Trường hợp cấp lại do hết hạn", "case"),
        ("(1.1) Đối với công trình không theo tuyến", "case"),
        ("b) Đối với cấp lại", "case"),
        ("Trường hợp ủy quyền thực hiện thủ tục", "section"),
        ("Hồ sơ của người nhận con nuôi", "section"),
    ],
)
def test_what_a_title_says(title: str | None, kind: str) -> None:
    assert title_kind(title) == kind


def test_two_titles_that_are_cases_become_cases_with_their_papers() -> None:
    papers = judge_papers([group("Trường hợp sổ bị mất", "Đơn báo mất"), group("Trường hợp sổ bị rách", "Sổ cũ")]).papers
    assert [case.name for case in papers.cases] == ["Sổ bị mất", "Sổ bị rách"]
    assert [g.case for g in papers.groups] == [case.id for case in papers.cases]


def test_a_case_alone_is_shown_under_its_title_and_asked_of_nobody() -> None:
    papers = judge_papers([group("Bao gồm", "Đơn"), group("Trường hợp có yếu tố nước ngoài", "Bản dịch")]).papers
    assert papers.cases == ()
    assert [(g.case, g.title) for g in papers.groups] == [(None, None), (None, "Trường hợp có yếu tố nước ngoài")]


def test_hand_in_and_show_are_no_cases() -> None:
    papers = judge_papers([group("Giấy tờ phải nộp", "Đơn"), group("Giấy tờ phải xuất trình", "Thẻ căn cước")]).papers
    assert papers.cases == ()
    assert [(p.name, p.how) for g in papers.groups for p in g.papers] == [("Đơn", "submit"), ("Thẻ căn cước", "show")]


def test_a_group_of_notes_holds_no_papers() -> None:
    judged = judge_papers([group("Giấy tờ phải nộp", "Đơn"), group("Lưu ý", "Mang theo bút", "Đến sớm")])
    assert [p.name for g in judged.papers.groups for p in g.papers] == ["Đơn"]
    assert judged.papers.notes == ("Mang theo bút", "Đến sớm")


@pytest.mark.parametrize(
    "row",
    [
        RawPaper("Lưu ý: đến sớm", originals=1),
        RawPaper("* Thành phần hồ sơ gồm:"),
        RawPaper("Trường hợp thông tin đã có thì không phải xuất trình", originals=0, copies=0),
        RawPaper(";   Nếu nhập khẩu nhiều lần:", originals=0),
        RawPaper("01 bộ"),
    ],
)
def test_rows_that_are_only_notes(row: RawPaper) -> None:
    assert is_note(row)


def test_a_counted_row_is_a_paper_even_if_it_begins_like_a_note() -> None:
    assert not is_note(RawPaper("Trường hợp ủy quyền: văn bản ủy quyền", originals=1))


def test_lost_order_comes_back_by_number_and_by_letter() -> None:
    numbers = [RawPaper(f"({n}) Giấy {n}") for n in (2, 10, 1)]
    assert [p.name for p in in_order(numbers)[0]] == ["(1) Giấy 1", "(2) Giấy 2", "(10) Giấy 10"]
    letters = [RawPaper(f"{letter}) Giấy") for letter in "eđda"]
    assert [p.name[0] for p in in_order(letters)[0]] == list("adđe")


def test_order_stays_where_the_numbers_do_not_tell() -> None:
    rows = [RawPaper("(2) Hai"), RawPaper("Không số"), RawPaper("(1) Một")]
    assert in_order(rows) == (rows, False)


def test_bullets_and_numbers_are_no_part_of_a_name() -> None:
    papers = judge_papers([group(None, "- a) Đơn xin nuôi mèo;", "(2) Ảnh mèo.")]).papers
    assert [p.name for p in papers.groups[0].papers] == ["Đơn xin nuôi mèo", "Ảnh mèo"]


@pytest.mark.parametrize(
    ("name", "files", "left"),
    [
        ("Đơn nuôi mèoMau 5. Don nuoi meo.docx", ("?",), "Đơn nuôi mèo"),
        ("Đơn theo Mẫu số 03.Mẫu số 03.docx", (), "Đơn theo Mẫu số 03."),
        ("Đơn xin phépdon.pdf", ("don.pdf",), "Đơn xin phép"),
        ("Đơn xin phép", (), "Đơn xin phép"),
        ("Đơn theo mẫuMẪU ĐƠN (4).docx hoặc đơn khác", (), "Đơn theo mẫu hoặc đơn khác"),
    ],
)
def test_file_names_run_into_a_name_are_cut(name: str, files: tuple[str, ...], left: str) -> None:
    assert without_file_names(name, files) == left


def test_a_form_is_named_with_its_law() -> None:
    assert form_of("Đơn theo Mẫu số 03 Phụ lục II kèm Thông tư số 10/2024/TT-BTC") == "Mẫu số 03 (10/2024/TT-BTC)"
    assert form_of("Đơn theo mẫu") is None


def test_three_states_of_the_list() -> None:
    assert judge_papers([]).papers.state == "unknown"
    assert judge_papers([], absent=True).papers.state == "absent"
    assert judge_papers([group(None, "Đơn")]).papers.state == "present"


def test_long_case_titles_stay_apart_on_their_buttons() -> None:
    long = "Trường hợp ủy nhiệm cho đơn vị cung cấp dịch vụ chuyển phát thực hiện việc đăng ký nuôi mèo thì kèm theo giấy "
    papers = judge_papers([group(long + "của đơn vị công ích", "A"), group(long + "của đơn vị khác", "B")]).papers
    assert len({case.name for case in papers.cases}) == 2
    assert all(len(case.name) <= 80 for case in papers.cases)
    assert papers.cases[0].raw == long + "của đơn vị công ích"
