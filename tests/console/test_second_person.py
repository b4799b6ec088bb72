"""A team whose messages a second person reads first, over HTTP: what waits, comes back, goes out, and what then happens."""

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.accounts.permissions import Role
from bot.catalogue.publishing import content
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.models import Outbound
from bot.storage.officer_models import OfficerFile
from bot.storage.review_models import ReplyApproval
from tests.console.conftest import RunningConsole, Visitor, words
from tests.console.conversations import Desk
from tests.shipped import shipped_catalogue

KEY = "a-key-of-the-page"
PDF = b"%PDF-1.7\n" + b"x" * 500


@pytest.fixture
def settings(tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The province's centre wants a second person."""
    monkeypatch.setattr(content, "_shipped", lambda _: shipped_catalogue())
    data, shipped = tmp_path / "data", PROJECT_ROOT / "data"
    data.mkdir()
    for name in ("catalogue", "canned_replies.yml"):
        (data / name).symlink_to(shipped / name)
    teams = (shipped / "teams.yml").read_text(encoding="utf-8")
    strict = teams.replace("  - id: tthcc-tinh\n", "  - id: tthcc-tinh\n    replies_need_approval: true\n", 1)
    (data / "teams.yml").write_text(strict, encoding="utf-8")
    return Settings(
        data_dir=data,
        database_url=ledger_url,
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
    )


@pytest.fixture
def desk(console: RunningConsole, settings: Settings) -> Desk:
    return Desk(console, settings.ledger_key.get_secret_value())


@pytest.fixture
def lan(console: RunningConsole) -> Visitor:
    return console.signed_in("lan", Role.OFFICER)


@pytest.fixture
def chi(console: RunningConsole) -> Visitor:
    return console.signed_in("chi", Role.SUPERVISOR)


@pytest.fixture
def taken(desk: Desk, lan: Visitor) -> str:  # noqa: ARG001 (her account must be there)
    """A conversation of that team that Lan has."""
    found = desk.waiting()
    desk.taken_by(found, "lan")
    return found


def newest(desk: Desk) -> ReplyApproval:
    with desk.console.database.sessions() as session:
        return session.query(ReplyApproval).order_by(ReplyApproval.id.desc()).first()


def decide(desk: Desk, chi: Visitor, act: str, form: dict[str, str]) -> None:
    chi.get("/approvals")
    assert chi.post(f"/approvals/{newest(desk).id}/{act}", form).status_code == 303


def test_a_reply_waits_comes_back_with_a_reason_and_is_sent_again(desk: Desk, lan: Visitor, chi: Visitor, taken: str) -> None:
    said = lan.post(f"/conversations/{taken}/reply", {"text": "Phí là 8.000 đồng", "key": KEY}, **{"HX-Request": "true"})
    assert '"submitted"' in said.headers["hx-trigger"]
    assert "Phí là 8.000 đồng" not in desk.office.said(taken)
    assert desk.console.acts()[-1] == "reply.submitted"
    page = words(lan.get(f"/conversations/{taken}"))
    assert "Đang chờ duyệt" in page
    assert "Rút lại để sửa" in page
    assert "Đọc và duyệt" in words(chi.get(f"/conversations/{taken}"))
    news = lan.get(f"/conversations/{taken}/news?after=0&mode=mine").text
    assert re.search(r'id="own-replies" hx-swap-oob="true"', news)

    decide(desk, chi, "refuse", {"reason": "Phí đã đổi"})
    page = words(lan.get(f"/conversations/{taken}"))
    assert "Không được duyệt" in page
    assert "Người chi ghi lý do: Phí đã đổi" in page
    path = f"/conversations/{taken}/replies/{newest(desk).id}/take-back"
    box = lan.post(path, {"text": "Kính chào Ông/Bà."}, **{"HX-Request": "true"})
    assert "Kính chào Ông/Bà.\n\nPhí là 8.000 đồng" in box.text
    without_scripts = lan.post(path).headers["location"]
    assert "Phí là 8.000 đồng</textarea>" in lan.get(without_scripts).text
    lan.post(f"/conversations/{taken}/reply", {"text": "Phí là 10.000 đồng", "key": KEY + "2"})
    page = words(lan.get(f"/conversations/{taken}"))
    assert "Không được duyệt" not in page
    decide(desk, chi, "approve", {"text": "Phí là 10.000 đồng"})
    assert desk.office.said(taken)[-1] == "Phí là 10.000 đồng"
    assert "Chờ người thứ hai duyệt" not in words(lan.get(f"/conversations/{taken}"))


def test_what_waits_is_taken_back_by_its_author_alone_and_only_while_it_waits(
    desk: Desk, lan: Visitor, chi: Visitor, taken: str
) -> None:
    lan.post(f"/conversations/{taken}/reply", {"text": "Chờ chút", "key": KEY})
    path = f"/conversations/{taken}/replies/{newest(desk).id}/take-back"
    chi.get(f"/conversations/{taken}")
    assert chi.post(path).status_code == 404
    for broken in ("x", "0", "9" * 40, "²"):
        assert lan.post(f"/conversations/{taken}/replies/{broken}/take-back").status_code == 404, broken
    elsewhere = desk.waiting()
    assert lan.post(f"/conversations/{elsewhere}/replies/{newest(desk).id}/take-back").status_code == 404
    draft = lan.post(path).headers["location"]
    assert "Chờ chút</textarea>" in lan.get(draft).text
    assert "Chờ chút</textarea>" not in chi.get(draft).text
    assert newest(desk).state == "withdrawn"
    assert lan.post(path).status_code == 409
    assert desk.console.acts()[-1] == "reply.withdrawn"
    assert lan.get(f"/conversations/{taken}?draft=%00").status_code == 200


def test_the_request_for_a_number_waits_too(desk: Desk, lan: Visitor, chi: Visitor, taken: str) -> None:
    lan.post(f"/conversations/{taken}/phone-request", {"key": KEY})
    assert "Xin số điện thoại" in words(chi.get("/approvals"))
    with desk.console.database.sessions() as session:
        assert session.query(Outbound).filter_by(conversation_id=taken, author="officer").count() == 0
    decide(desk, chi, "approve", {"text": newest(desk).message["text"]})
    with desk.console.database.sessions() as session:
        assert session.query(Outbound).filter_by(conversation_id=taken, author="officer").one().message["request"] == "phone"


def test_a_button_for_the_assistant_waits_and_only_then_the_assistant_has_the_word(
    desk: Desk, lan: Visitor, chi: Visitor, taken: str
) -> None:
    lan.post(f"/conversations/{taken}/flow", {"key": KEY, "flow": "status"})
    assert desk.office.speaker(taken) == "officer"
    assert "trợ lý tự động trả lời tiếp" in words(chi.get("/approvals"))
    decide(desk, chi, "approve", {"text": newest(desk).message["text"]})
    assert desk.office.speaker(taken) == "bot"


def test_a_file_is_read_by_the_second_person_before_the_citizen_gets_its_link(
    desk: Desk, lan: Visitor, chi: Visitor, taken: str
) -> None:
    form = {"csrf_token": lan.token, "key": KEY}
    lan.client.post(f"/conversations/{taken}/files", data=form, files={"file": ("Giấy hẹn.pdf", PDF)})
    assert "/files/" not in "".join(desk.office.said(taken))
    page = chi.get("/approvals").text
    found = re.search(r'href="(/approvals/\d+/file)"', page)
    assert found is not None
    file = chi.get(found.group(1))
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert "attachment" in file.headers["content-disposition"]
    assert desk.console.acts()[-1] == "reply.file_opened"
    assert lan.get(found.group(1)).status_code == 403
    decide(desk, chi, "refuse", {"reason": "nhầm tệp"})
    assert chi.get(found.group(1)).status_code == 404
    with desk.console.database.sessions() as session:
        assert session.query(OfficerFile).count() == 0
