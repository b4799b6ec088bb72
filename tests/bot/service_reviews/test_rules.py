"""Rules of the yearly review: as data, judged with their uncertainty."""

from pathlib import Path

import pytest

from bot.service_reviews.figures import YearFigures
from bot.service_reviews.rules import BrokenRulesError, JudgedRule, judge, read_rules
from bot.settings import PROJECT_ROOT

RULES = read_rules(PROJECT_ROOT / "data" / "service_reviews" / "rules.yml")


def judged(published: bool = True, **counts: int) -> dict[str, JudgedRule]:
    return {one.rule.id: one for one in judge(RULES.rules, YearFigures(counts), published_online=published)}


def test_a_year_without_a_filing_online_is_a_candidate_to_stop() -> None:
    assert judged(months=12, dossiers=400, online_dossiers=0)["never_filed_online"].outcome == "met"
    assert judged(months=12, dossiers=400, online_dossiers=1)["never_filed_online"].outcome == "not_met"


def test_less_than_a_year_proves_nothing() -> None:
    assert judged(months=11, online_dossiers=0)["never_filed_online"].outcome == "not_met"


def test_what_is_not_published_online_is_not_judged_by_it() -> None:
    assert judged(published=False, months=12) == {}


def test_abandonment_counts_from_thirty_starts_on() -> None:
    assert judged(started=29, abandoned=29)["mostly_abandoned"].outcome == "too_few"
    assert judged(started=30, abandoned=25)["mostly_abandoned"].outcome == "met"
    assert judged(started=30, abandoned=24)["mostly_abandoned"].outcome == "not_met"


def test_it_says_whether_the_interval_clears_the_threshold() -> None:
    assert not judged(started=30, abandoned=25)["mostly_abandoned"].clear
    assert judged(started=1000, abandoned=900)["mostly_abandoned"].clear


def test_online_only_needs_all_three_and_enough_ratings() -> None:
    good = {"dossiers": 500, "online_dossiers": 490, "supplements": 5}
    assert judged(**good, ratings=40, ratings_good=38)["nearly_all_online"].outcome == "met"
    assert judged(**good, ratings=10, ratings_good=10)["nearly_all_online"].outcome == "too_few"
    assert judged(**good, ratings=40, ratings_good=30)["nearly_all_online"].outcome == "not_met"
    # One that fails is enough, however few the others have.
    assert judged(**{**good, "supplements": 60}, ratings=2, ratings_good=2)["nearly_all_online"].outcome == "not_met"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("version: '1'\nrules: []\n", "rules"),
        ("rules: 3", "version"),
        ("[", "cannot be read"),
        ("version: '1'\nrules: [{id: abc, verdict: burn, name: {vi: a, en: b}, source: s, "
         "conditions: [{count: months, at_least: 1}]}]",
         "rules.0.verdict"),
        ("version: '1'\nrules: [{id: abc, verdict: stop_candidate, name: {vi: a, en: b}, source: s, "
         "conditions: [{share: unknown, above: 0.5}]}]", "rules.0.conditions.0"),
        ("version: '1'\nrules: [{id: abc, verdict: stop_candidate, name: {vi: a, en: b}, source: s, "
         "conditions: [{share: online_of_dossiers, above: 50}]}]", "rules.0.conditions.0.above"),
        ("version: '1'\nrules: [{id: abc, verdict: stop_candidate, name: {vi: a, en: b}, source: s, "
         "conditions: [{count: months, at_least: 1, at_most: 2}]}]", "rules.0.conditions.0"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_by_its_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRulesError, match=place):
        read_rules(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BrokenRulesError):
        read_rules(tmp_path / "rules.yml")
