"""Every attachment of a message ends in one state: kept encrypted, or refused and gone."""

import logging
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from bot.conversations.kept_attachments import forget_expired_attachments
from bot.storage.channel_models import Attachment
from bot.storage.database import writing
from connectors.gateway.attachments.policy import MAX_BYTES
from connectors.gateway.attachments.resolving import Resolution
from tests.connectors.gateway.attachments.announced import CIPHER, Message
from tests.connectors.gateway.attachments.file_host import JPEG, PDF, content, endless, slow_body, status


def test_an_accepted_paper_is_fetched_once_and_kept_encrypted(message: Message) -> None:
    message.host.pages["/a.jpg"] = content(JPEG, Content_Type="text/html")
    attachment_id = message.announce(media_type="image/png", size=5)
    found = message.resolve()
    (paper,) = found.papers
    assert (paper.attachment_id, paper.media_type, paper.size) == (attachment_id, "image/jpeg", len(JPEG))
    assert paper.sha256 == sha256(JPEG).hexdigest()
    assert found.reasons == ()
    assert found.explanations() == []
    row = message.row()
    assert (row.state, row.source, row.detail, row.media_type) == ("fetched", None, None, "image/jpeg")
    assert row.content is not None
    assert JPEG not in row.content
    assert message.desk.content_of(attachment_id) == JPEG
    assert message.raw() is None
    assert message.resolve() == found
    assert message.host.asked == ["/a.jpg"]


def test_what_was_not_asked_for_is_refused_without_being_fetched(message: Message) -> None:
    message.announce(name="anh.jpg")
    found = message.resolve(expects=None)
    assert (found.papers, found.reasons) == ((), ("not_asked",))
    assert "gõ câu hỏi" in found.explanations()[0]
    row = message.row()
    assert (row.state, row.detail, row.source, row.content, row.name) == ("refused", "not_asked", None, None, None)
    assert message.raw() is None
    assert message.host.asked == []


def test_a_photo_of_an_identity_card_is_gone_before_anybody_sees_it(message: Message) -> None:
    message.host.pages["/a.jpg"] = content(JPEG)
    message.announce(name="CCCD 024099001234.jpg")
    message.announce("/b.jpg")
    found = message.resolve(caption="căn cước của cháu đây ạ")
    assert (found.papers, found.reasons) == ((), ("id_card",))
    for row in message.rows():
        assert (row.state, row.detail, row.source, row.content, row.name) == ("refused", "id_card", None, None, None)
    assert message.raw() is None
    assert message.host.asked == []


@pytest.mark.parametrize(
    ("page", "state", "reason", "detail"),
    [
        (status(404), "failed", "expired", "expired:http_404"),
        (status(403), "failed", "expired", "expired:http_403"),
        (status(500), "failed", "fetch_failed", "fetch_failed:http_500"),
        (status(302, Location="https://evil.example/"), "failed", "fetch_failed", "fetch_failed:host_not_allowed"),
        (endless, "refused", "too_large", "too_large:received"),
        (content(b"", Content_Length=str(MAX_BYTES + 1)), "refused", "too_large", "too_large:declared"),
        (content(b"PK\x03\x04 a zip", Content_Type="image/jpeg"), "refused", "wrong_type", "wrong_type:content"),
        (content(b""), "refused", "wrong_type", "wrong_type:content"),
        (slow_body, "failed", "fetch_failed", "fetch_failed:out_of_time"),
    ],
    ids=["not-there", "signature-over", "fault", "led-away", "endless", "huge", "lying-type", "empty", "slow"],
)
def test_a_fetch_that_brings_no_paper_leaves_nothing_behind(
    message: Message, page: Any, state: str, reason: str, detail: str
) -> None:
    message.host.pages["/a.jpg"] = page
    message.announce()
    message.desk = replace(message.desk, seconds_each=0.5 if page is slow_body else 20.0, seconds_together=20.0)
    assert message.resolve().reasons == (reason,)
    row = message.row()
    assert (row.state, row.detail, row.source, row.content) == (state, detail, None, None)
    assert message.resolve().reasons == (reason,)
    assert message.host.asked == ["/a.jpg"]


