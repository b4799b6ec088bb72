"""Trainers train a model, follow it, read what was measured and mark what changed."""

import pytest
from sqlalchemy import select

from bot.accounts.permissions import Role
from bot.storage.database import writing
from bot.storage.training_models import CandidateModel, RegressionCase, ReplayedAnswer, TrainingJob
from bot.training.jobs import Sign, claim_job, end_job, tell
from tests.console.conftest import RunningConsole, Visitor, words

RESULTS = {
    "regression": {
        "total": 200,
        "right": 190,
        "live_right": 192,
        "broken": [
            {"text": "<b>phí</b> mấy đồng", "expected": "ask_fee", "got": "ask_place", "confidence": 0.81, "live_got": "ask_fee"}
        ],
    },
    "protected": {"total": 40, "right": 40, "live_right": 40},
    "conversations": {"total": 12, "passed": 11, "failed": {"khai sinh": "dòng 3: thiếu mục fee"}},
    "intents": [
        {"intent": "ask_fee", "support": 10, "precision": 0.9, "recall": 0.9, "f1": 0.9, "live_f1": 0.95},
        {"intent": "greet", "support": 8, "precision": 1.0, "recall": 1.0, "f1": 1.0, "live_f1": 1.0},
    ],
    "confusions": [{"expected": "ask_fee", "got": "ask_place", "count": 1}],
    "reliability": {
        "error": 0.03,
        "wrong_and_sure": 0.01,
        "bins": [{"lower": 0.9, "upper": 1.0, "count": 150, "confidence": 0.96, "accuracy": 0.97}],
    },
    "replay": {
        "since": "2026-11-22T00:00:00+07:00",
        "until": "2026-11-23T00:00:00+07:00",
        "messages": 100,
        "texts": 90,
        "tried": 80,
        "texts_changed": 2,
        "messages_changed": 4,
    },
    "not_measured": {"cross_validation": "hết bộ nhớ"},
}


@pytest.fixture
def trainer(console: RunningConsole) -> Visitor:
    """A trainer at the page."""
    visitor = console.signed_in("hoa", Role.TRAINER)
    visitor.get("/training")
    return visitor


def asked(console: RunningConsole, trainer: Visitor, **form: object) -> int:
    answer = trainer.post("/training", {"part": ["cross_validation", "conversations"], **form})
    assert answer.status_code == 303, words(answer)
    with console.database.sessions() as session:
        return max(session.scalars(select(TrainingJob.id)))


def measured(console: RunningConsole, results: dict[str, object] | None = RESULTS) -> int:
    now = console.clock()
    with writing(console.database.sessions) as session:
        job = TrainingJob(state="done", commit_sha="c" * 40, options={}, asked_by="hoa", asked_name="Hoa", asked_at=now)
        session.add(job)
        session.flush()
        candidate = CandidateModel(
            job_id=job.id, name="motcua-new", path="candidates/1/m.tar.gz", sha256="0" * 64, size=19_900_000,
            fingerprint="f" * 64, commit_sha="c" * 40, trained_at=now, results=results, live_name="motcua-old",
        )  # fmt: skip
        session.add(candidate)
        session.flush()
        for number, (text, times) in enumerate((("phí của ⟦dossier_code:ab12⟧", 3), ("nộp đâu", 1))):
            session.add(
                ReplayedAnswer(
                    candidate_id=candidate.id, text_key=str(number), text=text, times=times, last_written_at=now,
                    live={"intent": "ask_fee", "confidence": 0.8, "clauses": []},
                    candidate={"intent": "ask_place", "confidence": 0.7, "clauses": []},
                )
            )  # fmt: skip
        return candidate.id


def test_a_training_is_asked_for_followed_and_cancelled(console: RunningConsole, trainer: Visitor) -> None:
    job_id = asked(console, trainer)
    page = words(trainer.get(f"/training/jobs/{job_id}?done=asked"))
    assert "Đã ghi nhận" in page
    assert "đang chờ" in page
    assert "Trình huấn luyện không chạy" in page, "nobody has shown a sign of life"
    assert claim_job(console.database.sessions, "one", console.clock()) is not None
    tell(console.database.sessions, job_id, "one", Sign("train", 0.4, "10:00:01 bước <một>\n", {"prepare": 2.0}), console.clock())
    piece = trainer.get(f"/training/jobs/{job_id}/progress")
    assert "40%" in words(piece)
    assert "bước &lt;một&gt;" in piece.text
    assert 'hx-trigger="every 2s"' in piece.text
    assert trainer.post(f"/training/jobs/{job_id}/cancel").status_code == 303
    assert "Đang dừng" in words(trainer.get(f"/training/jobs/{job_id}"))
    with writing(console.database.sessions) as session:
        end_job(session, job_id, "one", "cancelled", console.clock())
    over = trainer.get(f"/training/jobs/{job_id}")
    assert "hoa huỷ lúc" in words(over)
    assert "every 2s" not in over.text, "a page of a job that has ended asks no more"
    assert console.acts()[-2:] == ["training.asked", "training.cancelled"]
    assert trainer.post(f"/training/jobs/{job_id}/cancel").status_code == 303
    assert console.acts()[-1] == "training.cancelled"
    assert len([act for act in console.acts() if act == "training.cancelled"]) == 1


def test_one_waits_and_the_next_is_told_so(console: RunningConsole, trainer: Visitor) -> None:
    asked(console, trainer)
    answer = trainer.post("/training", {"since": "2026-11-20", "until": "2026-11-21"})
    assert answer.status_code == 409
    assert "Đã có một yêu cầu đang chờ" in words(answer)
    assert 'value="2026-11-20"' in answer.text, "the form keeps what was sent"


