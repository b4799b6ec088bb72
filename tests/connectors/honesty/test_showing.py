"""What is said arrives whole on the phone: thirty choices, three thousand characters, marks, emoji, brackets; and old buttons."""

import json
import unicodedata
from typing import Any

from sqlalchemy import delete

from bot.storage.database import writing
from bot.storage.models import ButtonToken
from bot.texts import say
from tests.connectors.fake_engine import message, reply
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_each_channel
from tests.connectors.honesty.stands import Citizen, plain, soon

FAMILY = "👨‍👩‍👧‍👦"
WARDS = [f"Phường Kinh Bắc số {number}" for number in range(1, 30)] + [unicodedata.normalize("NFD", "Xã Đại Đồng Thành")]


def button(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "intent": "choose_ward", "entities": {"ward": title}, "url": None} | more


def answers(assistant: Assistant, *messages: dict[str, Any]) -> None:
    assistant.engine.script = lambda turn: (200, reply(turn, *messages))


def introduced(citizen: Citizen) -> None:
    citizen.say("xin chào")
    citizen.wait_heard(1)


def composed(text: str) -> str:
    return plain(unicodedata.normalize("NFC", text))


def everything_read(citizen: Citizen) -> str:
    return composed("\n".join(m["text"] for m in citizen.shown()[1:]))


@on_each_channel
def test_thirty_choices_are_all_offered_and_the_last_can_be_chosen(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    answers(assistant, message("Ông/Bà ở đâu?", buttons=[button(ward) for ward in WARDS]))
    citizen.say("tôi ở đâu")
    soon(lambda: any(m["buttons"] for m in citizen.shown()), what="buttons")
    soon(lambda: {d.state for d in assistant.sent(citizen)} == {"sent"}, what="all parts")
    titles = {composed(shown["title"]) for m in citizen.shown() for shown in m["buttons"]}
    for number, ward in enumerate(map(composed, WARDS), 1):
        assert ward in titles or f"{number}. {ward}" in everything_read(citizen), ward
    citizen.say("30")
    soon(lambda: len(assistant.turns(citizen)) == 3, what="the choice")
    act = assistant.turns(citizen)[-1]["act"]
    assert act["intent"] == "choose_ward"
    assert composed(act["entities"]["ward"]) == "Xã Đại Đồng Thành"
    assert citizen.refused() == []


@on_each_channel
def test_a_long_answer_arrives_whole_in_order_and_with_its_emoji(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    sentences = [f"Câu {number}: nộp tờ khai <b>đúng mẫu</b> & bản sao {FAMILY}." for number in range(1, 90)]
    text = unicodedata.normalize("NFD", " ".join(sentences))
    assert len(text) > 3000
    answers(assistant, message(text))
    citizen.say("cần gì")
    soon(lambda: "Câu 89:" in everything_read(citizen), what="the last sentence")
    assert everything_read(citizen) == composed(text)
    assert citizen.refused() == []


@on_each_channel
def test_an_emoji_where_the_text_must_be_cut_is_not_cut(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    text = "x" * 1990 + FAMILY * 5 + "y" * 2090 + FAMILY * 5
    answers(assistant, message(text))
    citizen.say("cần gì")
    soon(lambda: everything_read(citizen).count("y") == 2090, what="the end of the text")
    soon(lambda: {d.state for d in assistant.sent(citizen)} == {"sent"}, what="all parts")
    parts = citizen.heard()[1:]
    assert len(parts) > 1
    assert "".join(parts) == text
    assert sum(part.count(FAMILY) for part in parts) == 10


@on_each_channel
def test_markup_that_a_citizen_types_stays_text(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    typed = '<b>đậm</b> <a href="https://x.example">bấm</a> &amp; *sao* _gạch_ [x](y) `mã`'
    citizen.say(typed)
    assert citizen.wait_heard(2)[-1] == f"Trả lời: {typed}"
    assert citizen.shown()[-1]["buttons"] == []
    assert assistant.turns(citizen)[-1]["text"] == typed
    assert citizen.refused() == []


@on_each_channel
def test_an_old_button_says_what_it_said_when_it_was_shown(assistant: Assistant, citizen: Citizen, channel: str) -> None:
    introduced(citizen)
    answers(assistant, message("Chọn phường", buttons=[button("Kinh Bắc"), button("Vũ Ninh")]))
    citizen.say("ở đâu")
    old = soon(lambda: next((m for m in citizen.shown() if m["buttons"]), None), what="buttons")
    if channel == "facebook":  # its quick replies leave the screen with the next message
        citizen.tap(old, "Kinh Bắc")
    else:
        answers(assistant, message("Chuyện khác"))
        citizen.say("chuyện khác")
        soon(lambda: citizen.heard()[-1] == "Chuyện khác", what="the next answer")
        citizen.tap(old, "Kinh Bắc")
    soon(lambda: assistant.turns(citizen)[-1]["act"] is not None, what="the act")
    assert assistant.turns(citizen)[-1]["act"] == {"intent": "choose_ward", "entities": {"ward": "Kinh Bắc"}}


@on_each_channel
def test_a_button_that_we_no_longer_know_is_answered_politely_and_changes_nothing(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    answers(assistant, message("Chọn phường", buttons=[button("Kinh Bắc")], expects="dossier_code"))
    citizen.say("ở đâu")
    old = soon(lambda: next((m for m in citizen.shown() if m["buttons"]), None), what="buttons")
    before = assistant.conversation(citizen)
    with writing(assistant.database.sessions) as session:
        session.execute(delete(ButtonToken).where(ButtonToken.conversation_id == before.id))
    citizen.tap(old, "Kinh Bắc")
    soon(lambda: plain(citizen.heard()[-1]) == plain(say("button_unknown")), what="the polite answer")
    after = assistant.conversation(citizen)
    assert (after.speaker, after.expects, after.rasa_session) == ("bot", "dossier_code", before.rasa_session)
    assert len(assistant.turns(citizen)) == 2
    assert assistant.wait_outcomes(citizen, 3)[-1] == ("answered", "stale_button")


@on_each_channel
def test_a_button_of_somebody_else_opens_nothing(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    answers(assistant, message("Hồ sơ của bạn", buttons=[button("Xem", entities={"dossier": "của người khác"})]))
    citizen.say("hồ sơ")
    theirs = soon(lambda: next((m for m in citizen.shown() if m["buttons"]), None), what="buttons")
    thief = citizen.stand.citizen()
    thief.say("xin chào")
    thief.wait_heard(1)
    payload = theirs["buttons"][0]["value"]
    body = citizen.stand.event_never_posted(thief, payload)
    if citizen.stand.name != "zalo":  # there a tap is a text
        body = as_tap(citizen.stand.name, body, payload)
    assert citizen.stand.raw(body) == 200
    soon(lambda: plain(thief.heard()[-1]) == plain(say("button_unknown")), what="the polite answer")
    assert len(assistant.turns(thief)) == 1


def as_tap(channel: str, body: bytes, payload: str) -> bytes:
    """The event of a text as that of a tapped button."""
    event = json.loads(body)
    if channel == "facebook":
        event["entry"][0]["messaging"][0]["message"]["quick_reply"] = {"payload": payload}
    else:
        said = event.pop("message")
        event["callback_query"] = {"id": "4382", "from": said["from"], "message": said, "chat_instance": "1", "data": payload}
    return json.dumps(event).encode()
