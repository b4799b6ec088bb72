"""The whole path, form by form: begun, interrupted, set right, left and gone on with, handed to a portal that misbehaves."""

import textwrap
from pathlib import Path
from typing import Any

import pytest

from bot.dossiers.receipts import ReceiptPolling, Receipts
from bot.eforms.check import EFormFileError, load_forms
from bot.storage.database import Database
from tests.actions.form_talk import FORMS, FormTalk
from tests.actions.test_handing_over import submit, told
from tests.moving_clock import MovingClock

TALKED_THROUGH = ("1.001193", "1.004194", "1.001612", "1.000894", "2.000635", "1.001776")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


def answers_until(talk: FormTalk, kind: str, most: int = 60) -> bool:
    """Answers sensibly until a field of this kind is asked for."""
    for _ in range(most):
        if talk.draft.stage != "filling":
            return False
        if talk.asked.kind == kind and not talk.asked.gate:
            return True
        talk._next([one for m in talk.last.messages for one in m.buttons if one.entities.get("do") == "paper"], {}, "later")
    return False


def to_the_summary(talk: FormTalk) -> str:
    for _ in range(80):
        buttons = [one for m in talk.last.messages for one in m.buttons]
        if any(one.entities.get("do") == "confirm" for one in buttons):
            return "\n".join(m.text for m in talk.last.messages)
        talk._next(buttons, {}, "later")
    raise AssertionError(talk.last.messages)


@pytest.mark.parametrize("code", TALKED_THROUGH)
def test_a_form_from_the_first_question_to_the_receipt(code: str, database: Database, portal: Any, clock: MovingClock) -> None:
    client = portal.client()
    talk = FormTalk(database, client, clock=clock)
    assert "(1/" in talk.presses("open", procedure_code=code)
    assert answers_until(talk, "person_name")
    name = talk.asked.path
    talk.says("Trần Văn Nhầm")
    assert talk.draft.plain[name] == "Trần Văn Nhầm"
    # A question in the middle is answered, and the same field is asked again.
    open_field = talk.asked.path
    talk.says("lệ phí bao nhiêu vậy?", "ask_fee", 0.95)
    assert talk.asked.path == open_field
    assert talk.state.draft_id is not None
    # Left for days, and gone on with.
    assert "giữ" in talk.says("bận rồi, mai làm tiếp nhé")
    clock.move(days=2)
    assert "Ta làm tiếp" in talk.says("làm tiếp")
    assert talk.asked.path == open_field
    talk.says("nhầm, tên là Trần Văn Đúng chứ không phải Trần Văn Nhầm")
    assert talk.draft.plain[name] == "Trần Văn Đúng"
    # Nonsense and hostile words neither break the talk nor get in where a number is asked for.
    if answers_until(talk, "citizen_id"):
        number = talk.asked.path
        for words in ("12345", "⟦citizen_id:abc⟧", "'; DROP TABLE eform_draft; --", "x" * 4000, "🙂"):
            talk.says(words)
            assert number not in talk.draft.plain
    summary = to_the_summary(talk)
    assert "Trần Văn Đúng" in summary
    assert "027190001234" not in summary
    portal.fault("html_503")
    assert "vẫn được giữ" in talk.says("đúng rồi", "affirm", 0.9)
    portal.control("reset", {})
    clock.move(minutes=1)
    said = talk.presses_titled("Thử lại")
    assert "Mở Cổng" in said
    submit(portal, talk)
    assert ReceiptPolling(database.sessions, client, Receipts(talk.values), clock).run_once() == 1
    assert "đã nhận hồ sơ" in told(database)[-1].text
    (draft,) = portal.control("drafts")
    assert draft["procedure_code"] == code
    assert "Trần Văn Đúng" in str(draft["values"])


