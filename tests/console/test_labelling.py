"""The pages of labelling: who may see them, what they show and what they never show, and what each act leaves behind."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.accounts.permissions import Role
from bot.labelling.groups import Grouping
from bot.labelling.settled import settled_examples
from bot.storage.database import writing
from bot.storage.labelling_models import Label, LabelImport, LabelItem, LabelReason
from tests.bot.labelling.labelled import add_item
from tests.console.conftest import RunningConsole, Visitor, words
from tests.waiting import wait_for

ASKED = "mất ⟦citizen_id:x1⟧ thì làm lại căn cước bao lâu"


@pytest.fixture
def item(console: RunningConsole) -> int:
    """A message in a group of two."""
    with writing(console.database.sessions) as session:
        ranking = [["ask_processing_time", 0.5], ["ask_steps", 0.2]]
        found = add_item(session, ASKED, at=console.clock() - timedelta(hours=1), ranking=ranking, intent="ask_processing_time")
        mate = add_item(session, ASKED + "?", at=console.clock())
        session.add(LabelReason(item_id=found.id, reason="low_confidence"))
        number = found.id
        assert mate.id
    Grouping(console.database.sessions, lambda: None).go_round(console.clock())
    return number


@pytest.fixture
def trainer(console: RunningConsole) -> Visitor:
    return console.signed_in("lan", Role.TRAINER)


def label(visitor: Visitor, item: int, **form: str):
    return visitor.post(f"/labelling/{item}", {"act": "label", "seen": "open", "group": "1"} | form)


def test_an_officer_is_not_shown_the_page(console: RunningConsole, item: int) -> None:
    officer = console.signed_in("can", Role.OFFICER)
    assert [officer.get(path).status_code for path in ("/labelling", f"/labelling/{item}", "/labelling/lists")] == [403] * 3


def test_a_message_is_labelled_with_its_group_and_the_trainer_is_led_on(
    console: RunningConsole, item: int, trainer: Visitor
) -> None:
    assert "mất [số căn cước] thì làm lại căn cước bao lâu" in words(trainer.get("/labelling?reason=low_confidence"))
    assert trainer.get("/labelling/next").headers["location"] == f"/labelling/{item}"
    page = words(trainer.get(f"/labelling/{item}"))
    assert "Gán cho cả nhóm (1 câu nữa)" in page
    assert "⟦" not in page
    assert trainer.post("/labelling/agreement", {"share": "0"}).status_code == 303
    answer = label(trainer, item, intent="thoi han")
    assert answer.headers["location"] == "/labelling/next?done=labelled&n=2"
    with console.database.sessions() as session:
        examples = settled_examples(session)
        rows = session.scalars(select(Label)).all()
    assert [(one.text, one.intent, one.labelled_by) for one in examples] == [(ASKED, "ask_processing_time", "Người lan")]
    assert len(rows) == 2
    assert trainer.get("/labelling/next?done=labelled&n=2").headers["location"].startswith("/labelling?done=labelled")
    assert trainer.post("/labelling/undo").headers["location"] == f"/labelling/{item}?done=undone"
    assert console.acts()[-3:] == ["labelling.share_set", "message.labelled", "message.act_taken_back"]


UNCLEAR = (
    ({}, "Hãy chọn một ý"),
    ({"intent": "hỏi"}, "Chưa rõ ý nào"),
    ({"intent_pick": "no_such_intent"}, "Hãy chọn một ý"),
    ({"intent": "ask_fee", "procedure": "đăng ký"}, "Chưa rõ thủ tục nào"),
    ({"intent": "ask_fee", "entity": "place:0:999"}, "không nằm trong câu"),
    ({"intent": "ask_fee", "entity": "evil:0:3"}, "không nằm trong câu"),
    ({"intent": "ask_fee", "part": "x:y"}, "không nằm trong câu"),
)


def test_a_label_that_is_not_clear_is_not_kept_and_what_was_typed_is(
    console: RunningConsole, item: int, trainer: Visitor
) -> None:
    for form, told in UNCLEAR:
        answer = label(trainer, item, **form, note="vẫn còn đây")
        assert answer.status_code == 422, form
        assert told in words(answer), form
        assert 'value="vẫn còn đây"' in answer.text
    with console.database.sessions() as session:
        assert session.scalars(select(Label)).all() == []


def test_a_mark_counts_in_the_characters_that_are_shown(console: RunningConsole, item: int, trainer: Visitor) -> None:
    shown = "mất [số căn cước] thì làm lại căn cước bao lâu"
    start = shown.index("căn cước bao")
    trainer.post("/labelling/agreement", {"share": "0"})
    label(trainer, item, intent="ask_fee", entity=f"procedure_mention:{start}:{start + 8}", procedure="1.001193")
    with console.database.sessions() as session:
        kept = session.scalars(select(Label).where(Label.item_id == item)).one()
    (mark,) = kept.entities
    assert ASKED[mark["start"] : mark["end"]] == "căn cước"
    assert kept.procedure_code == "1.001193"


def test_who_comes_second_is_told_what_the_first_said(console: RunningConsole, item: int, trainer: Visitor) -> None:
    other = console.signed_in("hoa", Role.TRAINER)
    trainer.get(f"/labelling/{item}")
    assert "Người lan đang xem câu này" in words(other.get(f"/labelling/{item}"))
    trainer.post("/labelling/agreement", {"share": "0"})
    label(trainer, item, intent="ask_fee")
    answer = label(other, item, intent="ask_form")
    assert answer.status_code == 409
    assert "Người lan vừa gán câu này: Hỏi phí, lệ phí" in words(answer)


def test_a_second_look_is_blind_and_a_difference_waits_for_a_third(console: RunningConsole, item: int, trainer: Visitor) -> None:
    other = console.signed_in("hoa", Role.TRAINER)
    trainer.post("/labelling/agreement", {"share": "100"})
    assert "done=second" in label(trainer, item, intent="ask_fee", note="số 0912345678").headers["location"]
    assert other.get("/labelling/next").headers["location"] == f"/labelling/{item}"
    page = words(other.get(f"/labelling/{item}"))
    assert "Hãy gán độc lập" in page
    assert "Người lan:" not in page
    assert "done=disputed" in label(other, item, intent="ask_form", seen="second").headers["location"]
    agreement = words(trainer.get("/labelling/agreement"))
    assert "0 % (0/1)" in agreement
    assert "làm lại căn cước bao lâu" in agreement
    page = words(trainer.get(f"/labelling/{item}?state=disputed"))
    assert "Người lan: Hỏi phí, lệ phí." in page
    assert "0912345678" not in page


def test_asking_a_colleague_brings_it_to_them(console: RunningConsole, item: int, trainer: Visitor) -> None:
    other = console.signed_in("hoa", Role.TRAINER)
    assert trainer.post(f"/labelling/{item}/ask", {"to": "ai-do"}).status_code == 400
    assert trainer.post(f"/labelling/{item}/ask", {"to": "hoa", "note": "phí hay thời hạn?"}).status_code == 303
    assert "chưa chắc và hỏi đồng nghiệp. “phí hay thời hạn?”" in words(other.get(f"/labelling/{item}"))


def test_peoples_words_find_a_procedure(trainer: Visitor) -> None:
    found = trainer.get("/labelling/procedures?procedure=so do").text
    assert re.search(r'<option value="[^"]+\(\d\.\d{6}\)">[^<]*sổ đỏ', found)


def test_a_list_is_taken_in_and_a_picture_is_not(console: RunningConsole, trainer: Visitor) -> None:
    trainer.get("/labelling/lists")

    def bring(content: bytes):
        sent = {"file": ("câu.csv", content, "text/csv")}
        return trainer.client.post("/labelling/lists", data={"csrf_token": trainer.token}, files=sent)

    assert "Tệp không phải CSV" in words(bring(b"\x89PNG\x00\xff\xfe" * 50))
    answer = bring("câu\nsố 0912345678 làm sao\n0912345678\n".encode())
    assert answer.status_code == 303
    path = answer.headers["location"]

    def is_done() -> bool:
        with console.database.sessions() as session:
            return session.scalars(select(LabelImport.state)).all() == ["done"]

    wait_for(is_done, seconds=20, what="the list")
    page = words(trainer.get(path))
    assert "Dòng 3 Chỉ có số hoặc ký hiệu" in page
    with console.database.sessions() as session:
        assert session.scalars(select(LabelItem.text)).all() == ["số ⟦phone:x1⟧ làm sao"]
    assert trainer.get("/labelling/lists/999").status_code == 404


def test_a_message_that_is_not_there_is_told(trainer: Visitor) -> None:
    assert {trainer.get(f"/labelling/{number}").status_code for number in ("0", "99", "x", "9" * 30)} == {404}
