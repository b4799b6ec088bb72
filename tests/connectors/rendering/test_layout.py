"""Buttons as the platform shows them, or as lines: each choice can be reached, and nothing that was offered is lost."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.messages import BotMessage, Button, Card
from connectors.channel import Capabilities, Outgoing, TextUnit
from connectors.rendering.layout import BUTTON_PREFIX, Layout, lay_out
from connectors.rendering.text import length
from tests.connectors.rendering.outgoing_messages import outgoing_messages, squeezed

UNITS: list[TextUnit] = ["characters", "utf16"]


@st.composite
def capabilities(draw: st.DrawFn) -> Capabilities:
    return Capabilities(
        text_limit=draw(st.sampled_from([300, 2000, 4096])),
        text_unit=draw(st.sampled_from(UNITS)),
        buttons_text_limit=draw(st.sampled_from([160, 640, 2000])),
        url_buttons=draw(st.booleans()),
        call_buttons=draw(st.booleans()),
        phone_request=draw(st.booleans()),
        location_request=draw(st.booleans()),
        officer_name=draw(st.booleans()),
    )


def words_of(layout: Layout) -> str:
    return squeezed("".join(layout.texts))


@given(outgoing_messages(), capabilities(), st.integers(0, 15), st.sampled_from([20, 100]))
def test_every_choice_is_a_whole_button_or_a_numbered_line(
    outgoing: Outgoing, can: Capabilities, native: int, title: int
) -> None:
    layout = lay_out(outgoing, can, native=native, title_limit=title)
    for position, button in enumerate(outgoing.message.all_buttons):
        if position in outgoing.tokens:
            whole = squeezed(button.title)
            payload = BUTTON_PREFIX + outgoing.tokens[position]
            pressed = any(one.payload == payload and squeezed(one.title) == whole for one in layout.buttons)
            assert pressed or squeezed(f"{position + 1}. {button.title}") in words_of(layout)


@given(outgoing_messages(), capabilities(), st.integers(0, 15), st.sampled_from([20, 100]))
def test_every_link_and_number_is_a_whole_button_or_a_line(
    outgoing: Outgoing, can: Capabilities, native: int, title: int
) -> None:
    layout = lay_out(outgoing, can, native=native, title_limit=title)
    for button in outgoing.message.all_buttons:
        target = button.url or button.phone
        if target is not None:
            whole = squeezed(button.title)
            pressed = any(target in (one.url, one.phone) and squeezed(one.title) == whole for one in layout.buttons)
            assert pressed or squeezed(f"{button.title}: {target}") in words_of(layout)


@given(outgoing_messages(), capabilities(), st.integers(0, 15), st.sampled_from([20, 100]))
def test_the_platforms_limits_are_kept(outgoing: Outgoing, can: Capabilities, native: int, title: int) -> None:
    layout = lay_out(outgoing, can, native=native, title_limit=title)
    assert len(layout.buttons) <= native
    assert all(0 < length(one.title, can.text_unit) <= title for one in layout.buttons)
    assert all(0 < length(text, can.text_unit) <= can.text_limit for text in layout.texts)
    if layout.buttons:
        assert layout.texts
        assert length(layout.texts[-1], can.text_unit) <= can.buttons_text_limit


@given(outgoing_messages(), capabilities(), st.integers(0, 15))
def test_the_words_of_the_message_its_cards_and_sources_are_all_there(outgoing: Outgoing, can: Capabilities, native: int) -> None:
    words = words_of(lay_out(outgoing, can, native=native, title_limit=20))
    said = [outgoing.message.text, *(part for card in outgoing.message.cards for part in (card.title, card.subtitle))]
    assert all(squeezed(part) in words for part in [*said, *(source.as_of for source in outgoing.message.sources)])


def shown(buttons: list[Button], *, native: int = 3, text: str = "Chọn:", **more: object) -> Layout:
    tokens = {i: f"t{i}" for i, one in enumerate(buttons) if one.intent is not None}
    can = Capabilities(2000, url_buttons=True, call_buttons=True)
    message = BotMessage(text, buttons=tuple(buttons))
    return lay_out(Outgoing(message, tokens=tokens, **more), can, native=native, title_limit=20)  # type: ignore[arg-type]


def test_a_title_in_decomposed_form_fits_as_its_composed_form_does() -> None:
    layout = shown([Button(unicodedata.normalize("NFD", "Bao lâu có kết quả?"), intent="a")])
    assert layout.texts == ("Chọn:",)
    assert layout.buttons[0].title == "Bao lâu có kết quả?"


def test_too_many_choices_are_all_listed_by_number() -> None:
    layout = shown([Button(f"Lựa chọn {i}", intent="a") for i in range(1, 6)])
    assert len(layout.buttons) == 3
    assert all(f"{i}. Lựa chọn {i}" in layout.texts[0] for i in range(1, 6))


def test_choices_without_a_text_are_listed_so_that_they_have_something_to_stand_under() -> None:
    layout = shown([Button("Lệ phí", intent="a")], text="")
    assert "1. Lệ phí" in layout.texts[0]
    assert layout.buttons


def test_links_without_a_text_are_lines() -> None:
    layout = shown([Button("Mở trang", url="https://dichvucong.gov.vn")], text="")
    assert layout.texts == ("Mở trang: https://dichvucong.gov.vn",)
    assert not layout.buttons


def test_a_link_with_a_long_title_is_a_line_with_its_whole_title() -> None:
    layout = shown([Button("Mở trang nộp hồ sơ trực tuyến", url="https://dichvucong.gov.vn")])
    assert "Mở trang nộp hồ sơ trực tuyến: https://dichvucong.gov.vn" in layout.texts[0]


def test_an_officers_words_begin_with_the_name() -> None:
    assert shown([], author="officer", officer_name="Lan").texts[0].startswith("[Cán bộ Lan]")


def test_a_message_of_nothing_has_no_texts() -> None:
    assert shown([], text=" ") == Layout(())


def test_cards_without_a_native_form_are_entries() -> None:
    message = BotMessage("Tìm thấy:", cards=(Card("Khai sinh", "Tư pháp", buttons=(Button("Chọn", intent="a"),)),))
    layout = lay_out(Outgoing(message, tokens={0: "t"}), Capabilities(2000), native=0, title_limit=20)
    assert "Khai sinh" in layout.texts[0]
    assert "1. Chọn" in layout.texts[0]
