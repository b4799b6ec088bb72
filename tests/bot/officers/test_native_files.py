"""Which files a platform takes itself, and the reason where it gets a link."""

import pytest

from bot.conversations.media_types import DOC, DOCX
from bot.officers.native_files import SentAs, sent_as

MB = 1_000_000


@pytest.mark.parametrize(
    ("channel", "media_type", "size", "expected"),
    [
        ("zalo", "image/png", MB, SentAs("image")),
        ("zalo", "image/png", MB + 1, SentAs(None, "size")),
        ("zalo", "application/pdf", 5 * MB, SentAs("file")),
        ("zalo", "application/pdf", 5 * MB + 1, SentAs(None, "size")),
        ("zalo", DOCX, 1, SentAs("file")),
        ("zalo", DOC, 1, SentAs("file")),
        ("zalo", "image/heic", 1, SentAs(None, "type")),
        ("facebook", "image/jpeg", 8 * MB, SentAs("image")),
        ("facebook", "image/jpeg", 10 * MB, SentAs("file")),
        ("facebook", "image/heic", 10 * MB, SentAs("file")),
        ("telegram", "image/jpeg", 10 * MB, SentAs("file")),
        ("web", "application/pdf", 1, SentAs(None, "channel")),
        ("", "application/pdf", 1, SentAs(None, "channel")),
    ],
)
def test_the_platform_gets_the_file_or_a_link_with_a_reason(channel: str, media_type: str, size: int, expected: SentAs) -> None:
    assert sent_as(channel, media_type, size) == expected
