"""One clause per question, none lost, names kept whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.clauses import MAX_CLAUSES, split_clauses
from bot.language.normalise import fold, nfc

DROPPED = {
    "va",
    "voi",
    "roi",
    "ngoai",
    "ra",
    "dong",
    "thoi",
    "con",
    "vs",
    "lai",
    "ca",
    "cung",
    "the",
    "sau",
    "do",
    "hoi",
    "them",
    "cho",
}


def texts(message: str) -> list[str]:
    return [clause.text for clause in split_clauses(message)]


@pytest.mark.parametrize(
    ("message", "clauses"),
    [
        (
            "lam giay khai sinh can giay to gi, het bao nhieu tien va nop o dau",
            ["lam giay khai sinh can giay to gi", "het bao nhieu tien", "nop o dau"],
        ),
        ("ho so gom gi phi bao nhieu nop o dau", ["ho so gom gi", "phi bao nhieu", "nop o dau"]),
        ("Hồ sơ gồm gì? Nộp ở đâu?", ["Hồ sơ gồm gì?", "Nộp ở đâu?"]),
        ("Em chào chị\nphí bao nhiêu ạ", ["Em chào chị", "phí bao nhiêu ạ"]),
        ("tach khau can gi roi mat bao lau con online duoc khong", ["tach khau can gi", "mat bao lau", "online duoc khong"]),
        (
            "phí khai sinh bao nhiêu, đăng ký kết hôn thì nộp ở đâu",
            ["phí khai sinh bao nhiêu", "đăng ký kết hôn thì nộp ở đâu"],
        ),
        ("cho em hỏi phí bao nhiêu và em muốn gặp cán bộ", ["cho em hỏi phí bao nhiêu", "em muốn gặp cán bộ"]),
        ("Nộp ở đâu; mất bao lâu", ["Nộp ở đâu", "mất bao lâu"]),
        ("cần giấy tờ gì ngoài ra mất bao lâu", ["cần giấy tờ gì", "mất bao lâu"]),
    ],
)
def test_each_question_becomes_a_clause(message: str, clauses: list[str]) -> None:
    assert [text.rstrip(";") for text in texts(message)] == clauses


@pytest.mark.parametrize(
    "message",
    [
        "Em muốn đăng ký nhận cha, mẹ, con cần giấy tờ gì ạ?",
        "thay đổi, cải chính, bổ sung thông tin hộ tịch hết bao nhiêu tiền",
        "cần gì cho bố và mẹ nộp ở đâu",
        "làm ở TP. Bắc Ninh được không",
        "phí là 20.000 đồng đúng không",
        'chứng thực "hợp đồng mua bán, tặng cho" cần giấy tờ gì',
        "sang tên sổ đỏ cho con phí bao nhiêu tiền ạ em cảm ơn",
        "Em bị mất căn cước, giờ làm lại ở đâu",
        "tra hồ sơ H05.12.3-260818-0001 giúp em",
    ],
)
def test_names_and_one_question_stay_whole(message: str) -> None:
    assert texts(message) == [message]


@pytest.mark.parametrize("message", ["???", " ", "\n", "...", "ạ", "⟦dossier_code:a1⟧"])
def test_something_typed_is_never_nothing(message: str) -> None:
    assert len(split_clauses(message)) == 1


def test_an_empty_text_has_no_clause() -> None:
    assert split_clauses("") == []


def test_at_most_six_clauses_and_the_last_holds_the_rest() -> None:
    message = "? ".join(f"câu hỏi số {i}" for i in range(20))
    found = split_clauses(message)
    assert len(found) == MAX_CLAUSES
    assert "số 19" in found[-1].text


@given(st.text(st.characters(codec=None), min_size=1, max_size=300))
def test_any_text_is_split_and_positions_hold(text: str) -> None:
    found = split_clauses(text)
    assert 1 <= len(found) <= MAX_CLAUSES
    assert all(nfc(text)[clause.start : clause.end] == clause.text for clause in found)


WORDS = st.lists(
    st.sampled_from(
        [
            "khai sinh",
            "cần giấy tờ gì",
            "phí",
            "bao nhiêu",
            "nộp",
            "ở đâu",
            "và",
            "với",
            "rồi",
            "còn",
            ",",
            "?",
            ".",
            "kết hôn",
            "mấy ngày",
            "cha",
            "mẹ",
            "con",
        ]
    ),
    min_size=1,
    max_size=40,
)


@given(WORDS)
def test_no_word_but_connectives_is_lost(words: list[str]) -> None:
    message = " ".join(words)
    kept = re.findall(r"\w+", fold(" ".join(texts(message))))
    lost = list(re.findall(r"\w+", fold(message)))
    for word in kept:
        lost.remove(word)
    assert set(lost) <= DROPPED


def test_a_hundred_thousand_characters_are_split() -> None:
    assert len(split_clauses("làm giấy khai sinh cần gì, " * 3700)) == MAX_CLAUSES
