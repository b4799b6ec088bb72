"""The pages of editing: what a trainer sees and does, who approves, and what two trainers at once and hostile files meet."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.accounts.permissions import Role
from bot.authoring.checking import Checker
from bot.authoring.desk import Authoring
from bot.authoring.kinds import Kind
from bot.authoring.shipped import Shipped
from bot.authoring.workspace import Workspace
from bot.settings import PROJECT_ROOT
from console.authoring_views import person_of
from tests.bot.authoring.conftest import DOMAIN, FEE, Project
from tests.console.conftest import RunningConsole, Visitor, words

INTENT = "/training-data/intents/ask_fee"


class _ContentRasa(Checker):
    """Rasa's own check, which takes seconds, is content here."""

    def _ask_rasa(self, proposals, number, revision, head, faults, _texts):  # type: ignore[no-untyped-def]
        proposals.note_checks(number, revision, "passed", faults, head=head)


@pytest.fixture
def trainers(console: RunningConsole, tmp_path: Path) -> Iterator[tuple[Visitor, Visitor]]:
    """Two trainers over a tiny project."""
    shipped = Project(tmp_path / "project").write()
    workspace = Workspace(tmp_path / "training" / "workspace", Shipped(shipped.root, shipped.data_dir))
    checker = _ContentRasa(workspace, shipped.data_dir, Path("none"), console.clock)
    made = Authoring(workspace, console.database.sessions, checker, console.clock)
    console.app.state.services = replace_authoring(console, made)
    yield console.signed_in("lan", Role.TRAINER), console.signed_in("minh", Role.TRAINER)
    checker.finish()


def replace_authoring(console: RunningConsole, made: Authoring) -> object:
    """The console's services with another authoring."""
    from dataclasses import replace

    return replace(console.services, authoring=made)


def head_text(console: RunningConsole, path: str = "data/nlu/ask_fee.yml") -> str:
    """The file as committed."""
    return console.services.authoring.workspace.read(path)


def finish_checks(console: RunningConsole) -> None:
    """Waits for the checks in the background."""
    console.services.authoring.checker._background.submit(lambda: None).result()


