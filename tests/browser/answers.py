"""What the fake engine says in these tests: by the words of a text, or by the intent of a pressed button."""

import threading
from typing import Any

from tests.connectors.fake_engine import FakeEngine, message, reply

DOCUMENTS = message(
    "Hồ sơ **Đăng ký khai sinh** gồm:\n- Tờ khai theo mẫu: 1 bản chính\n- Giấy chứng sinh: 1 bản chính\n"
    "- Giấy tờ tùy thân của người đi đăng ký: xuất trình\n\nÔng/Bà muốn xem thêm phần nào?",
    procedure_code="1.001193",
    facet="documents",
    buttons=[
        {"title": "Lệ phí", "intent": "ask_fee", "entities": {"procedure": "1.001193"}},
        {"title": "Nộp ở đâu?", "intent": "ask_place", "entities": {}},
        {"title": "Mở trang nộp hồ sơ", "url": "https://dichvucong.gov.vn/"},
    ],
    sources=[
        {
            "title": "Đăng ký khai sinh",
            "as_of": "2026-07-01",
            "procedure_code": "1.001193",
            "url": "https://dichvucong.gov.vn/",
        }
    ],
)
HOSTILE = message(
    "<img src=x onerror=window.hacked=1> <b>đậm</b> javascript:alert(1) https://example.org",
    buttons=[{"title": "<script>window.hacked=1</script>", "intent": "ask_fee", "entities": {}}],
    sources=[{"title": "<i>nguồn</i>", "as_of": "2026-07", "url": "javascript:window.hacked=1"}],
)
LONG_WORD = message("Mã: " + "a1" * 300)
LONG_ANSWER = message("Đầu câu trả lời\n" + "\n".join(f"- Giấy tờ số {number}" for number in range(1, 60)))
BY_WORDS = {"khai sinh": DOCUMENTS, "độc hại": HOSTILE, "từ dài": LONG_WORD, "thật dài": LONG_ANSWER}


class Answers:
    """The script of a ``FakeEngine``. While held no turn is answered, so that a test can look at the page in between."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self._free = threading.Event()
        self._free.set()
        engine.script = self.answer

    def hold(self) -> None:
        """Keeps every turn waiting until ``release``."""
        self._free.clear()

    def release(self) -> None:
        """Answers again."""
        self._free.set()

    def answer(self, turn: dict[str, Any]) -> tuple[int, Any]:
        """One turn."""
        self._free.wait(8)
        text, intent = (turn["text"] or "").lower(), (turn["act"] or {}).get("intent")
        if intent == "talk_to_officer" or "gặp cán bộ" in text:
            return 200, reply(turn, message("Tôi đã chuyển tới cán bộ.", kind="handoff"), handoff="asked")
        if intent is not None:
            return 200, reply(turn, message(f"Ông/Bà đã chọn: {intent}"))
        known = next((answer for words, answer in BY_WORDS.items() if words in text), None)
        return 200, reply(turn, known or message(f"Ông/Bà hỏi: {turn['text']}"))
