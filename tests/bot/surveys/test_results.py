"""Results of closed waves: right figures, and nothing that leads to one person's answer."""

import itertools
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from bot.storage.database import Database, writing
from bot.storage.survey_models import SurveyAnswer, SurveyWave
from bot.surveys.questions import shipped_questions
from bot.surveys.results import LEAST_SHOWN, QuestionResult, question_result, results_of
from tests.moving_clock import MovingClock

SATISFIED = next(one for one in shipped_questions().questions if one.key == "satisfied")
MONEY = next(one for one in shipped_questions().questions if one.key == "extra_money")


def said(**counts: int) -> list[dict[str, str]]:
    return [{"satisfied": key} for key, n in counts.items() for _ in range(n)]


def closed_wave(
    database: Database, clock: MovingClock, answers: dict[str, list[dict[str, str]]], sizes: dict[str, int], *, year: int = 2026
) -> SurveyWave:
    with writing(database.sessions) as session:
        wave = SurveyWave(
            title=f"Năm {year}", period_from=date(year, 1, 1), period_to=date(year, 6, 30), wanted=400, expected_response=30,
            spared_months=6, seed="s", questions_version=shipped_questions().version, frame_hash="h",
            frame_size=sum(sizes.values()), strata=[{"group": g, "population": n, "drawn": n} for g, n in sizes.items()],
            state="closed", created_by="lan", created_at=clock(), closes_on=date(year, 8, 1),
        )  # fmt: skip
        session.add(wave)
        session.flush()
        numbers = itertools.count()
        session.add_all(
            SurveyAnswer(
                id=f"answer-{wave.id}-{next(numbers)}", wave_id=wave.id, stratum=group, day=date(year, 7, 1), answers=one
            )
            for group, given in answers.items()
            for one in given
        )
        return wave


def test_the_city_is_weighed_and_the_groups_stand_by_themselves(database: Database, clock: MovingClock) -> None:
    answers = {
        "g1": said(very_satisfied=30, satisfied=50, neutral=10, dissatisfied=10),
        "g2": said(satisfied=20, neutral=10, dissatisfied=10),
    }
    wave = closed_wave(database, clock, answers, {"g1": 3_000, "g2": 1_000})
    with database.sessions() as session:
        [result] = [one for one in results_of(session, wave) if one.question.key == "satisfied"]
    assert result.city.value == pytest.approx(0.75 * 0.8 + 0.25 * 0.5)
    assert result.n == 140
    assert [(one.group, one.answered, round(one.share.value, 3)) for one in result.groups] == [("g1", 100, 0.8), ("g2", 40, 0.5)]
    counts = {one.key: one.n for one in result.choices}
    assert counts == {"very_satisfied": 30, "satisfied": 70, "neutral": 20, "dissatisfied": None, "very_dissatisfied": None}


def test_answers_that_say_nothing_on_the_matter_stand_outside_the_share() -> None:
    given = [{"extra_money": key} for key, n in (("no", 60), ("yes", 20), ("no_answer", 20)) for _ in range(n)]
    result = question_result(MONEY, {"g": given}, {"g": 1_000})
    assert result.n == 80
    assert result.city.value == pytest.approx(0.75)


def test_a_small_group_has_no_share_and_a_tiny_one_no_count() -> None:
    answers = {"a": said(satisfied=50, neutral=50), "b": said(satisfied=15, neutral=14), "c": said(neutral=3)}
    result = question_result(SATISFIED, answers, {"a": 900, "b": 200, "c": 40, "d": 10})
    assert [(one.group, one.answered, one.share.shown) for one in result.groups] == [
        ("a", 100, "exact"),
        ("b", 29, "few"),
        ("c", None, "few"),
        ("d", None, "few"),
    ]


def test_where_nearly_all_agree_a_bound_is_told_that_is_the_same_for_none_and_four() -> None:
    bounds = [
        question_result(SATISFIED, {"a": said(satisfied=100 - n, neutral=n)}, {"a": 900}).city for n in range(LEAST_SHOWN + 1)
    ]
    assert {one.shown for one in bounds[:LEAST_SHOWN]} == {"at_least"}
    assert len(set(bounds[:LEAST_SHOWN])) == 1
    assert bounds[0].value == pytest.approx(0.96)
    assert bounds[LEAST_SHOWN].shown == "exact"
    assert question_result(SATISFIED, {"a": said(satisfied=4, neutral=96)}, {"a": 900}).city.shown == "at_most"