def test_what_makes_no_sense_is_told(trainer: Visitor) -> None:
    for form, told in (
        ({"since": "2026-11-20"}, "Khoảng ngày chưa đúng"),
        ({"since": "2026-11-21", "until": "2026-11-20"}, "Khoảng ngày chưa đúng"),
        ({"since": "hôm qua", "until": "2026-11-20"}, "Khoảng ngày chưa đúng"),
        ({"commit": "--upload-pack=x"}, "Không có phiên bản"),
        ({"commit": "0" * 40}, "Không có phiên bản"),
    ):
        answer = trainer.post("/training", form)
        assert answer.status_code == 422, form
        assert told in words(answer), form


def test_the_results_are_shown_against_the_live_model(console: RunningConsole, trainer: Visitor) -> None:
    candidate = measured(console)
    answer = trainer.get(f"/training/candidates/{candidate}")
    page = words(answer)
    for told in (
        "95,0%",
        "trên 200 câu",
        "▼ 1,0",
        "11/12",
        "Cả 40 câu",
        "Hỏi phí, lệ phí",
        "▼ 5,0",
        "hết bộ nhớ",
        "4 tin (2 câu",
        "mẫu 80",
    ):
        assert told in page, told
    assert "<b>phí</b>" not in answer.text
    assert "<svg" in answer.text
    assert page.index("Hỏi phí, lệ phí 10 90,0") < page.index("Chào hỏi 8 100,0"), "what lost comes first"


def test_results_that_are_not_there_yet_are_announced(console: RunningConsole, trainer: Visitor) -> None:
    candidate = measured(console, None)
    assert "còn đang được đo" in words(trainer.get(f"/training/candidates/{candidate}"))


def test_changed_messages_are_read_filtered_and_marked(console: RunningConsole, trainer: Visitor) -> None:
    candidate = measured(console)
    base = f"/training/candidates/{candidate}/answers"
    page = words(trainer.get(base))
    assert page.index("phí của [mã hồ sơ]") < page.index("nộp đâu")
    assert "ab12" not in page
    with console.database.sessions() as session:
        first = session.scalars(select(ReplayedAnswer).order_by(ReplayedAnswer.id)).first()
    assert first is not None
    piece = trainer.post(f"{base}/{first.id}", {"mark": "worse"}, **{"hx-request": "true"})
    assert "hoa đánh dấu" in words(piece)
    assert "phí của" in words(trainer.get(f"{base}?show=worse"))
    assert "phí của" not in words(trainer.get(f"{base}?show=unmarked"))
    assert trainer.post(f"{base}/{first.id}", {"mark": "none"}).status_code == 303
    assert "1 câu." not in words(trainer.get(f"{base}?show=worse"))
    assert trainer.post(f"{base}/{first.id}", {"mark": "perfect"}).status_code == 400
    assert trainer.post(f"{base}/999", {"mark": "worse"}).status_code == 404
    assert console.acts()[-2:] == ["training.answer_marked"] * 2


def test_a_trainer_adds_a_case_and_withdraws_it(console: RunningConsole, trainer: Visitor) -> None:
    trainer.get("/training/cases")
    added = trainer.post(
        "/training/cases", {"text": "Cho tui hỏi đóng tiền hết mấy chục rứa hè", "intent": "ask_fee", "protected": "1"}
    )
    assert added.status_code == 303
    assert "mấy chục rứa" in words(trainer.get("/training/cases"))
    with console.database.sessions() as session:
        case = session.scalars(select(RegressionCase)).one()
    assert (case.protected, case.added_by) == (True, "hoa")
    assert trainer.post(f"/training/cases/{case.id}/withdraw").status_code == 303
    assert trainer.post(f"/training/cases/{case.id}/withdraw").status_code == 404
    assert "mấy chục rứa" not in words(trainer.get("/training/cases"))


def test_a_case_that_could_not_measure_anything_is_refused(trainer: Visitor) -> None:
    trainer.get("/training/cases")
    for text, intent, told in (
        ("", "ask_fee", "Hãy viết câu"),
        ("gọi tôi số 0912345678 nhé", "talk_to_officer", "số riêng tư"),
        ("chi phí thế nào hỉ", "no_such", "Hãy chọn ý định"),
        ("Làm hộ chiếu hết bao nhiêu tiền?", "ask_fee", "đang dùng để huấn luyện"),
        ("Cho gặp cán bộ ngay, việc rất gấp", "talk_to_officer", "đã có trong bộ"),
        ("x" * 600, "ask_fee", "quá 500"),
    ):
        answer = trainer.post("/training/cases", {"text": text, "intent": intent})
        assert answer.status_code == 422, text
        assert told in words(answer), text


def test_pages_of_what_is_not_there_say_so(trainer: Visitor) -> None:
    for path in ("/training/jobs/9", "/training/jobs/x", "/training/candidates/9", "/training/candidates/9/answers"):
        answer = trainer.get(path)
        assert answer.status_code == 404
        assert "trang huấn luyện" in words(answer)


def test_an_administrator_who_decides_reads_the_results_and_marks_nothing(console: RunningConsole) -> None:
    candidate = measured(console)
    decides = console.signed_in("quan", Role.ADMINISTRATOR)
    assert "95,0%" in words(decides.get(f"/training/candidates/{candidate}"))
    assert decides.get(f"/training/candidates/{candidate}/answers").status_code == 200
    assert decides.post(f"/training/candidates/{candidate}/answers/1", {"mark": "better"}).status_code == 403
    assert decides.get("/training").status_code == 403
