"""Models going live, in the console: two people, the gate's reasons, the trial's figures, the way back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.accounts.permissions import Role
from bot.settings import Settings
from bot.training.rules import shipped_rules
from tests.bot.training.candidates import CASE
from tests.bot.training.test_canary import turn
from tests.bot.training.test_promotions import House
from tests.console.conftest import RunningConsole, Visitor, running, words


@pytest.fixture
def console(settings: Settings, tmp_path: Path) -> Iterator[RunningConsole]:
    """The console with a folder of models of its own."""
    yield from running(settings.model_copy(update={"models_dir": tmp_path / "models"}))


@pytest.fixture
def house(console: RunningConsole, tmp_path: Path) -> House:
    found = House(console.database, tmp_path / "models")
    found.clock.now = console.clock.now
    return found


@pytest.fixture
def an(console: RunningConsole) -> Visitor:
    return console.signed_in("thanhan", Role.TRAINER)


@pytest.fixture
def binh(console: RunningConsole) -> Visitor:
    return console.signed_in("binh", Role.TRAINER)


def proposed(visitor: Visitor, candidate: int, reason: str = "hiểu lệ phí tốt hơn") -> str:
    visitor.get("/promotions")
    answer = visitor.post("/promotions", {"candidate": str(candidate), "reason": reason})
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].split("?")[0]


def done(visitor: Visitor, path: str, act: str, **form: str) -> str:
    visitor.get(path)
    answer = visitor.post(f"{path}/{act}", {"reason": "đã xem", **form})
    assert answer.status_code == 303, words(answer)
    return words(visitor.get(answer.headers["location"]))


def test_two_people_bring_a_model_live_and_one_press_takes_it_back(house: House, an: Visitor, binh: Visitor) -> None:
    candidate = house.candidate()
    path = proposed(an, candidate)
    page = words(an.get(path))
    assert "Cả 10 câu được bảo vệ đều đúng" in page
    assert "cần một người khác duyệt" in page
    refused = an.post(f"{path}/approve", {"share": "20", "reason": "x"})
    assert refused.status_code == 422
    assert "Người đề xuất không tự duyệt được" in words(refused)
    assert "Ngăn b đang nạp mô hình" in done(binh, path, "approve", share="20")
    house.proven()
    assert "Mô hình mới trả lời 20% cuộc trò chuyện" in words(an.get(path))
    assert "Trả lời 80% cuộc trò chuyện" in words(an.get("/promotions"))
    assert "Mô hình mới trả lời tất cả" in done(an, path, "share", share="100")
    overview = words(binh.get("/promotions"))
    assert "Giữ sẵn để quay về" in overview
    assert "Đã quay về mô hình trước" in done(binh, path, "back", reason="sai phí")
    assert house.route.live == "a"
    assert house.recorded()[-4:] == ["promotion.approved", "promotion.canary_began", "promotion.live", "promotion.returned"]


def test_a_bad_model_is_refused_with_its_broken_texts_and_only_an_administrator_may_let_it_through(
    console: RunningConsole, house: House, an: Visitor, binh: Visitor
) -> None:
    path = proposed(an, house.candidate(protected={"total": 10, "right": 9, "broken": [CASE]}))
    page = words(binh.get(path))
    assert "1 trên 10 câu được bảo vệ bị hiểu sai" in page
    assert "tôi muốn khiếu nại" in page
    assert "Cho qua dù cổng kiểm từ chối" not in page
    assert binh.post(f"{path}/override", {"reason": "x"}).status_code == 403
    assert binh.post(f"{path}/approve", {"share": "100", "reason": "x"}).status_code == 422
    quan = console.signed_in("quan", Role.ADMINISTRATOR)
    quan.get(path)
    assert quan.post(f"{path}/override", {"reason": " "}).status_code == 422
    assert "Đề xuất chờ một người duyệt" in done(quan, path, "override", reason="câu kiểm này đã lỗi thời")
    assert "câu kiểm này đã lỗi thời" in words(binh.get(path))
    done(binh, path, "approve", share="5")
    assert house.state(1) == "approved"


def test_the_figures_show_both_sides_and_the_page_notices_that_the_trial_moved_on(
    console: RunningConsole, house: House, an: Visitor, binh: Visitor
) -> None:
    path = proposed(an, house.candidate())
    done(binh, path, "approve", share="50")
    house.proven()
    console.clock.move(minutes=1)
    for number in range(40):
        outcome = "handed_over" if number < 4 else "answered"
        turn(console.database, console.clock, f"a{number}", 1, {"slot": "a", "intent": "ask_fee"}, outcome)
    for number in range(35):
        outcome = "handed_over" if number < 21 else "answered"
        turn(console.database, console.clock, f"b{number}", 1, {"slot": "b", "intent": "ask_fee"}, outcome)
    figures = an.get(f"{path}/figures?state=canary")
    assert "Mô hình mới: 60% (21/35 cuộc; khoảng tin cậy 95%: 43,6%–74,4%)." in words(figures)
    assert "Mô hình đang chạy: 10% (4/40 cuộc" in words(figures)
    assert figures.text.count("<svg") == 3
    house.rounds.watch_canary(house.rounds.board())
    assert an.get(f"{path}/figures?state=canary").headers["hx-refresh"] == "true"
    assert "hệ thống" in words(an.get(path))
    notice = words(binh.get("/promotions"))
    assert "đã tự được đưa về" in notice
    assert "60,0% (21/35 cuộc)" in notice
    console.clock.move(**{"seconds": timedelta(days=shipped_rules().canary.return_shown_days, minutes=1).total_seconds()})
    late = console.signed_in("thanhan")
    assert "đã tự được đưa về" not in words(late.get("/promotions"))


def test_a_refusal_keeps_what_was_typed_without_private_numbers(house: House, an: Visitor, binh: Visitor) -> None:
    path = proposed(an, house.candidate(), "người dân 0912345678 hỏi mãi")
    assert "0912345678" not in an.get(path).text
    assert "Từ chối" in done(binh, path, "refuse", reason="chưa đủ dữ liệu")
    assert house.state(1) == "refused"


@pytest.mark.parametrize("number", ["0", "999", "x", "-1", "9" * 30])
def test_an_unknown_proposal_is_404(an: Visitor, number: str) -> None:
    answer = an.get(f"/promotions/{number}")
    assert answer.status_code == 404
    assert "Không có đề xuất này" in words(answer)


@pytest.mark.parametrize("candidate", ["", "0", "x", "999"])
def test_an_unknown_candidate_is_told(an: Visitor, candidate: str) -> None:
    an.get("/promotions")
    answer = an.post("/promotions", {"candidate": candidate, "reason": "x"})
    assert answer.status_code == 422
    assert "Không có mô hình này" in words(answer)


def test_officers_do_not_see_the_pages(console: RunningConsole) -> None:
    officer = console.signed_in("lan", Role.OFFICER)
    assert officer.get("/promotions").status_code == 403
