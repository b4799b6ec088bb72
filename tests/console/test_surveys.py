"""``/surveys`` and ``/ratings`` over HTTP: what is seen by whom, and that nobody sees a single answer."""

import itertools
import re
from datetime import date, datetime, timedelta

import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.clock import VIETNAM_TIME
from bot.storage.database import writing
from bot.storage.survey_models import ConversationRating, SurveyAnswer, SurveySampled, SurveyWave
from tests.bot.surveys.closed import dossier
from tests.bot.surveys.test_exports import FIRM, NOW, opened, rows
from tests.bot.surveys.test_results import said
from tests.console.conftest import RunningConsole, words


def close_some(console: RunningConsole, n: int = 120) -> date:
    ended = console.clock().astimezone(VIETNAM_TIME) - timedelta(days=40)
    places = itertools.cycle(["xa-luc-ngan", "phuong-kinh-bac", None])
    with writing(console.database.sessions) as session:
        session.add_all([dossier(f"r{number:04}", next(places), ended) for number in range(n)])
    return ended.date()


def form(console: RunningConsole, day: date, **changed: str) -> dict[str, str]:
    today = console.clock().astimezone(VIETNAM_TIME).date()
    values = {
        "title": "Quý thử", "period_from": str(day), "period_to": str(day), "closes_on": str(today + timedelta(days=20)),
        "wanted": "60", "expected_response": "100", "spared_months": "6",
    }  # fmt: skip
    return values | changed


def drawn(console: RunningConsole) -> int:
    lead = console.signed_in("truong", Role.SUPERVISOR)
    answer = lead.post("/surveys/new", form(console, close_some(console)))
    assert answer.status_code == 303
    return int(re.findall(r"\d+", answer.headers["location"])[0])


def answered_wave(console: RunningConsole) -> int:
    """A closed wave with answers in two groups, one of them below thirty."""
    with writing(console.database.sessions) as session:
        wave = SurveyWave(
            title="Quý cũ", period_from=date(2026, 1, 1), period_to=date(2026, 6, 30), wanted=60, expected_response=50,
            spared_months=6, seed="abc123", questions_version="2026-1", frame_hash="f" * 64, frame_size=900, state="closed",
            strata=[
                {"group": "huyen-luc-ngan", "population": 600, "drawn": 120},
                {"group": "huyen-son-dong", "population": 300, "drawn": 60},
                {"group": "huyen-yen-the", "population": 100, "drawn": 60},
            ],
            created_by="lan", created_at=console.clock(), closes_on=date(2026, 8, 1),
        )  # fmt: skip
        session.add(wave)
        session.flush()
        given = {
            "huyen-luc-ngan": said(very_satisfied=20, satisfied=40, neutral=10, dissatisfied=10),
            "huyen-son-dong": said(satisfied=20, neutral=20),
            "huyen-yen-the": said(satisfied=7, neutral=6),
        }
        numbers = itertools.count()
        session.add_all(
            SurveyAnswer(
                id=f"answer-number-{next(numbers)}", wave_id=wave.id, stratum=group, day=date(2026, 7, 1), answers=one,
                comment="lời riêng của một người",
            )
            for group, some in given.items()
            for one in some
        )  # fmt: skip
        session.add(SurveySampled(wave_id=wave.id, record_id="r-secret", stratum="huyen-luc-ngan", state="accepted"))
        return wave.id


