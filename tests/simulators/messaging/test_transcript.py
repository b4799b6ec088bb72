"""What a citizen sees."""

from datetime import UTC, datetime

import pytest

from simulators.messaging.transcript import ShownButton, ShownMessage, Transcripts

AT = datetime(2026, 11, 26, tzinfo=UTC)


def test_each_user_has_a_screen_and_every_change_shows() -> None:
    screens = Transcripts()
    screens.show("a", ShownMessage("1", AT, "user", "Chào"))
    before = screens.revision("a")
    screens.edit("a", "1", text="Chào bạn", note="đã sửa")
    assert screens.revision("a") > before
    assert [(m.text, m.note) for m in screens.of("a")] == [("Chào bạn", "đã sửa")]
    assert screens.of("b") == []
    screens.clear()
    assert screens.of("a") == []


def test_a_refused_message_cannot_be_found_or_edited() -> None:
    screens = Transcripts()
    screens.show("a", ShownMessage("1", AT, "bot", "x", refused="message is too long"))
    assert screens.find("a", "1") is None
    with pytest.raises(KeyError):
        screens.edit("a", "1", text="y")


def test_json_carries_buttons_and_attachments() -> None:
    button = ShownButton(title="Nộp", kind="postback", value="a:1")
    shown = ShownMessage("1", AT, "bot", "x", (button,), ({"kind": "file", "name": "a.pdf"},)).as_json()
    assert shown["buttons"] == [{"title": "Nộp", "kind": "postback", "value": "a:1"}]
    assert shown["attachments"] == [{"kind": "file", "name": "a.pdf"}]
    assert shown["at"] == "2026-11-26T00:00:00+00:00"
