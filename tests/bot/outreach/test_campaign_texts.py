"""What a campaign says on each channel, and which texts are refused."""

import re
from dataclasses import replace

import pytest

from bot.outreach.campaigns.content import SHORT_LIMIT, Content, Template, cleaned, faults_of
from bot.outreach.campaigns.loudspeaker import LONGEST_SENTENCE, SECONDS, loudspeaker_script
from bot.outreach.campaigns.poster import poster_pdf, speech_pdf
from bot.outreach.campaigns.rendering import BANNER_LIMIT, banner_text, campaign_message, template_of

PROCEDURES = {"1.004222": "Đăng ký thường trú"}
CONTENT = Content(
    title="Đăng ký thường trú qua mạng",
    short_text="Từ ngày 05/08/2026, nộp hồ sơ đăng ký thường trú qua mạng chỉ mất 10.000 đồng.",
    procedure_code="1.004222",
    channels=("zalo", "facebook", "webchat"),
)
LINK = "https://motcua.example/c/AB12CD34"


def keys(content: Content) -> set[tuple[str, str]]:
    return {(fault.key, fault.where) for fault in faults_of(content, PROCEDURES)}


def test_a_plain_text_has_no_fault() -> None:
    assert faults_of(CONTENT, PROCEDURES) == ()


def test_a_message_says_how_to_stop_in_words_and_by_a_button() -> None:
    message = campaign_message(CONTENT, LINK, 7)
    assert "«HỦY»" in message.text
    assert CONTENT.short_text in message.text
    assert [(button.intent, dict(button.entities), button.url) for button in message.buttons] == [
        ("outreach", {"do": "open", "campaign": "7"}, None),
        (None, {}, LINK),
        ("outreach", {"do": "stop", "campaign": "7"}, None),
    ]


def test_a_link_that_is_not_https_stands_in_the_text() -> None:
    message = campaign_message(CONTENT, "http://127.0.0.1:8080/c/AB12CD34", 7)
    assert "http://127.0.0.1:8080/c/AB12CD34" in message.text
    assert all(button.url is None for button in message.buttons)


