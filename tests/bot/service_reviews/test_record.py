"""Reviews in the ledger: figures of the year, dissent kept, decisions signed and sealed."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.service_reviews.figures import figures_of_year
from bot.service_reviews.record import (
    Person,
    ReviewedService,
    ReviewRefusedError,
    comment,
    comments_of,
    decide,
    decisions_of,
    make_reviews,
    reviews_of,
    seal_holds,
)
from bot.service_reviews.rules import read_rules
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.evidence_models import UsageCount
from bot.storage.service_review_models import ServiceReview, ServiceReviewDecision

RULES = read_rules(PROJECT_ROOT / "data" / "service_reviews" / "rules.yml")
NOW = datetime(2027, 1, 5, 3, tzinfo=UTC)
BIRTH = ReviewedService("1.001193", "Đăng ký khai sinh", "tthcc-xa", published_online=True)
COPY = ReviewedService("2.000815", "Chứng thực bản sao", "tthcc-xa", published_online=True)
WRITER, SIGNER = Person("a1", "Nguyễn Thị Mẫu"), Person("a2", "Trần Văn Mẫu")
REASON = "Số liệu cả năm cho thấy dịch vụ được dùng nhiều."


def count(
    database: Database, month: date, measure: str, n: int, code: str = BIRTH.code, channel: str = "", ward: str = ""
) -> None:
    with writing(database.sessions) as session:
        row = {"month": month, "measure": measure, "procedure_code": code, "agency": "", "place_id": ward, "channel": channel}
        session.add(UsageCount(**row, detail="", n=n))


def made(database: Database, now: datetime = NOW) -> dict[str, ServiceReview]:
    with writing(database.sessions) as session:
        make_reviews(session, 2026, [BIRTH, COPY], RULES, now)
    with database.sessions() as session:
        return {one.procedure_code: one for one in reviews_of(session, 2026)}


def test_the_figures_are_the_sums_of_the_months_of_that_year(database: Database) -> None:
    chance = random.Random(7)
    expected: dict[str, int] = {}
    for month in range(1, 13):
        for channel in ("online", "direct", "postal"):
            for ward in ("phuong-kinh-bac", "xa-deo-gia"):
                n = chance.randrange(50)
                count(database, date(2026, month, 1), "dossiers", n, channel=channel, ward=ward)
                expected["dossiers"] = expected.get("dossiers", 0) + n
                if channel == "online":
                    expected["online_dossiers"] = expected.get("online_dossiers", 0) + n
    count(database, date(2025, 12, 1), "dossiers", 1000, channel="online")
    count(database, date(2027, 1, 1), "dossiers", 1000, channel="online")
    count(database, date(2026, 5, 1), "ratings_good", 7)
    count(database, date(2026, 6, 1), "ratings_poor", 2)
    count(database, date(2026, 7, 1), "talks_good", 5, channel="zalo")
    count(database, date(2026, 7, 1), "talks_poor", 1, channel="zalo")
    with database.sessions() as session:
        found = figures_of_year(session, 2026)[BIRTH.code]
    assert {name: found.count(name) for name in expected} == expected
    assert (found.count("months"), found.count("ratings"), found.share("good_of_ratings").part) == (12, 15, 12)


def test_every_service_has_a_review_even_where_nothing_was_counted(database: Database) -> None:
    count(database, date(2026, 5, 1), "dossiers", 3, channel="online")
    found = made(database)
    assert set(found) == {BIRTH.code, COPY.code}
    assert found[COPY.code].counts == {}


def test_a_review_is_made_anew_until_it_is_decided_on(database: Database) -> None:
    count(database, date(2026, 5, 1), "dossiers", 3, channel="online")
    first = made(database)[BIRTH.code]
    count(database, date(2026, 6, 1), "dossiers", 4, channel="online")
    again = made(database, NOW + timedelta(hours=1))[BIRTH.code]
    assert (first.id, first.counts["dossiers"], again.id, again.counts["dossiers"]) == (again.id, 3, first.id, 7)
    with writing(database.sessions) as session:
        decide(session, again.id, SIGNER, "keep", REASON, "", NOW, "k", made_at=again.made_at.isoformat())
    count(database, date(2026, 7, 1), "dossiers", 5, channel="online")
    assert made(database, NOW + timedelta(hours=2))[BIRTH.code].counts["dossiers"] == 7


def test_dissent_stays_beside_the_decision_and_under_its_seal(database: Database) -> None:
    review = made(database)[BIRTH.code]
    with writing(database.sessions) as session:
        comment(session, review.id, WRITER, "dissents", "Số liệu tháng 8 thiếu vì Cổng ngừng.", NOW)
        decide(session, review.id, SIGNER, "stop_online", REASON, "", NOW, "key-one", made_at=review.made_at.isoformat())
    with writing(database.sessions) as session:
        comment(session, review.id, WRITER, "neutral", "Nói sau khi đã quyết.", NOW)
    with database.sessions() as session:
        (signed,) = decisions_of(session, [review.id])[review.id]
        assert [one["stance"] for one in signed.seen["comments"]] == ["dissents"]
        assert len(comments_of(session, review.id)) == 2
        assert seal_holds(signed, "key-two, key-one")
        assert not seal_holds(signed, "key-two")


@pytest.mark.parametrize("part", ["reason", "decision", "seen", "name"])
def test_a_decision_that_was_changed_afterwards_is_seen(database: Database, part: str) -> None:
    review = made(database)[BIRTH.code]
    with writing(database.sessions) as session:
        decide(session, review.id, SIGNER, "keep", REASON, "", NOW, "k", made_at=review.made_at.isoformat())
    with writing(database.sessions) as session:
        row = session.scalars(select(ServiceReviewDecision)).one()
        setattr(row, part, {"seen": {**row.seen, "counts": {"dossiers": 9}}, "decision": "improve"}.get(part, "khác đi"))
    with database.sessions() as session:
        assert not seal_holds(session.scalars(select(ServiceReviewDecision)).one(), "k")


def test_online_only_keeps_the_assisted_route(database: Database) -> None:
    review = made(database)[BIRTH.code]
    at = review.made_at.isoformat()
    with writing(database.sessions) as session:
        with pytest.raises(ReviewRefusedError, match="refused_route"):
            decide(session, review.id, SIGNER, "online_only", REASON, "", NOW, "k", made_at=at)
        route = "Người cao tuổi, người khuyết tật được cán bộ nộp hộ tại xã, phường."
        assert decide(session, review.id, SIGNER, "online_only", REASON, route, NOW, "k", made_at=at).assisted_route == route


def test_nobody_signs_figures_that_they_did_not_see(database: Database) -> None:
    review = made(database)[BIRTH.code]
    made(database, NOW + timedelta(hours=1))
    with writing(database.sessions) as session, pytest.raises(ReviewRefusedError, match="refused_stale"):
        decide(session, review.id, SIGNER, "keep", REASON, "", NOW, "k", made_at=review.made_at.isoformat())


@pytest.mark.parametrize(("stance", "words"), [("agrees", ""), ("agrees", "   "), ("shouts", "đúng"), ("agrees", "x" * 2_001)])
def test_empty_endless_and_unknown_comments_are_refused(database: Database, stance: str, words: str) -> None:
    review = made(database)[BIRTH.code]
    with writing(database.sessions) as session, pytest.raises(ReviewRefusedError):
        comment(session, review.id, WRITER, stance, words, NOW)


@pytest.mark.parametrize(("decision", "reason"), [("burn", REASON), ("keep", "ngắn"), ("keep", "x" * 2_001), ("", REASON)])
def test_a_decision_without_a_real_reason_is_refused(database: Database, decision: str, reason: str) -> None:
    review = made(database)[BIRTH.code]
    with writing(database.sessions) as session, pytest.raises(ReviewRefusedError):
        decide(session, review.id, SIGNER, decision, reason, "", NOW, "k", made_at=review.made_at.isoformat())


def test_a_review_that_is_not_there_cannot_be_signed(database: Database) -> None:
    with writing(database.sessions) as session, pytest.raises(ReviewRefusedError, match="no_service_review"):
        decide(session, 12345, SIGNER, "keep", REASON, "", NOW, "k", made_at="")