def test_an_example_is_added_looked_at_and_committed(console: RunningConsole, trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    assert "ask_fee" in words(lan.get("/training-data"))
    lan.get(INTENT)
    sent = lan.post(INTENT + "/add", {"lines": "- phí ra sao ạ\nLệ phí bao nhiêu?\n• hết mấy đồng", "note": "Hay gặp"})
    assert sent.status_code == 303
    address = sent.headers["location"].partition("?")[0]
    finish_checks(console)
    page = lan.get(address)
    assert "phí ra sao ạ" in words(page)
    assert "thêm 2 dòng, bớt 0 dòng" in words(page)
    assert lan.post(address + "/submit").headers["location"].endswith("?done=committed")
    assert head_text(console) == FEE + "    - phí ra sao ạ\n    - hết mấy đồng\n"
    assert "Người lan" in words(lan.get("/training-data/history"))
    assert [act for act in console.acts() if act.startswith("training_data")] == [
        "training_data.proposed",
        "training_data.approved",
    ]


def test_edits_gather_in_one_draft_until_it_is_done(console: RunningConsole, trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    lan.get(INTENT)
    first = lan.post(INTENT + "/change", {"act": "move", "target": "greet", "example": "có mất phí không"})
    lan.get(INTENT)
    second = lan.post(INTENT + "/example", {"old": "lệ phí bao nhiêu", "new": "lệ phí [ở xã](place) bao nhiêu"})
    assert first.headers["location"] == second.headers["location"]
    address = second.headers["location"].partition("?")[0]
    assert "đang soạn" in words(lan.get(INTENT))
    finish_checks(console)
    lan.get(address)
    lan.post(address + "/submit")
    assert head_text(console) == FEE.replace("lệ phí bao", "lệ phí [ở xã](place) bao").replace("    - có mất phí không\n", "")
    assert head_text(console, "data/nlu/greet.yml").endswith("    - có mất phí không\n")


def test_answers_are_approved_by_the_other_trainer_who_sees_the_difference(
    console: RunningConsole, trainers: tuple[Visitor, Visitor]
) -> None:
    lan, minh = trainers
    lan.get("/training-data/answers/utter_greet/0")
    form = {"text": "Kính chào Ông/Bà ạ.", "title0": "Lệ phí", "payload0": "/ask_fee"}
    address = lan.post("/training-data/answers/utter_greet/0", form).headers["location"].partition("?")[0]
    finish_checks(console)
    lan.get(address)
    assert lan.post(address + "/submit").headers["location"].endswith("done=submitted")
    lan.get(address)
    refused = lan.post(address + "/approve", {"revision": "1"})
    assert (refused.status_code, "Không ai tự duyệt" in words(refused)) == (409, True)
    page = minh.get(address)
    assert "Kính chào Ông/Bà ạ." in words(page)
    assert minh.post(address + "/approve", {"revision": "1"}).headers["location"].endswith("done=approved")
    assert head_text(console, "domain/domain.yml") == DOMAIN.replace("Ông/Bà.", "Ông/Bà ạ.")


def test_the_same_line_changed_by_two_trainers_shows_both_and_loses_nothing(
    console: RunningConsole, trainers: tuple[Visitor, Visitor]
) -> None:
    lan, minh = trainers
    addresses = []
    for visitor, new in ((lan, "tốn bao nhiêu tiền"), (minh, "hết bao nhiêu tiền")):
        visitor.get(INTENT)
        sent = visitor.post(INTENT + "/example", {"old": "mất bao nhiêu tiền", "new": new})
        addresses.append(sent.headers["location"].partition("?")[0])
    finish_checks(console)
    lan.get(addresses[0])
    lan.post(addresses[0] + "/submit")
    minh.get(addresses[1])
    met = minh.post(addresses[1] + "/submit")
    assert met.status_code == 409
    assert {"tốn bao nhiêu tiền", "hết bao nhiêu tiền"} <= set(re.findall(r"- ([^\n<]+tiền)", met.text))
    head = re.search(r'name="head" value="(\w+)"', met.text)
    assert head is not None
    minh.post(addresses[1] + "/resolve", {"head": head[1], "place:data/nlu/ask_fee.yml:0": "both"})
    finish_checks(console)
    minh.get(addresses[1])
    minh.post(addresses[1] + "/submit")
    assert head_text(console) == FEE.replace("mất bao nhiêu tiền", "tốn bao nhiêu tiền\n    - hết bao nhiêu tiền")


def test_a_private_number_or_hostile_yaml_is_not_even_kept(console: RunningConsole, trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    lan.get(INTENT)
    refused = lan.post(INTENT + "/add", {"lines": "gọi cho tôi số 0912345678"})
    assert (refused.status_code, "số căn cước" in words(refused)) == (409, True)
    lan.get("/training-data/file?path=domain/domain.yml")
    for hostile in ("a: &a [x]\nb: *a\n", "a: !!python/object/apply:os.system [ls]\n", "a: " + "[" * 5_000):
        answer = lan.post("/training-data/file", {"path": "domain/domain.yml", "text": hostile})
        assert (answer.status_code, hostile[:20].split()[0] in answer.text) == (200, True)
    assert lan.post("/training-data/file", {"path": "../etc/passwd", "text": "x"}).status_code == 404
    assert console.services.authoring.proposals.listed() == []


def test_rules_are_edited_as_text_with_faults_by_line(console: RunningConsole, trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    path = "data/rules/rules.yml"
    assert "intent: ask_fee" in lan.get(f"/training-data/file?path={path}").text
    text = head_text(console, path)
    checked = lan.post("/training-data/file?check=1", {"path": path, "text": text.replace("action_fee", "action_phi")})
    assert "“action_phi” không phải hành động hay câu trả lời nào" in words(checked)
    assert f"{path}:10" in checked.text
    kept = lan.post("/training-data/file", {"path": path, "text": text + "# ghi chú\n"})
    assert kept.status_code == 303


def test_a_change_is_taken_back_and_what_came_later_stays(console: RunningConsole, trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    for line in ("câu một", "câu hai"):
        lan.get(INTENT)
        address = lan.post(INTENT + "/add", {"lines": line}).headers["location"].partition("?")[0]
        finish_checks(console)
        lan.get(address)
        lan.post(address + "/submit")
    first = console.services.authoring.workspace.log()[1]
    lan.get(f"/training-data/history/{first.sha}")
    address = lan.post(f"/training-data/history/{first.sha}/revert").headers["location"].partition("?")[0]
    finish_checks(console)
    lan.get(address)
    lan.post(address + "/submit")
    assert head_text(console) == FEE + "    - câu hai\n"
    assert lan.get("/training-data/history/" + "0" * 40).status_code == 404


def test_a_table_is_imported_with_each_row_told(trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    rows = ("intent,text", "ask_fee,phí công chứng mấy đồng", "ask_fee,LỆ PHÍ bao nhiêu", "greet,có mất phí không", "la,x")
    table = "\n".join((*rows, "ask_fee,sđt 0912345678"))
    lan.get("/training-data/import")
    form = {"csrf_token": lan.token}
    sent = lan.client.post("/training-data/import", data=form, files={"file": ("mau.csv", table.encode())})
    assert sent.status_code == 303
    page = words(lan.get(sent.headers["location"]))
    for told in ("Số dòng 5", "Thêm mới 1", "Đã có sẵn 1", "Mâu thuẫn ý định 1", "Có lỗi 2", "Dòng 5: không có ý định “la”"):
        assert told in page
    assert "0912345678" not in page


def test_a_change_of_thousands_of_lines_is_shown_in_part(console: RunningConsole, trainers: tuple[Visitor, Visitor]) -> None:
    lan, _ = trainers
    text = FEE + "".join(f"    - câu hỏi về phí thứ {number}\n" for number in range(5_000))
    person = person_of(console.services.accounts.all()[0])
    number = console.services.authoring.propose(
        person, Kind.EXAMPLES, "Nhiều", console.services.authoring.open(), {"data/nlu/ask_fee.yml": text}
    )
    page = lan.get(f"/proposals/{number}")
    assert "thêm 5000 dòng" in words(page)
    assert page.text.count('class="diff-line') <= 3_000


def test_the_project_is_exported_and_comes_back_without_a_change(
    console: RunningConsole, trainers: tuple[Visitor, Visitor]
) -> None:
    lan, _ = trainers
    answer = lan.get("/training-data/export.zip")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert {"config.stock.yml", "README.md", "domain/domain.yml", "data/nlu/ask_fee.yml"} <= set(names)
    lan.get("/training-data/import")
    form = {"csrf_token": lan.token}
    again = lan.client.post("/training-data/import", data=form, files={"file": ("p.zip", answer.content)})
    assert (again.status_code, "Không có gì mới" in words(again)) == (422, True)
    assert "training_data.exported" in console.acts()


def test_whoever_may_not_decide_on_training_data_cannot_approve_it(
    console: RunningConsole, trainers: tuple[Visitor, Visitor]
) -> None:
    lan, _ = trainers
    lan.get("/training-data/answers/utter_greet/0")
    address = lan.post("/training-data/answers/utter_greet/0", {"text": "Chào Ông/Bà."}).headers["location"].partition("?")[0]
    finish_checks(console)
    lan.get(address)
    lan.post(address + "/submit")
    supervisor = console.signed_in("hanh", Role.SUPERVISOR)
    assert "Duyệt và ghi" not in words(supervisor.get(address))
    assert supervisor.post(address + "/approve", {"revision": "1"}).status_code == 403
    assert supervisor.get("/training-data").status_code == 403


def test_every_page_opens_over_the_shipped_data(console: RunningConsole) -> None:
    assert console.services.authoring.workspace is not None
    lan = console.signed_in("lan", Role.TRAINER)
    for path in (
        "/training-data",
        "/training-data/intents/deny?q=khong&page=1",
        "/training-data/words",
        "/training-data/answers",
        "/training-data/aliases?q=khai+sinh",
        "/training-data/files",
        "/training-data/file?path=data/catalogue/ambiguous.yml",
        "/training-data/history",
        "/training-data/import",
        "/proposals",
    ):
        assert lan.get(path).status_code == 200, path
    assert (PROJECT_ROOT / "data").is_dir()
