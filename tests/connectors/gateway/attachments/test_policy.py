"""What is accepted is what was asked for; everything else is refused with a reason that says what to do."""

import unicodedata
from typing import get_args

import pytest

from bot.conversations.events import AttachmentKind
from bot.conversations.media_types import media_type_of
from bot.texts import say
from connectors.gateway.attachments.policy import (
    MAX_BYTES,
    REASONS,
    Announced,
    explanations,
    names_an_id_card,
    reason_to_refuse,
)
from tests.connectors.gateway.attachments.file_host import HEIC, JPEG, PDF, PNG


@pytest.mark.parametrize("kind", ["image", "file"])
@pytest.mark.parametrize(
    "media_type",
    [None, "", "image/jpeg", "IMAGE/PNG", "image/heic", "application/pdf; x=1", "application/octet-stream", "image/jpg"],
)
def test_a_paper_that_was_asked_for_is_accepted(kind: str, media_type: str | None) -> None:
    paper = Announced(kind, "giay-khai-sinh.pdf", media_type, MAX_BYTES, "Giấy chứng sinh ạ")
    assert reason_to_refuse(paper, "paper") is None


@pytest.mark.parametrize("expects", [None, "", "dossier_code", "lookup_code", "Paper"])
def test_a_paper_that_nobody_asked_for_is_not_even_fetched(expects: str | None) -> None:
    assert reason_to_refuse(Announced("image", media_type="image/jpeg"), expects) == "not_asked"


@pytest.mark.parametrize(
    ("attachment", "reason"),
    [
        (Announced("image", size=MAX_BYTES + 1), "too_large"),
        (Announced("image", media_type="image/webp"), "wrong_type"),
        (Announced("file", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"), "wrong_type"),
        (Announced("file", "a.zip", "application/zip"), "wrong_type"),
        (Announced("file", "a.svg", "image/svg+xml"), "wrong_type"),
        (Announced("video", media_type="video/mp4"), "wrong_type"),
        (Announced("other"), "wrong_type"),
    ],
)
def test_what_is_no_paper_is_refused_although_one_was_asked_for(attachment: Announced, reason: str) -> None:
    assert reason_to_refuse(attachment, "paper") == reason


@pytest.mark.parametrize("expects", [None, "paper"])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("audio", "voice"), ("location", "location"), ("contact", "contact_of_other"), ("link", "link"), ("sticker", "sticker")],
)
def test_kinds_that_are_never_taken(kind: str, reason: str, expects: str | None) -> None:
    assert reason_to_refuse(Announced(kind, caption="CCCD"), expects) == reason


ID_CARDS = [
    "Căn cước của tôi",
    "CCCD mặt trước",
    "cccd.jpg",
    "CCCD_mat_truoc_1.jpg",
    "anh-CCCD2.jpg",
    "can_cuoc.png",
    "cancuoc.png",
    "thẻ căn cước công dân",
    "Chứng minh nhân dân",
    "chứng minh thư em đây",
    "CMND cũ",
    "cmt của mẹ em",
    "c.m.n.d",
    "C C C D",
    "ID card.pdf",
    "id_card_front.heic",
    "thẻ định danh",
]
OTHERS = [
    "Giấy khai sinh",
    "cccdefg.jpg",
    "accd.jpg",
    "scan cuoc hop.pdf",
    "IMG_2041.HEIC",
    "giấy chứng minh tài chính",
    "cmtx",
    "bảng chấm công",
    "sổ hộ khẩu",
    "",
]


@pytest.mark.parametrize("text", ID_CARDS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_identity_card_is_known_by_its_caption_or_name(text: str, form: str) -> None:
    written = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    assert names_an_id_card(written)
    assert names_an_id_card(written.upper())
    assert reason_to_refuse(Announced("image", caption=written), "paper") == "id_card"
    assert reason_to_refuse(Announced("file", name=written), None) == "id_card"


@pytest.mark.parametrize("text", OTHERS)
def test_other_words_are_no_identity_card(text: str) -> None:
    assert not names_an_id_card(text)


def test_a_long_caption_is_read_in_no_time() -> None:
    assert not names_an_id_card("c" * 20_000 + " ")
    assert not names_an_id_card("c " * 10_000)


def test_every_reason_but_a_sticker_has_a_text_in_both_languages() -> None:
    for reason in REASONS:
        if reason != "sticker":
            assert say(f"attachment_{reason}").strip()
            assert say(f"attachment_{reason}", "en").strip()


def test_each_reason_is_told_once_and_the_gravest_first() -> None:
    assert explanations(["not_asked", "id_card", "not_asked"]) == [say("attachment_id_card"), say("attachment_not_asked")]


def test_a_sticker_gets_no_answer() -> None:
    assert explanations(["sticker"]) == []


def test_the_texts_say_what_to_do() -> None:
    assert "gõ chữ" in say("attachment_voice")
    assert "xã, phường" in say("attachment_location")
    assert "xóa" in say("attachment_id_card")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (HEIC, "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif", None),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"GIF89a", None),
        (b"RIFF\x00\x00\x00\x00WEBP", None),
        (b"PK\x03\x04", None),
        (b"<html>", None),
        (b"MZ\x90", None),
        (b"", None),
        (b"\xff\xd8", None),
    ],
)
def test_the_first_bytes_say_what_a_file_is(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize("kind", get_args(AttachmentKind))
def test_every_kind_that_a_parser_may_name_is_decided(kind: str) -> None:
    assert reason_to_refuse(Announced(kind), None) in REASONS
