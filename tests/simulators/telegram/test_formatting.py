"""HTML mode and lengths, as the platform reads and counts them."""

import html
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.telegram.errors import BotApiError
from simulators.telegram.formatting import found_entities, parse_html, read_text, utf16_length, utf16_part


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("Xin <b>chào</b>", "Xin chào", [("bold", 4, 4)]),
        ("😀<i>x</i>", "😀x", [("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<strong>a</strong><em>b</em>", "ab", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<u>a</u><s>b</s><tg-spoiler>c</tg-spoiler>", "abc", [("underline", 0, 1), ("strikethrough", 1, 1), ("spoiler", 2, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<code>x</code><pre>y</pre>", "xy", [("code", 0, 1), ("pre", 1, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("<B>a</b>", "a", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("1 &lt; 2 &amp;&amp; &quot;3&quot; &#272; &#x111;", '1 < 2 && "3" Đ đ', []),
        ("a & b &nbsp; &copy;", "a & b &nbsp; &copy;", []),
        ("a > b", "a > b", []),
    ],
)
def test_html_gives_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    formatted = parse_html(source)
    assert formatted.text == text
    assert [(e["type"], e["offset"], e["length"]) for e in formatted.entities] == entities


def test_link_keeps_its_address() -> None:
    formatted = parse_html('Xem <a href="https://example.vn/?a=1&amp;b=2">cổng</a>')
    assert formatted.entities == [{"type": "text_link", "offset": 4, "length": 4, "url": "https://example.vn/?a=1&b=2"}]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<x>", 'Unsupported start tag "x" at byte offset 0'),
        ("đ<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b", 'Unclosed start tag "b" at byte offset 0'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<script>alert(1)</script>", 'Unsupported start tag "script" at byte offset 0'),
    ],
)
def test_wrong_html_is_refused_with_its_place(source: str, complaint: str) -> None:
    with pytest.raises(BotApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(html.escape(text, quote=False)).text == text


@given(st.text(alphabet='<>/&;"=ab# \n', max_size=60))
def test_any_html_is_parsed_or_refused(source: str) -> None:
    with suppress(BotApiError):
        formatted = parse_html(source)
        length = utf16_length(formatted.text)
        assert all(e["offset"] >= 0 and e["length"] > 0 and e["offset"] + e["length"] <= length for e in formatted.entities)


def test_texts_are_trimmed_and_entities_move_along() -> None:
    formatted = read_text("  \n<b> đậm </b> ", "HTML", None)
    assert formatted.text == "đậm"
    assert formatted.entities == [{"type": "bold", "offset": 0, "length": 3}]


@pytest.mark.parametrize("mode", ["MarkdownV2", "Markdown", "bbcode"])
def test_other_modes_are_refused(mode: str) -> None:
    with pytest.raises(BotApiError):
        read_text("*a*", mode, None)


@pytest.mark.parametrize("entities", [{}, ["x"], [{"type": "bold", "offset": -1, "length": 1}], [{"type": "bold"}]])
def test_malformed_entities_are_refused(entities: object) -> None:
    with pytest.raises(BotApiError):
        read_text("abc", "", entities)


@pytest.mark.parametrize("text", ["a\x00b", "\ud83d"])
def test_texts_that_are_no_text_are_refused(text: str) -> None:
    with pytest.raises(BotApiError):
        read_text(text, "", None)


def test_commands_and_links_are_found() -> None:
    found = found_entities("😀 /start@motcua_bot x /menu, xem https://example.vn/a. a/b")
    assert [(e["type"], e["offset"], e["length"]) for e in found] == [
        ("bot_command", 3, 17),
        ("bot_command", 23, 5),
        ("url", 34, 20),
    ]


def test_lengths_are_utf16_units() -> None:
    assert utf16_length("đ😀") == 3
    assert utf16_part("a😀b", 1, 2) == "😀"
