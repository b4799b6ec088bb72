"""Messages of any shape, for properties of rendering."""

import unicodedata

from hypothesis import strategies as st

from bot.messages import BotMessage, Button, Card, OfferedFile, Source
from connectors.channel import Outgoing

PIECES = st.sampled_from(
    [
        "Lệ phí",
        unicodedata.normalize("NFD", "Đăng ký khai sinh ở phường"),
        "👩‍👩‍👧",
        "🇻🇳",
        "Bao lâu có kết quả?",
        "<b>đậm</b>",
        "1",
    ]
)
TITLES = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)
TEXTS = st.lists(PIECES | st.text(max_size=40), max_size=30).map(" ".join)
ACTS = st.builds(lambda title: Button(title, intent="ask"), TITLES)
LINKS = st.builds(lambda title, n: Button(title, url=f"https://dichvucong.gov.vn/{n}"), TITLES, st.integers(1, 99))
CALLS = st.builds(lambda title, phone: Button(title, phone=phone), TITLES, st.sampled_from(["19001234", "02223123456", "113"]))
CARDS = st.builds(
    lambda title, subtitle, image, buttons: Card(title, subtitle, image, tuple(buttons)),
    TITLES,
    st.just("") | TITLES,
    st.sampled_from([None, "https://motcua.vn/a.png"]),
    st.lists(ACTS | LINKS | CALLS, max_size=4),
)
FILES = st.builds(OfferedFile, st.sampled_from(["image", "file"]), st.just("https://motcua.vn/don.pdf"), TITLES)


@st.composite
def outgoing_messages(draw: st.DrawFn) -> Outgoing:
    message = BotMessage(
        draw(TEXTS),
        buttons=tuple(draw(st.lists(ACTS | LINKS | CALLS, max_size=20))),
        cards=tuple(draw(st.lists(CARDS, max_size=12))),
        files=tuple(draw(st.lists(FILES, max_size=2))),
        sources=tuple(draw(st.lists(st.just(Source("Cổng dịch vụ công", "06/2026", "1.001193")), max_size=1))),
        request=draw(st.sampled_from([None, "phone", "location"])),
    )
    tokens = {i: f"token-{i}-{'x' * 14}" for i, one in enumerate(message.all_buttons) if one.intent is not None}
    author, name = draw(st.sampled_from([("bot", None), ("officer", "Nguyễn Thị Lan"), ("officer", None), ("system", None)]))
    return Outgoing(message, author=author, tokens=tokens, officer_name=name)


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
