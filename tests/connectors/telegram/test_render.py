"""Everything that goes out is what Telegram accepts, shows the original text, and loses nothing that was offered."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import BotMessage, Button, Card, OfferedFile, Source
from connectors.channel import Outgoing, PlatformCall
from connectors.telegram.render import render, to_html
from tests.connectors.telegram.telegram_html import shown_by_telegram

LIMIT = 4096
URL = 'https://dichvucong.gov.vn/p?a=1&b="2"<3>'


def buttons(*titles: str) -> tuple[Button, ...]:
    return tuple(Button(title, intent="choose") for title in titles)


def outgoing(message: BotMessage, **more: Any) -> Outgoing:
    tokens = {place: f"tok{place:05d}" for place, button in enumerate(message.all_buttons) if button.intent is not None}
    return Outgoing(message, tokens=tokens, **more)


def rendered(message: BotMessage, **more: Any) -> list[PlatformCall]:
    return render(outgoing(message, **more))


def seen(calls: list[PlatformCall]) -> str:
    return "\n".join(shown_by_telegram(call.body["text"]).text for call in calls if call.method == "sendMessage")


def keyboard(call: PlatformCall) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = call.body["reply_markup"]["inline_keyboard"]
    return rows


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_text_goes_out_as_html_without_a_link_preview() -> None:
    (call,) = rendered(BotMessage("Xin chào <b>Ông/Bà</b> & cháu"))
    assert call.method == "sendMessage"
    assert call.body["text"] == "Xin chào &lt;b&gt;Ông/Bà&lt;/b&gt; &amp; cháu"
    assert (call.body["parse_mode"], call.body["link_preview_options"]) == ("HTML", {"is_disabled": True})
    assert call.shown == "Xin chào <b>Ông/Bà</b> & cháu"


def test_buttons_carry_tokens_and_short_ones_share_a_row() -> None:
    (call,) = rendered(BotMessage("Chọn:", buttons=buttons("Lệ phí", "Giấy tờ", "Thời hạn giải quyết hồ sơ", "Nơi nộp")))
    assert keyboard(call) == [
        [{"text": "Lệ phí", "callback_data": "a:tok00000"}, {"text": "Giấy tờ", "callback_data": "a:tok00001"}],
        [{"text": "Thời hạn giải quyết hồ sơ", "callback_data": "a:tok00002"}],
        [{"text": "Nơi nộp", "callback_data": "a:tok00003"}],
    ]
    assert seen([call]) == "Chọn:"


def test_a_title_that_a_telephone_would_cut_stands_in_the_text_too() -> None:
    long = "Xác nhận tình trạng hôn nhân để sử dụng vào việc mua bán nhà đất"
    (call,) = rendered(BotMessage("Chọn:", buttons=buttons("Khác", long)))
    assert f"2. {long}" in seen([call])
    assert "1. Khác" in seen([call])


def test_a_link_is_a_button_and_a_telephone_number_is_a_line() -> None:
    offered = (Button("Cổng dịch vụ công", url="https://dichvucong.gov.vn"), Button("Đường dây nóng", phone="19001234"))
    (call,) = rendered(BotMessage("Liên hệ:", buttons=offered))
    assert keyboard(call) == [[{"text": "Cổng dịch vụ công", "url": "https://dichvucong.gov.vn"}]]
    assert "Đường dây nóng: 19001234" in seen([call])


def test_more_buttons_than_telegram_shows_are_a_numbered_list() -> None:
    calls = rendered(BotMessage("Chọn:", buttons=buttons(*(f"Xã số {n}" for n in range(130)))))
    assert sum(len(row) for row in keyboard(calls[-1])) == 100
    assert "130. Xã số 129" in seen(calls)


def test_cards_become_text_with_all_their_buttons() -> None:
    cards = (Card("Khai sinh", "Tại xã", buttons=buttons("Chọn")), Card("Khai tử", buttons=buttons("Chọn nó")))
    (call,) = rendered(BotMessage("Có 2 thủ tục:", cards=cards))
    assert all(part in seen([call]) for part in ("Khai sinh", "Tại xã", "Khai tử"))
    assert sum(len(row) for row in keyboard(call)) == 2


def test_a_long_answer_is_split_before_it_is_escaped_and_the_buttons_stand_under_its_end() -> None:
    text = " ".join(["<điều & khoản>"] * 600)
    calls = rendered(BotMessage(text, buttons=buttons("Tiếp")))
    assert len(calls) > 1
    assert all(units(shown_by_telegram(call.body["text"]).text) <= LIMIT for call in calls)
    assert seen(calls).split() == text.split()
    assert [list(call.body["reply_markup"]) for call in calls] == [["remove_keyboard"]] * (len(calls) - 1) + [["inline_keyboard"]]


def test_a_source_with_an_address_is_a_link() -> None:
    source = Source("Cổng <Dịch vụ> công", "23/11/2026", "1.004222", URL)
    (call,) = rendered(BotMessage("Lệ phí: 0 đồng", sources=(source,)))
    shown = shown_by_telegram(call.body["text"])
    assert shown.links == (("Nguồn: 1.004222, Cổng <Dịch vụ> công (dữ liệu: 23/11/2026)", URL),)
    assert shown.text == call.shown


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "http://example.org", "tg://user?id=1"])
def test_a_source_without_an_https_address_is_plain(url: str | None) -> None:
    (call,) = rendered(BotMessage("Lệ phí", sources=(Source("Cổng", "23/11/2026", None, url),)))
    assert shown_by_telegram(call.body["text"]).links == ()


def test_an_officer_is_named_before_what_they_wrote() -> None:
    (call,) = rendered(BotMessage("Mời Ông/Bà lên xã."), author="officer", officer_name="Hoa <3")
    assert seen([call]) == "[Cán bộ Hoa <3] Mời Ông/Bà lên xã."


@pytest.mark.parametrize(("request_", "asked"), [("phone", "request_contact"), ("location", "request_location")])
def test_a_request_is_a_keyboard_that_goes_away_after_use(request_: Any, asked: str) -> None:
    (call,) = rendered(BotMessage("Xin số điện thoại.", request=request_))
    markup = call.body["reply_markup"]
    (((button,),), once) = markup["keyboard"], markup["one_time_keyboard"]
    assert button[asked] is True
    assert once is True
    assert len(markup["input_field_placeholder"]) <= 64
    (after,) = rendered(BotMessage("Cảm ơn."))
    assert after.body["reply_markup"] == {"remove_keyboard": True}


def test_a_request_with_buttons_gets_a_message_of_its_own() -> None:
    first, second = rendered(BotMessage("Xin số điện thoại.", request="phone", buttons=buttons("Bỏ qua")))
    assert keyboard(first)[0][0]["text"] == "Bỏ qua"
    assert "keyboard" in second.body["reply_markup"]


def test_files_go_by_their_address_and_can_always_fall_back_to_it() -> None:
    files = (OfferedFile("image", "https://a.vn/a.png", "Mẫu"), OfferedFile("file", "https://a.vn/a.pdf", "Tờ khai"))
    text, image, file = rendered(BotMessage("Mẫu đây ạ.", files=files))
    assert text.method == "sendMessage"
    assert (image.method, image.body) == ("sendPhoto", {"photo": "https://a.vn/a.png", "caption": "Mẫu"})
    assert (file.method, file.body) == ("sendDocument", {"document": "https://a.vn/a.pdf", "caption": "Tờ khai"})
    assert file.shown == "Tờ khai: https://a.vn/a.pdf"


def test_buttons_without_any_text_still_go_out() -> None:
    (call,) = rendered(BotMessage("", buttons=buttons("Có", "Không")))
    assert seen([call])
    assert len(keyboard(call)[0]) == 2


def test_nothing_to_say_is_no_call() -> None:
    assert rendered(BotMessage("")) == []


def test_a_token_that_telegram_would_refuse_is_an_error_of_ours() -> None:
    message = BotMessage("Chọn:", buttons=buttons("Có"))
    with pytest.raises(ValueError, match="callback_data"):
        render(Outgoing(message, tokens={0: "x" * 63}))


def test_a_word_in_decomposed_form_goes_out_composed() -> None:
    (call,) = rendered(BotMessage(unicodedata.normalize("NFD", "Đăng ký thường trú")))
    assert call.body["text"] == "Đăng ký thường trú"


CARRIED = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("<>&\"'\n/👨‍👩‍👧🇻🇳"), max_size=200)


@given(CARRIED)
def test_any_text_is_shown_as_it_was_typed(text: str) -> None:
    assert shown_by_telegram(to_html(text)).text == text


@given(CARRIED, CARRIED.filter(bool), st.lists(CARRIED, max_size=5), st.sampled_from([None, URL]), st.integers(1, 60))
def test_any_message_is_accepted_and_nothing_is_lost(
    text: str, title: str, titles: list[str], url: str | None, repeated: int
) -> None:
    message = BotMessage(text * repeated, buttons=buttons(*titles), sources=(Source(title, "23/11/2026", None, url),))
    calls = rendered(message)
    for call in calls:
        shown = shown_by_telegram(call.body["text"])
        assert 1 <= units(shown.text) <= LIMIT
        assert shown.text == call.shown
        assert {address for _, address in shown.links} <= {url}
        for row in call.body["reply_markup"].get("inline_keyboard", []):
            assert 1 <= len(row) <= 2
            assert all(1 <= len(button["callback_data"].encode()) <= 64 for button in row)
    words = seen(calls).split()
    assert unicodedata.normalize("NFC", message.text).split() == words[: len(message.text.split())]
    shown_tokens = [b["callback_data"] for c in calls for r in c.body["reply_markup"].get("inline_keyboard", []) for b in r]
    assert shown_tokens == [f"a:tok{place:05d}" for place in range(len(titles))]
