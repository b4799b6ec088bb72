"""What Zalo can show under an Official Account's message (``README.md`` names the sources)."""

from typing import Final

from connectors.channel import Capabilities

IMAGE_TYPES: Final = ("jpg", "png")
FILE_TYPES: Final = ("pdf", "doc", "docx")

# Zalo's "1 MB" and "5 MB" are read as the smaller of the two meanings. Zalo allows 4,000 calls a minute to one app; ours leave
# room for reads and for the burst. Two messages of one citizen may arrive in any order.
ZALO: Final = Capabilities(
    text_limit=2000,
    buttons=5,
    button_title=100,
    buttons_text_limit=2000,
    url_buttons=True,
    call_buttons=True,
    image_bytes=1_000_000,
    file_bytes=5_000_000,
    phone_request=True,
    calls_per_second=50.0,
    burst=50,
)
