"""The shipped guides are whole in both languages, and a fault in a file is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.guides.book import GuideBook, GuideFileError, load_guides
from bot.settings import PROJECT_ROOT

SHIPPED = PROJECT_ROOT / "data" / "guides"


@pytest.fixture(scope="module")
def book() -> GuideBook:
    return load_guides(SHIPPED)


def test_the_six_guides_are_there(book: GuideBook) -> None:
    wanted = {
        "dang-nhap-vneid",
        "nop-truc-tuyen",
        "thanh-toan-truc-tuyen",
        "theo-doi-ho-so",
        "tao-vneid-muc-2",
        "chup-anh-giay-to",
    }
    assert set(book.guides) == wanted


def test_every_step_is_one_sentence_in_two_languages_with_an_own_alternative_text(book: GuideBook) -> None:
    for guide in book.guides.values():
        alternatives = [step.alt.vi for step in guide.steps]
        assert len(set(alternatives)) == len(alternatives), guide.id
        for step in guide.steps:
            for words in (step.text, step.alt):
                assert words.vi != words.en
                assert words.vi.rstrip(".").count(". ") == 0, words.vi
                assert words.en.rstrip(".").count(". ") == 0, words.en


def test_a_guide_says_no_number_to_call_and_asks_for_no_code(book: GuideBook) -> None:
    for guide in book.guides.values():
        told = " ".join(step.text.vi for step in guide.steps)
        assert "1900" not in told
        assert "1800" not in told
        assert "gửi mã OTP" not in told


def test_log_in_and_payment_have_a_guide(book: GuideBook) -> None:
    assert {intent: getattr(book.of_intent(intent), "id", None) for intent in ("ask_login_account", "ask_payment", "greet")} == {
        "ask_login_account": "dang-nhap-vneid",
        "ask_payment": "thanh-toan-truc-tuyen",
        "greet": None,
    }


def one_guide() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((SHIPPED / "theo-doi-ho-so.yml").read_text(encoding="utf-8"))
    return content | {"related": []}


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda g: g.update(id="khac"), "belongs into a file named khac.yml"),
        (lambda g: g.update(related=["khong-co"]), "there is no guide 'khong-co'"),
        (lambda g: g.update(steps=g["steps"][:2]), "steps"),
        (lambda g: g.update(steps=g["steps"] * 3), "steps"),
        (lambda g: g["steps"][0]["text"].pop("en"), "steps.0.text.en"),
        (lambda g: g["steps"][0].pop("alt"), "steps.0.alt"),
        (lambda g: g["steps"][0]["text"].update(vi="a" * 400), "steps.0.text.vi"),
        (lambda g: g["steps"][0]["picture"].update(kind="photo"), "picture"),
        (lambda g: g["steps"][0]["picture"].update(state="good"), "a paper has a state"),
        (lambda g: g["steps"][0]["picture"].update(show=[]), "shows something"),
        (lambda g: g["steps"][0]["picture"]["show"][0].update(part="script"), "part"),
        (lambda g: g["steps"][0]["picture"]["show"][0].update(says="x" * 99), "says"),
        (lambda g: g.update(told=["Đăng nhập"]), "marks or capitals"),
        (lambda g: g.update(told=["(a+)+"]), "cannot be read"),
        (lambda g: g.update(checked="hôm qua"), "checked"),
        (lambda g: g.update(extra=1), "extra"),
    ],
)
def test_a_fault_in_a_guide_is_named(tmp_path: Path, change: Change, told: str) -> None:
    guide = one_guide()
    change(guide)
    (tmp_path / "theo-doi-ho-so.yml").write_text(yaml.safe_dump(guide, allow_unicode=True), encoding="utf-8")
    with pytest.raises(GuideFileError, match=None) as refused:
        load_guides(tmp_path)
    assert told in str(refused.value)
    assert "theo-doi-ho-so.yml" in str(refused.value)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"[", b"a: &a [*a, *a]", b"x: " + b"[" * 2000, b"- " * 100_000, b"", b"just words"]
)
def test_a_file_that_is_no_guide_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hong.yml").write_bytes(content)
    with pytest.raises(GuideFileError) as refused:
        load_guides(tmp_path)
    assert "hong.yml" in str(refused.value)


def test_a_folder_without_guides_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuideFileError, match="holds no guide"):
        load_guides(tmp_path / "none")
