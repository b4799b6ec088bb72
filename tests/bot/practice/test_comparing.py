"""An officer's answer held against the points of a good one."""

import pytest

from bot.practice.comparing import compare
from bot.practice.exercise import Exercise, Point, PracticeLine, points_from

EXERCISE = Exercise(
    key="own:1",
    title="Lệ phí khai sinh",
    before=(PracticeLine(speaks="bot", text="Hẹn trả trong 5 ngày"),),
    question="Khai sinh hết bao nhiêu?",
    reference="Kính chào Ông/Bà, lệ phí 8.000 đồng, nộp tại UBND phường.",
    points=(
        Point(text="Lệ phí", words=("8.000", "tám nghìn")),
        Point(text="Nơi nộp", words=("ubnd phường", "trung tâm phục vụ hành chính công")),
    ),
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Chào Ông/Bà, lệ phí là 8000 đồng, nộp tại UBND phường nhé.", [True, True]),
        ("CHAO ONG BA, TAM NGHIN DONG", [True, False]),
        ("Dạ anh ra phường, chỗ UBND, mất 8.000đ", [True, True]),
        ("Chào Ông/Bà, lệ phí 80.000 đồng", [False, False]),
        ("", [False, False]),
    ],
)
def test_a_point_counts_however_it_is_said(answer: str, said: list[bool]) -> None:
    assert [found.said for found in compare(EXERCISE, answer).points] == said


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        ("8.000", "short"),
        ("Lệ phí là 8.000 đồng và nộp ở UBND phường", "no_greeting"),
        ("Chào Ông/Bà, cho tôi mã OTP để tôi nhập giúp ở UBND phường", "asks_for_secret"),
        ("Chào Ông/Bà, hồ sơ chắc chắn được duyệt, lệ phí 8.000 đồng", "promises"),
        ("Chào Ông/Bà, lệ phí là 25.000 đồng ở UBND phường", "own_figures"),
        ("CHÀO ÔNG BÀ, LỆ PHÍ TÁM NGHÌN, NỘP TẠI PHƯỜNG", "shouting"),
    ],
)
def test_plain_faults_are_mentioned(answer: str, warning: str) -> None:
    assert warning in compare(EXERCISE, answer).warnings


@pytest.mark.parametrize(
    "answer",
    [
        "Kính chào Ông/Bà, lệ phí 8.000 đồng, nộp tại UBND phường.",
        "Chào bạn, bạn không gửi mã OTP cho ai nhé. Lệ phí 8.000 đồng.",
        "Chào bạn, hẹn trong 5 ngày làm việc, nộp ở UBND phường.",
    ],
)
def test_a_good_answer_is_left_alone(answer: str) -> None:
    assert compare(EXERCISE, answer).warnings == ()


def test_figures_without_a_source_are_named() -> None:
    assert compare(EXERCISE, "Chào Ông/Bà, 25.000 đồng, sau 12 ngày").figures == ("25.000", "12")


def test_points_are_read_as_people_type_them() -> None:
    points = points_from("Lệ phí 8.000 đồng | 8.000, tám nghìn\n\n  Nộp tại phường  \n")
    assert [(point.text, point.words) for point in points] == [
        ("Lệ phí 8.000 đồng", ("8.000", "tám nghìn")),
        ("Nộp tại phường", ("Nộp tại phường",)),
    ]


@pytest.mark.parametrize("typed", ["", " \n ", "a\n" * 13, "|"])
def test_no_points_or_too_many_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"points|character"):
        points_from(typed)
