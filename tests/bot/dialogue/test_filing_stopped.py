"""What was stopped by a decision leaves every message, whichever path made it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.dialogue.filing_stopped import without_offers
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Reply
from bot.levels.in_person import in_person_only
from bot.messages import BotMessage, Button, Card
from bot.switches.board import Active, Order, Target
from tests.shipped import shipped_catalogue

AT = datetime(2026, 11, 23, tzinfo=UTC)
BIRTH, MARRIAGE, RESIDENCE = "1.001193", "1.000894", "1.004222"
STOPPED = Active(
    (Order(7, "off", Target("online_filing", BIRTH, "guidance_only"), "r", "An", AT, AT, text_vi="Đang tạm ngừng."),)
)
FORMS_ONLY = Active((Order(7, "off", Target("online_filing", BIRTH), "r", "An", AT, AT, text_vi="Đang tạm ngừng."),))
LINK = shipped_catalogue().procedures[BIRTH].official_link.url
OFFERS = (
    Button("Mở trang nộp hồ sơ", url=LINK),
    Button("Nộp trực tuyến", "show_facet", {"facet": "online_level", "procedure_code": BIRTH}),
)
PERSON = Button("Gặp cán bộ", "talk_to_officer")


def told(
    text: str, code: str | None = BIRTH, facet: str = "steps", active: Active = STOPPED, services: Services | None = None
) -> list[str]:
    reply = Reply((BotMessage(text, procedure_code=code, facet=facet),), DialogueState())
    assert services is not None
    return [message.text for message in without_offers(reply, active, services).messages]


def test_buttons_that_offer_it_leave_messages_and_cards(services: Services) -> None:
    message = BotMessage("Thẻ", procedure_code=BIRTH, buttons=(*OFFERS, PERSON), cards=(Card("a", buttons=(*OFFERS, PERSON)),))
    (left,) = without_offers(Reply((message,), DialogueState()), STOPPED, services).messages
    assert left.all_buttons == (PERSON, PERSON)
    for active, code in ((FORMS_ONLY, BIRTH), (STOPPED, MARRIAGE)):
        other = replace(message, procedure_code=code)
        assert without_offers(Reply((other,), DialogueState()), active, services).messages == (other,)


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("Nộp trực tuyến hoặc tại quầy.", "Nộp trực tuyến (hiện không nhận) hoặc tại quầy."),
        ("Nộp tại xã, hoặc qua mạng.", "Nộp tại xã, hoặc qua mạng (hiện không nhận)."),
        (
            "Nộp trên Cổng Dịch vụ công quốc gia, ứng dụng VNeID hoặc tại quầy.",
            "Nộp trên Cổng Dịch vụ công quốc gia, ứng dụng VNeID (hiện không nhận) hoặc tại quầy.",
        ),
        ("Nộp phí: thanh toán trực tuyến.", "Nộp phí: thanh toán trực tuyến."),
        ("Xuất trình khi không tra cứu được trong VNeID.", "Xuất trình khi không tra cứu được trong VNeID."),
        ("Nộp hồ sơ tại Công an xã.", "Nộp hồ sơ tại Công an xã."),
    ],
)
def test_what_a_source_says_of_filing_online_is_marked(services: Services, line: str, marked: str) -> None:
    said = told(line, services=services)
    assert said == (["Đang tạm ngừng.", marked] if marked != line else [line])
    assert told(line, MARRIAGE, services=services) == [line]
    assert told(line, active=FORMS_ONLY, services=services) == [line]


def test_a_dossiers_status_is_not_touched(services: Services) -> None:
    status = BotMessage("Hồ sơ nộp trực tuyến đã nhận.", kind="status", procedure_code=BIRTH)
    assert without_offers(Reply((status,), DialogueState()), STOPPED, services).messages == (status,)


def test_fees_and_times_of_the_online_way_are_not_told() -> None:
    before = shipped_catalogue().procedures[RESIDENCE]
    after = in_person_only(before)
    assert any(fee.channel == "online" for fee in before.fees)
    assert [fee.channel for fee in after.fees] == [fee.channel for fee in before.fees if fee.channel != "online"]
    assert after.online.available is False
    assert after.online.level == before.online.level, "what is published stays what it is"
