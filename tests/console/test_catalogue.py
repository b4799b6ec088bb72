"""Civil servants find, edit, propose, approve and publish procedures in the console, and decide on what an import says."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.accounts.permissions import Role
from bot.catalogue.importing.agencies import load_agency_names
from bot.catalogue.importing.run import import_source
from bot.catalogue.publishing.releases import publish
from tests.console.conftest import RunningConsole, Visitor, words
from tests.shipped import CATALOGUE_FOLDER, shipped_catalogue

CODE = "1.000656"
FEES = f"/catalogue/procedures/{CODE}/parts/fees"
RECORDS = Path(__file__).parents[1] / "bot" / "catalogue" / "importing" / "fixtures" / "records.jsonl"


@pytest.fixture
def trainer(console: RunningConsole) -> Visitor:
    return console.signed_in("lan", Role.TRAINER)


@pytest.fixture
def second(console: RunningConsole) -> Visitor:
    return console.signed_in("hoa", Role.SUPERVISOR)


def sent(page: Any) -> dict[str, str]:
    """What a browser would send of the page's form as it stands."""
    text = page.text
    fields = {name: unescape(value) for name, value in re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', text)}
    fields |= {
        name: unescape(value) for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', text)
    }
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner) or re.search(r'value="([^"]*)"', inner)
        fields[name] = unescape(chosen.group(1)) if chosen else ""
    return {name: value for name, value in fields.items() if "removed" not in name and name != "csrf_token"}


def dearer(page: Any, amount: str = "50.000") -> dict[str, str]:
    """The form with one more fee, as a person would fill it in."""
    number = int(sent(page)["rows"]) - 1
    row = {"kind": "amount", "amount_vnd": amount, "certainty": "sure", "channel": "direct", "source.name": "HĐND tỉnh",
           "source.decision": "12/2026/NQ-HĐND", "source.as_of": "15/10/2026", "valid_from": "1/11/2026"}  # fmt: skip
    return sent(page) | {f"r.{number}.{path}": value for path, value in row.items()}


def propose(trainer: Visitor, amount: str = "50.000") -> None:
    page = trainer.get(FEES)
    answer = trainer.post(FEES, dearer(page, amount) | {"act": "propose", "reason": "Nghị quyết 12/2026"})
    assert answer.status_code == 303, words(answer)


def test_a_procedure_is_found_by_what_people_say(trainer: Visitor) -> None:
    page = words(trainer.get("/catalogue?q=bo%20mat"))
    assert "Đăng ký khai tử" in page
    assert "Không có thủ tục nào phù hợp" in words(trainer.get("/catalogue?q=xyzzy"))
    facts = words(trainer.get(f"/catalogue/procedures/{CODE}"))
    assert all(part in facts for part in ("Giấy báo tử", "Nghị định 123/2015/NĐ-CP", "163/QĐ-BTP", "tháng 7/2026"))
    assert trainer.get("/catalogue/procedures/9.999999").status_code == 404


@pytest.mark.parametrize("part", ["papers", "times", "place", "steps", "online", "general", "words"])
def test_every_part_opens_as_a_form(trainer: Visitor, part: str) -> None:
    page = trainer.get(f"/catalogue/procedures/{CODE}/parts/{part}")
    assert page.status_code == 200
    unchanged = trainer.post(f"/catalogue/procedures/{CODE}/parts/{part}", sent(page) | {"act": "preview"})
    assert "giống hệt bản đang có" in words(unchanged)


def test_a_change_is_seen_proposed_approved_and_spoken(console: RunningConsole, trainer: Visitor, second: Visitor) -> None:
    page = trainer.get(FEES)
    preview = trainer.post(FEES, dearer(page) | {"act": "preview"})
    shown = words(preview)
    assert "Nộp trực tiếp: 50.000 đồng" in shown
    assert "+ - channel: direct" in shown
    assert "(15/10/2026)" in shown
    assert "Xin ghi lý do sửa" in words(trainer.post(FEES, sent(preview) | {"act": "propose"}))
    propose(trainer)
    assert "đang chờ duyệt" in words(trainer.get(f"/catalogue/procedures/{CODE}"))
    own = trainer.post("/catalogue-approvals/1/approve", {"revision": "1"})
    assert (own.status_code, "của chính bạn" in words(own)) == (409, True)
    assert "50.000 đồng" in words(second.get("/catalogue-approvals/1"))
    assert second.post("/catalogue-approvals/1/approve", {"revision": "1"}).status_code == 303
    fees = [fee.amount_vnd for fee in console.services.reviewed.catalogue().procedures[CODE].fees]
    assert fees == [None, None, None, None, 50000]
    assert {"training_data.approved", "catalogue.published"} <= set(console.acts())
    history = words(trainer.get(f"/catalogue/procedures/{CODE}"))
    assert "Người lan: Phí, lệ phí" in history
    releases = words(second.get("/catalogue-approvals/releases"))
    assert "Bản 1" in releases
    back = second.post("/catalogue-approvals/releases/back", {"changes": "1", "reason": "nhầm mức thu"})
    assert back.status_code == 303
    assert len(console.services.reviewed.catalogue().procedures[CODE].fees) == 4
    again = second.post("/catalogue-approvals/releases/back", {"changes": "1", "reason": "bấm hai lần"})
    assert "Người khác vừa công bố" in words(again)
    assert "1 tệp đã duyệt" in words(second.get("/catalogue-approvals/releases"))