def test_a_single_veiled_group_cannot_be_reckoned_from_the_others() -> None:
    answers = {"a": said(satisfied=60, neutral=40), "b": said(satisfied=20, neutral=20), "c": said(satisfied=5, neutral=5)}
    result = question_result(SATISFIED, answers, {"a": 900, "b": 300, "c": 80})
    assert [one.share.shown for one in result.groups] == ["exact", "hidden", "few"]


def _hidden_can_be_told(result: QuestionResult, side: Iterable[str]) -> bool:
    return sum(one.n is None for one in result.choices if one.key in set(side)) == 1


def test_no_hidden_count_can_be_reckoned_from_those_beside_it() -> None:
    """Every way to share 12 answers over the five choices, beside 40 certain ones: never one hole alone in a side with others."""
    good = SATISFIED.good
    bad = [key for key in SATISFIED.counted if key not in good]
    for a, b, c, d, e in itertools.product((0, 1, 4, 5, 7), repeat=5):
        result = question_result(
            SATISFIED,
            {"a": said(very_satisfied=20 + a, satisfied=b, neutral=20 + c, dissatisfied=d, very_dissatisfied=e)},
            {"a": 900},
        )
        for one in result.choices:
            assert one.n is None or one.n >= LEAST_SHOWN
        assert not _hidden_can_be_told(result, good)
        assert not _hidden_can_be_told(result, bad)
        assert not _hidden_can_be_told(result, SATISFIED.counted)


@pytest.mark.parametrize("n", range(LEAST_SHOWN))
def test_the_counted_answers_less_the_good_ones_tell_no_small_rest(n: int) -> None:
    """The number of counted answers stands beside the share: with it, one count alone would give the other."""
    given = [{"extra_money": key} for key, many in (("no", 60), ("yes", n), ("no_answer", 3)) for _ in range(many)]
    result = question_result(MONEY, {"g": given}, {"g": 1_000})
    assert [one.n for one in result.choices] == [None, None, None]


def test_groups_without_answers_are_told_as_not_covered() -> None:
    result = question_result(SATISFIED, {"a": said(satisfied=50, neutral=50)}, {"a": 900, "b": 100})
    assert result.covered == pytest.approx(0.9)


def test_it_is_compared_with_the_closed_wave_before(database: Database, clock: MovingClock) -> None:
    closed_wave(database, clock, {"g1": said(satisfied=60, neutral=40)}, {"g1": 1_000}, year=2025)
    wave = closed_wave(database, clock, {"g1": said(satisfied=80, neutral=20)}, {"g1": 1_000})
    with database.sessions() as session:
        by_key = {one.question.key: one for one in results_of(session, wave)}
    found = by_key["satisfied"]
    assert found.before == pytest.approx(0.6)
    assert found.moved is not None
    assert found.moved[0] == pytest.approx(0.2)
    assert found.moved[1] < 0.2 < found.moved[2]
    assert by_key["attitude"].moved is None


def test_a_wave_that_takes_answers_has_no_results(database: Database, clock: MovingClock) -> None:
    wave = closed_wave(database, clock, {"g1": said(satisfied=60)}, {"g1": 100})
    wave.state = "open"
    with database.sessions() as session, pytest.raises(ValueError, match="closed"):
        results_of(session, wave)


def test_other_choices_are_not_compared(database: Database, clock: MovingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    old = shipped_questions().model_copy(
        update={"version": "old", "questions": (SATISFIED.model_copy(update={"good": frozenset({"very_satisfied"})}),)}
    )
    before = closed_wave(database, clock, {"g1": said(very_satisfied=60, neutral=40)}, {"g1": 1_000}, year=2025)
    wave = closed_wave(database, clock, {"g1": said(satisfied=80, neutral=20)}, {"g1": 1_000})
    with writing(database.sessions) as session:
        session.get_one(SurveyWave, before.id).questions_version = "old"
    monkeypatch.setattr("bot.surveys.results.questions_of", lambda version: old if version == "old" else shipped_questions())
    with database.sessions() as session:
        [found] = [one for one in results_of(session, wave) if one.question.key == "satisfied"]
    assert found.moved is None
    assert wave.period_from - before.period_to > timedelta(days=1)