UNSEEN = """
x-title: Đăng ký hội chợ
type: object
required: [stall, holder, opens, kind, agree]
properties:
  stall: {type: string, title: Tên gian hàng, minLength: 2, maxLength: 40}
  holder:
    type: object
    title: Người đứng tên
    required: [full_name, phone]
    properties:
      full_name: {type: string, format: person-name, title: Họ và tên}
      phone: {type: string, format: phone, title: Số điện thoại}
      email: {type: string, format: email, title: Thư điện tử}
  opens: {type: string, format: date, title: Ngày mở, x-not-before: today, x-not-after: '2026-12-31'}
  made: {type: string, format: date, title: Ngày sản xuất, x-not-after: today}
  kind: {type: string, title: Loại hàng, oneOf: [{const: food, title: Đồ ăn}, {const: craft, title: Đồ thủ công}]}
  capital: {type: integer, format: money, title: Vốn, minimum: 1000000}
  days: {type: integer, title: Số ngày, minimum: 1, maximum: 10}
  helpers:
    type: array
    title: Người phụ
    maxItems: 2
    items:
      type: object
      required: [full_name]
      properties:
        full_name: {type: string, format: person-name, title: Tên người phụ}
        age: {type: integer, title: Tuổi, minimum: 15}
  agree: {type: boolean, title: Cam kết đúng sự thật, const: true}
if: {properties: {kind: {const: food}}, required: [kind]}
then:
  required: [permit]
  properties: {permit: {type: string, title: Số giấy an toàn thực phẩm, pattern: '^[A-Z]{2}[0-9]{3}$', x-example: AT123}}
x-papers:
- {id: photo, title: Ảnh gian hàng, accepts: [image], reusable: false, required: false}
"""


def test_a_form_that_nobody_has_seen_dropped_into_the_catalogue(
    tmp_path: Path, database: Database, portal: Any, clock: MovingClock
) -> None:
    (tmp_path / "eforms").mkdir()
    (tmp_path / "eforms" / "9.123456.yml").write_text(textwrap.dedent(UNSEEN), encoding="utf-8")
    talk = FormTalk(database, portal.client(), clock=clock, forms=load_forms(tmp_path))
    talk.presses("open", procedure_code="9.123456")
    talk.says("Bún chả Mơ, người đứng tên Đặng Thị Mơ, sđt 0912 345 678")
    assert talk.draft.plain["holder.phone"] == "0912345678"
    talk.says("bỏ qua")
    assert "sớm quá" in talk.says("1/1/2020")
    assert "muộn quá" in talk.says("1/1/2027")
    talk.says("ngày 20/12/2026")
    assert "chưa tới" in talk.says("25/12/2026")
    talk.says("bỏ qua")
    talk.says("đồ ăn")
    for path, bad, good in (("capital", "500 nghìn", "50 triệu"), ("days", "12", "3")):
        assert talk.asked.path == path, talk.last.messages
        talk.says(bad)
        assert path not in talk.draft.plain
        talk.says(good)
    while talk.asked.path != "agree":
        if talk.asked.path == "permit":
            assert "AT123" in talk.says("không nhớ")
            talk.says("at-1")
            assert "permit" not in talk.draft.plain
            talk.says("AT999")
        elif talk.asked.gate:
            talk.says("có" if "helpers[0].full_name" not in talk.draft.plain else "không")
        else:
            talk.says({"full_name": "Lê Văn Phụ", "age": "10"}[talk.asked.path.rpartition(".")[2]])
            if talk.asked.path.endswith("age"):
                talk.says("20")
    assert "bắt buộc" in talk.says("không đồng ý")
    talk.says("đồng ý")
    talk.says("sửa số ngày thành 5")
    assert talk.draft.plain["days"] == 5
    talk.says("sửa loại hàng thành đồ thủ công")
    assert "permit" not in str(talk.submissions._form(talk.draft).asked(talk.draft.plain, talk.draft.skipped).instance)
    to_the_summary(talk)
    assert "Mở Cổng" in talk.says("đúng", "affirm", 0.9)
    (draft,) = portal.control("drafts")
    assert draft["values"]["helpers"] == [{"full_name": "Lê Văn Phụ", "age": 20}]
    assert draft["values"]["capital"] == 50_000_000


def test_a_broken_form_in_the_folder_stops_the_start_by_name(tmp_path: Path) -> None:
    (tmp_path / "eforms").mkdir()
    (tmp_path / "eforms" / "9.123456.yml").write_text("type: array", encoding="utf-8")
    with pytest.raises(EFormFileError, match=r"9\.123456"):
        load_forms(tmp_path)


def test_the_forms_that_are_talked_through_ship() -> None:
    assert set(TALKED_THROUGH) <= set(FORMS)