def test_a_change_approved_among_all_changes_is_spoken_too(console: RunningConsole, trainer: Visitor, second: Visitor) -> None:
    propose(trainer)
    assert second.post("/proposals/1/approve", {"revision": "1"}).status_code == 303
    assert len(console.services.reviewed.catalogue().procedures[CODE].fees) == 5
    assert "tệp đã duyệt nhưng" not in words(second.get("/catalogue-approvals/releases"))


def test_a_proposal_is_given_back_with_its_reason(trainer: Visitor, second: Visitor) -> None:
    propose(trainer)
    assert second.post("/catalogue-approvals/1/refuse", {"reason": " "}).status_code == 409
    assert second.post("/catalogue-approvals/1/refuse", {"reason": "thiếu số nghị quyết"}).status_code == 303
    assert "thiếu số nghị quyết" in words(trainer.get("/catalogue-approvals/1"))
    propose(trainer)
    assert trainer.post("/catalogue-approvals/2/withdraw").status_code == 303
    assert second.get("/catalogue-approvals/99").status_code == second.get("/catalogue-approvals/x").status_code == 404


def test_what_cannot_stand_is_told_and_nothing_typed_is_lost(trainer: Visitor) -> None:
    page = trainer.get(FEES)
    number = int(sent(page)["rows"]) - 1
    wrong = dearer(page, "tám nghìn <b>") | {f"r.{number}.valid_to": "31/2/2027", "reason": "đang sửa"}
    answer = trainer.post(FEES, wrong | {"act": "propose"})
    told = words(answer)
    assert answer.status_code == 422
    assert "không dùng dấu < >" in told
    assert "“31/2/2027” không có trong lịch" in told
    assert "<b>" not in answer.text
    kept = sent(answer)
    assert (kept[f"r.{number}.amount_vnd"], kept["reason"]) == ("tám nghìn <b>", "đang sửa")
    more = trainer.post(FEES, kept | {"act": "more"})
    assert int(sent(more)["rows"]) == number + 6
    assert sent(more)[f"r.{number}.source.name"] == "HĐND tỉnh"


def test_two_editors_of_one_part_see_each_others_words(trainer: Visitor, second: Visitor, console: RunningConsole) -> None:
    page = trainer.get(FEES)
    other = console.signed_in("nam", Role.TRAINER)
    steps = f"/catalogue/procedures/{CODE}/parts/steps"
    other_page = other.get(steps)
    propose(trainer, "60.000")
    second.post("/catalogue-approvals/1/approve", {"revision": "1"})
    conflict = trainer.post(FEES, dearer(page) | {"act": "propose", "reason": "mức khác"})
    shown = words(conflict)
    assert conflict.status_code == 409
    assert "60.000" in shown
    assert "50.000" in shown
    assert trainer.post(FEES, sent(conflict) | {"act": "propose"}).status_code == 303
    form = sent(other_page)
    form["f.steps"] += "\nGiữ biên nhận."
    rebased = other.post(steps, form | {"act": "preview"})
    assert (rebased.status_code, "cả hai thay đổi đều được giữ" in words(rebased)) == (200, True)


def test_a_broken_catalogue_is_not_proposed(trainer: Visitor) -> None:
    path = f"/catalogue/procedures/{CODE}/parts/words"
    form = sent(trainer.get(path))
    form["f.aliases"] += "\n" + shipped_catalogue().procedures["1.001193"].aliases[0]
    answer = trainer.post(path, form | {"act": "propose", "reason": "thêm cách gọi"})
    assert answer.status_code == 422
    assert "một cách gọi chỉ dẫn tới một thủ tục" in words(answer)
    assert "Không có đề xuất nào" in words(trainer.get("/catalogue-approvals"))


def bring(console: RunningConsole, tmp_path: Path, *changes: tuple[str, str]) -> None:
    text = RECORDS.read_text(encoding="utf-8").replace('"code": "1.900001"', f'"code": "{CODE}"')
    for old, new in changes:
        text = text.replace(old, new)
    (tmp_path / "records.jsonl").write_text(text, encoding="utf-8")
    names = load_agency_names(CATALOGUE_FOLDER, shipped_catalogue().agencies)
    import_source(tmp_path / "records.jsonl", console.database.sessions, names, console.clock())


