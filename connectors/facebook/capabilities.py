"""What Messenger can show (limits of the Messenger Platform as of 2026-11; sources in README.md)."""

from connectors.channel import Capabilities

QUICK_REPLIES = 13
TITLE = 20
TEXT = 2000
TEMPLATE_TEXT = 640
TEMPLATE_BUTTONS = 3
CARDS = 10
CARD_TEXT = 80

CAPABILITIES = Capabilities(
    text_limit=TEXT,
    # Characters by the documentation; emoji count double for some senders, and so always here.
    text_unit="utf16",
    quick_replies=QUICK_REPLIES,
    quick_reply_title=TITLE,
    buttons=TEMPLATE_BUTTONS,
    button_title=TITLE,
    buttons_text_limit=TEMPLATE_TEXT,
    url_buttons=True,
    call_buttons=True,
    cards=CARDS,
    card_title=CARD_TEXT,
    image_bytes=8 * 1024 * 1024,
    file_bytes=25 * 1024 * 1024,
    phone_request=True,
    location_request=False,
    typing=True,
    officer_name=False,
    # Events may be posted again later, after newer ones.
    keeps_order=False,
    # The page's limit is 300 texts a second; a tenth leaves room for other apps of the page.
    calls_per_second=30.0,
    burst=30,
)
"""``officer_name`` is false: an officer's name needs a persona, and stands in the text for whoever has none."""