def test_each_attachment_of_a_message_is_decided_on_its_own(message: Message) -> None:
    message.host.pages |= {"/a.jpg": content(JPEG), "/b.pdf": content(PDF)}
    message.announce()
    message.announce("/b.pdf", kind="file", media_type="application/pdf")
    message.announce("/c.ogg", kind="audio")
    message.announce(None, kind="location")
    message.announce("/gone.jpg")
    found = message.resolve()
    assert [paper.media_type for paper in found.papers] == ["image/jpeg", "application/pdf"]
    assert found.reasons == ("expired", "voice", "location")
    assert len(found.explanations()) == 3


def test_a_sticker_is_refused_in_silence(message: Message) -> None:
    message.announce("/s.webp", kind="sticker")
    found = message.resolve(expects=None)
    assert found.reasons == ("sticker",)
    assert found.explanations() == []
    assert message.row().source is None


def test_more_than_five_are_refused_kindly(message: Message) -> None:
    message.host.pages["/a.jpg"] = content(JPEG)
    for _ in range(7):
        message.announce()
    found = message.resolve()
    assert len(found.papers) == 5
    assert found.reasons == ("too_many",)
    assert len(message.host.asked) == 5
    assert message.resolve() == found


def test_the_time_of_one_message_is_limited_in_all(message: Message) -> None:
    message.host.pages["/a.jpg"] = slow_body
    for _ in range(4):
        message.announce()
    message.desk = replace(message.desk, seconds_each=0.3, seconds_together=0.5)
    assert message.resolve().reasons == ("fetch_failed",)
    assert len(message.host.asked) <= 2
    assert {row.state for row in message.rows()} == {"failed"}


@pytest.mark.parametrize(
    "source",
    [b"not encrypted", CIPHER.encrypt(b"\xff\xfe"), CIPHER.encrypt(b"no link"), None],
    ids=["plain", "no-text", "no-link", "none"],
)
def test_a_source_that_is_none_is_a_failure(message: Message, source: bytes | None) -> None:
    attachment_id = message.announce()
    with writing(message.database.sessions) as session:
        session.get_one(Attachment, attachment_id).source = source
    assert message.resolve().reasons == ("fetch_failed",)
    assert message.row().source is None


def test_a_channel_without_files_is_a_failure(message: Message) -> None:
    message.announce()
    message.desk = replace(message.desk, sources={})
    assert message.resolve().reasons == ("fetch_failed",)


def test_a_link_past_its_time_is_not_fetched(message: Message) -> None:
    message.host.pages["/a.jpg"] = content(JPEG)
    message.announce()
    message.clock.move(hours=25)
    assert message.resolve().reasons == ("expired",)
    assert message.host.asked == []


def test_a_message_without_attachments_has_nothing_to_resolve(message: Message) -> None:
    assert message.resolve() == Resolution()
    assert message.raw() == b"holds the link"


def test_two_workers_do_not_undo_each_other(message: Message) -> None:
    attachment_id = message.announce()

    def refused_meanwhile(handler: Any) -> None:
        message.desk.resolve_attachments(message.inbound_id, None, None)
        content(JPEG)(handler)

    message.host.pages["/a.jpg"] = refused_meanwhile
    found = message.resolve()
    assert (found.papers, found.reasons) == ((), ("not_asked",))
    assert message.row().content is None
    assert message.desk.content_of(attachment_id) is None


def test_papers_are_forgotten_after_their_time(message: Message) -> None:
    message.host.pages["/a.jpg"] = content(JPEG)
    kept = message.announce(name="giay.jpg")
    message.resolve()
    waiting = message.announce("/b.jpg", name="b.jpg")
    message.clock.move(hours=23)
    assert _forget(message) == 0
    message.clock.move(hours=2)
    assert _forget(message) == 1
    assert message.desk.content_of(kept) == JPEG
    message.clock.move(days=7)
    assert message.desk.content_of(kept) is None
    assert _forget(message) == 1
    assert _forget(message) == 0
    for row in message.rows():
        assert (row.state, row.content, row.source, row.name) == ("purged", None, None, None)
    assert message.resolve().reasons == ("expired",)
    assert message.desk.content_of(waiting) is None


def _forget(message: Message) -> int:
    with writing(message.database.sessions) as session:
        return forget_expired_attachments(session, message.clock())


def test_no_log_line_holds_a_link(message: Message, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        message.announce("/secret-link.jpg")
        message.resolve()
    assert "secret-link" not in caplog.text