def test_a_wave_is_planned_drawn_begun_and_closed(console: RunningConsole) -> None:
    lead = console.signed_in("truong", Role.SUPERVISOR)
    day = close_some(console)
    asked = form(console, day)
    plan = lead.get("/surveys/new?" + "&".join(f"{key}={value}" for key, value in asked.items()))
    assert "120 hồ sơ kết thúc trong kỳ; rút 90 hồ sơ" in words(plan)
    assert "Huyện Lục Ngạn" in words(plan)
    made = lead.post("/surveys/new", asked)
    page = lead.get(made.headers["location"])
    assert "Đã rút mẫu" in words(page)
    assert re.search(r"<code>[0-9a-f]{32}</code>", page.text)
    address = made.headers["location"].partition("?")[0]
    assert lead.post(f"{address}/begin").status_code == 303
    again = lead.post(f"{address}/begin")
    assert again.status_code == 422
    assert "đã sang bước khác" in words(again)
    assert lead.post(f"{address}/close").status_code == 303
    assert "Đã đóng" in words(lead.get("/surveys"))
    assert [act for act in console.acts() if act.startswith("survey.")] == ["survey.drawn", "survey.begun", "survey.closed"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"title": ""}, "Viết tên đợt"),
        ({"title": "x" * 500}, "Viết tên đợt"),
        ({"period_from": "hôm qua"}, "hai ngày đã qua"),
        ({"period_to": "2999-01-01"}, "hai ngày đã qua"),
        ({"closes_on": "2020-01-01"}, "phải sau hôm nay"),
        ({"wanted": "-5"}, "Số phiếu từ 1"),
        ({"wanted": "9" * 40}, "Số phiếu từ 1"),
        ({"expected_response": "0"}, "Số phiếu từ 1"),
        ({"period_from": "2025-03-01", "period_to": "2025-03-02"}, "Không có hồ sơ nào"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_drawn(console: RunningConsole, changed: dict[str, str], told: str) -> None:
    lead = console.signed_in("truong", Role.SUPERVISOR)
    refused = lead.post("/surveys/new", form(console, close_some(console, 9), **changed))
    assert refused.status_code == 422
    assert told in words(refused)
    assert "Chưa có đợt khảo sát" in words(lead.get("/surveys"))


def test_results_are_shown_with_intervals_and_small_groups_are_not(console: RunningConsole) -> None:
    number = answered_wave(console)
    page = console.signed_in("kiem", Role.AUDITOR).get(f"/surveys/{number}")
    read = words(page)
    assert "Huyện Yên Thế" in read
    assert "chưa đủ" in read
    assert "không hiện" in read  # the second group would give the third away
    city = (600 * 0.75 + 300 * 0.5 + 100 * 7 / 13) / 1_000
    assert f"{100 * city:.1f}%".replace(".", ",") in read
    assert "lời riêng của một người" not in page.text
    assert "answer-number" not in page.text
    assert "r-secret" not in page.text
    assert "<svg" in page.text


def test_while_answers_come_in_there_are_no_results(console: RunningConsole) -> None:
    number = answered_wave(console)
    with writing(console.database.sessions) as session:
        session.get_one(SurveyWave, number).state = "open"
    lead = console.signed_in("truong", Role.SUPERVISOR)
    page = lead.get(f"/surveys/{number}?question=satisfied")
    assert "Đang nhận trả lời" in words(page)
    assert "Kết quả chỉ hiện khi đợt đã đóng" in words(page)
    assert "<svg" not in page.text


def test_an_export_needs_two_persons_and_comes_once(console: RunningConsole) -> None:
    console.clock.now = NOW
    number = answered_wave(console)
    one, two = console.signed_in("mot", Role.SUPERVISOR), console.signed_in("hai", Role.ADMINISTRATOR)
    one.get(f"/surveys/{number}")
    broken = one.post(f"/surveys/{number}/exports", {"recipient": "Viện", "certificate": "không phải"})
    assert broken.status_code == 422
    assert "không phải chứng thư" in words(broken)
    assert 'value="Viện"' in broken.text
    assert one.post(f"/surveys/{number}/exports", {"recipient": "Viện", "certificate": FIRM}).status_code == 303
    own = one.post(f"/surveys/{number}/exports/1/agree")
    assert own.status_code == 422
    assert "cần một người khác" in words(own)
    page = two.get(f"/surveys/{number}")
    assert "Viện" in words(page)
    file = two.post(f"/surveys/{number}/exports/1/agree")
    assert file.status_code == 200
    assert file.headers["content-disposition"] == f'attachment; filename="khao-sat-{number}.cms"'
    files = opened(file.content)
    assert len(rows(files["answers.csv"])) == 133
    assert "r-secret" not in "".join(files.values())
    two.get(f"/surveys/{number}")
    assert two.post(f"/surveys/{number}/exports/1/agree").status_code == 422
    assert {"survey.export_asked", "survey.exported"} <= set(console.acts())


def test_an_auditor_only_reads_and_an_agencys_supervisor_sees_no_result(console: RunningConsole) -> None:
    number = answered_wave(console)
    auditor = console.signed_in("kiem", Role.AUDITOR)
    page = auditor.get(f"/surveys/{number}")
    assert "/exports" not in page.text
    assert auditor.post(f"/surveys/{number}/close").status_code == 403
    assert auditor.get("/surveys/new").status_code == 403
    console.add("cuaxa", Role.SUPERVISOR)
    account = console.services.accounts.by_login("cuaxa")
    only = AccountDetails("Của xã", None, (Role.SUPERVISOR,), False, ("tthcc-xa",))
    console.services.accounts.change(OPERATOR, account.id, only)
    bound = console.signed_in("cuaxa")
    page = bound.get(f"/surveys/{number}")
    assert "không tách theo cơ quan" in words(page)
    assert "<svg" not in page.text
    assert bound.post(f"/surveys/{number}/close").status_code == 403


@pytest.mark.parametrize("path", ["/surveys/999", "/surveys/x", "/surveys/%00", "/surveys/" + "9" * 40])
def test_an_unknown_wave_is_not_found(console: RunningConsole, path: str) -> None:
    lead = console.signed_in("truong", Role.SUPERVISOR)
    assert lead.get(path).status_code == 404
    assert lead.post(f"{path}/close").status_code == 404
    assert lead.post(f"{path}/exports/1/agree").status_code == 404


def rate(console: RunningConsole, n: int, score: str | None, *, reason: str | None = None, **more: object) -> None:
    at: datetime = console.clock() - timedelta(days=1)
    with writing(console.database.sessions) as session:
        for _ in range(n):
            values: dict[str, object] = {"channel": "zalo", "procedure_code": "1.001193", "intent": "ask_fee"} | more
            session.add(ConversationRating(occasion="idle", asked_at=at, score=score, reason=reason, **values))


def test_ratings_by_week_channel_and_procedure(console: RunningConsole) -> None:
    rate(console, 12, "good")
    rate(console, 6, "poor", reason="wrong")
    rate(console, 2, "poor", reason="person", channel="telegram", procedure_code="")
    rate(console, 10, None)
    read = words(console.signed_in("kiem", Role.AUDITOR).get("/ratings?weeks=4"))
    assert "30 lần hỏi, 20 lần trả lời" in read
    assert "Thấy giúp được: 60%" in read
    assert "66,7%" in read
    assert "Đăng ký khai sinh" in read
    assert re.search(r"Trả lời sai, thiếu 6", read)
    assert re.search(r"Muốn gặp cán bộ dưới 5", read)
    assert "chưa đủ" in read


@pytest.mark.parametrize("query", ["", "?weeks=x", "?weeks=9999", "?weeks=-1", "?weeks=" + "9" * 40])
def test_strange_spans_show_the_usual_one(console: RunningConsole, query: str) -> None:
    page = console.signed_in("kiem", Role.AUDITOR).get("/ratings" + query)
    assert page.status_code == 200
    assert '<option value="12" selected>' in page.text
    assert "Chưa đủ trả lời" in words(page)