def test_a_test_message_says_that_it_is_one() -> None:
    assert campaign_message(CONTENT, LINK, 7, test=True).text.startswith("[TIN THỬ")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": ""}, ("campaign_fault_empty", "title")),
        ({"short_text": "a " * 5_000}, ("campaign_fault_long", "short_text")),
        ({"short_text": "<b>Mới</b>"}, ("campaign_fault_markup", "short_text")),
        ({"short_text": "<script>alert(1)</script>"}, ("campaign_fault_markup", "short_text")),
        ({"long_text": "&#60;img&#62;"}, ("campaign_fault_markup", "long_text")),
        ({"short_text": "Vào http://la.example.xyz ngay"}, ("campaign_fault_link", "short_text")),
        ({"short_text": "Vào bit.ly ngay"}, ("campaign_fault_link", "short_text")),
        ({"short_text": "Mới 🎉"}, ("campaign_fault_emoji", "short_text")),
        ({"short_text": "Số căn cước 024099001234"}, ("campaign_fault_private", "short_text")),
        ({"channels": ()}, ("campaign_fault_channels", "channels")),
        ({"channels": ("sms",)}, ("campaign_fault_channels", "channels")),
        ({"procedure_code": "9.999999"}, ("campaign_fault_procedure", "procedure_code")),
        ({"procedure_code": None, "target": "card"}, ("campaign_fault_card", "target")),
        ({"templates": {"zalo": Template("a b")}}, ("campaign_fault_template_name", "template_zalo")),
        ({"templates": {"zalo": Template("1", {"x": "a" * 101})}}, ("campaign_fault_parameter_long", "template_zalo")),
        ({"templates": {"zalo": Template("1", {"": "a"})}}, ("campaign_fault_parameter_name", "template_zalo")),
        (
            {"templates": {"facebook": Template("tin", {"x": "a"})}, "nature": "promotion"},
            ("campaign_fault_utility", "template_facebook"),
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_where_it_stands(changes: dict[str, object], fault: tuple[str, str]) -> None:
    assert fault in keys(replace(CONTENT, **changes))  # type: ignore[arg-type]


def test_a_time_and_an_amount_are_no_link_and_no_private_number() -> None:
    text = "Trước 17.30 ngày 30.8, phí 20.000 đồng, gọi 1900 0368"
    assert faults_of(replace(CONTENT, short_text=text), PROCEDURES) == ()


def test_a_pasted_text_is_kept_without_what_nobody_sees() -> None:
    assert cleaned("A\u202eB\x00\r\nC  D\n\n\n\nE\u200b ") == "AB\nC D\n\nE"


def test_a_template_is_filled_in_and_never_too_long() -> None:
    template = Template("310100", {"noi_dung": "{text} {ward}", "lien_ket": "{link}", "la": "{khac} {"})
    found = template_of(replace(CONTENT, short_text="rất dài " * 40, templates={"zalo": template}), "zalo", LINK, "phường Từ Sơn")
    assert found is not None
    assert found["name"] == "310100"
    assert found["parameters"]["lien_ket"] == LINK
    assert found["parameters"]["la"] == "{khac} {"
    assert all(len(value) <= 100 and "\n" not in value for value in found["parameters"].values())


def test_a_template_keeps_its_link_whole() -> None:
    template = Template("310100", {"x": "{text} {link}"})
    found = template_of(replace(CONTENT, short_text="dài " * 60, templates={"zalo": template}), "zalo", LINK, "")
    assert found is not None
    assert found["parameters"]["x"].endswith(LINK)


def test_a_channel_without_a_template_has_none() -> None:
    assert template_of(CONTENT, "zalo", LINK, "") is None


def test_the_banner_is_one_short_line() -> None:
    text = banner_text(replace(CONTENT, short_text="một hai ba\n\n" * 60))
    assert len(text) <= BANNER_LIMIT
    assert "\n" not in text
    assert text.startswith(CONTENT.title)


def test_a_loudspeaker_reads_about_a_minute_in_short_sentences_without_digits() -> None:
    long_text = "Bà con mang theo căn cước công dân, sổ hộ khẩu cũ nếu còn, và giấy tờ về nhà ở hợp pháp. " * 20
    script = loudspeaker_script(replace(CONTENT, long_text=long_text), "phường Từ Sơn", "Trung tâm của phường Từ Sơn")
    assert script.seconds <= SECONDS
    assert not script.cut
    assert "ngày mùng năm tháng tám" in script.text
    assert "mười nghìn đồng" in script.text
    assert not re.search(r"\d", script.text)
    assert all(len(line.split()) <= LONGEST_SENTENCE + 5 for line in script.lines)
    assert script.lines[0].startswith("Kính thưa bà con phường Từ Sơn")
    assert script.lines[-1].startswith("Xin cảm ơn")


def test_a_text_that_a_minute_does_not_hold_is_said_to_be_cut() -> None:
    text = "Bà con nhớ làm việc này sớm. " * 60
    script = loudspeaker_script(replace(CONTENT, short_text=text), "xã Yên Thế", "Trung tâm")
    assert script.cut
    assert script.seconds <= SECONDS
    assert script.lines[-1].startswith("Xin cảm ơn")


def test_the_limit_of_the_short_text_fits_every_platform_whole() -> None:
    message = campaign_message(replace(CONTENT, title="t" * 80, short_text="x" * SHORT_LIMIT), LINK, 7)
    # Messenger's template with link buttons takes the least: 640.
    assert len(message.text) <= 640


def test_a_poster_is_one_page_whatever_stands_in_it() -> None:
    for content in (
        CONTENT,
        replace(CONTENT, title="Đ" * 80, short_text="x" * SHORT_LIMIT, long_text="dài " * 3_000),
        replace(CONTENT, title="🎉 <b>Tin</b> & cả", short_text="\u202e\x00<br/>&amp;", long_text="a\n" * 500),
        Content("T", "t"),
    ):
        made = poster_pdf(content, "phường Từ Sơn", "Trung tâm", LINK)
        assert made.startswith(b"%PDF")
        assert made.count(b"/Type /Page\n") == 1


def test_a_script_fills_as_many_pages_as_it_needs() -> None:
    script = loudspeaker_script(CONTENT, "xã Yên Thế", "Trung tâm")
    assert speech_pdf(script, "Loa", "60 giây").count(b"/Type /Page\n") == 1
    assert speech_pdf(replace(script, lines=script.lines * 9), "Loa", "60 giây").count(b"/Type /Page\n") > 1
