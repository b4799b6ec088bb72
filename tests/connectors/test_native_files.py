"""The officers' rules for attachments and what the channels say of themselves are one."""

from bot.officers.native_files import NATIVE_FORMS
from connectors.facebook.capabilities import CAPABILITIES as FACEBOOK
from connectors.telegram.render import CAPABILITIES as TELEGRAM
from connectors.zalo.capabilities import ZALO


def test_the_limits_are_those_of_the_channels() -> None:
    longest = {(channel, form.kind): form.longest for channel, forms in NATIVE_FORMS.items() for form in forms}
    assert longest[("zalo", "image")] == ZALO.image_bytes
    assert longest[("zalo", "file")] == ZALO.file_bytes
    assert longest[("facebook", "image")] == FACEBOOK.image_bytes
    assert longest[("facebook", "file")] == FACEBOOK.file_bytes
    # By link Telegram takes less than by upload.
    assert longest[("telegram", "file")] >= TELEGRAM.file_bytes