def difference(page: Any, part: str) -> str:
    """The number of the first difference in this part."""
    found = re.search(rf'name="number" value="(\d+)"[^>]*><span><span class="unseen">[^<]*, {part}<', page.text)
    assert found is not None, words(page)
    return found.group(1)


def test_differences_of_an_import_are_decided_one_by_one(
    console: RunningConsole, trainer: Visitor, second: Visitor, tmp_path: Path
) -> None:
    bring(console, tmp_path)
    path = "/catalogue/differences"
    page = trainer.get(path)
    law, fee = difference(page, "Căn cứ pháp lý"), difference(page, "Phí, lệ phí")
    assert "ít nhất một mục" in words(trainer.post(path, {"act": "accept"}))
    assert "lý do từ chối" in words(trainer.post(path, {"act": "refuse", "number": fee}))
    by_hand = trainer.post(path, {"act": "accept", "number": fee})
    assert (by_hand.status_code, "chia theo trường hợp" in words(by_hand)) == (422, True)
    assert trainer.post(path, {"act": "refuse", "number": fee, "reason": "nguồn cũ"}).status_code == 303
    assert trainer.post(path, {"act": "accept", "number": law, "reason": "đã đối chiếu"}).status_code == 303
    assert trainer.post(path, {"act": "accept", "number": law}).status_code == 409
    assert "10/2024/TT-THU" in words(second.get("/catalogue-approvals/1"))
    assert second.post("/catalogue-approvals/1/approve", {"revision": "1"}).status_code == 303
    procedure = console.services.reviewed.catalogue().procedures[CODE]
    assert procedure.legal_basis == ("10/2024/TT-THU",)
    left = trainer.get(path)
    assert "Phí, lệ phí – " not in words(left)
    refused = words(trainer.get(path + "?state=refused"))
    assert "lan lúc" in refused
    assert "nguồn cũ" in refused
    assert trainer.post(path, {"act": "reopen", "number": fee, "state": "refused"}).status_code == 303
    assert difference(trainer.get(path), "Phí, lệ phí") == fee


def test_a_proposal_of_an_import_that_is_given_back_asks_again(
    console: RunningConsole, trainer: Visitor, second: Visitor, tmp_path: Path
) -> None:
    bring(console, tmp_path)
    law = difference(trainer.get("/catalogue/differences"), "Căn cứ pháp lý")
    trainer.post("/catalogue/differences", {"act": "accept", "number": law})
    second.post("/catalogue-approvals/1/refuse", {"reason": "nguồn cũ hơn"})
    assert difference(trainer.get("/catalogue/differences"), "Căn cứ pháp lý") == law


def test_lists_are_filtered_and_taken_away_as_files(
    console: RunningConsole, trainer: Visitor, second: Visitor, tmp_path: Path
) -> None:
    propose(trainer)
    second.post("/catalogue-approvals/1/approve", {"revision": "1"})
    bring(console, tmp_path)
    assert "liên kết lâu chưa ai xem" in words(trainer.get("/catalogue/expiry?matter=link_unseen"))
    assert "Không có gì cần xem" in words(trainer.get("/catalogue/expiry?matter=no_source_date"))
    assert trainer.get("/catalogue/expiry?origin=imported&within=abc").status_code == 200
    file = trainer.get("/catalogue/expiry.csv?matter=link_unseen")
    assert file.text.startswith("\ufeffLoại,Mã,")
    month = console.clock().strftime("%Y-%m")
    changes = words(trainer.get("/catalogue/changes"))
    assert all(word in changes for word in ("Thay đổi được duyệt", "Công bố", "Nhập danh mục", "Người lan"))
    assert "Nhập danh mục" not in trainer.get(f"/catalogue/changes.csv?month={month}&sort=release").text
    assert trainer.get("/catalogue/changes?month=2026-99").status_code == 400
    assert console.acts().count("catalogue.exported") == 2


def test_only_those_whose_work_it_is_open_the_pages(console: RunningConsole, second: Visitor) -> None:
    officer = console.signed_in("can.bo", Role.OFFICER)
    for path in ("/catalogue", FEES, "/catalogue/differences", "/catalogue/expiry", "/catalogue-approvals"):
        assert officer.get(path).status_code == 403
    assert (second.get("/catalogue").status_code, second.get("/catalogue-approvals").status_code) == (403, 200)


def test_a_release_that_cannot_be_read_is_told(console: RunningConsole, second: Visitor) -> None:
    files = {f"procedures/{CODE}.yml": b"- hong"}
    publish(console.database.sessions, files, {}, commit="c", by="x", reason="x", now=console.clock())
    console.services.reviewed.content(at_once=True)
    page = words(second.get("/catalogue-approvals/releases"))
    assert "không đọc được bản mới nhất" in page
