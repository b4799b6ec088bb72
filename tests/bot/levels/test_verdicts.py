"""The verdict on a published level, from three facts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.levels.outcomes import OUTCOMES, UNDECIDED, WORKS
from bot.levels.verdicts import DossierFigures, LevelFacts, LinkLook, judge

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
GOOD = LinkLook("ok", NOW - timedelta(days=1))


def codes(**changed: object) -> tuple[str, ...]:
    facts = {
        "level": "full",
        "filed_online": True,
        "look": GOOD,
        "verified_on": None,
        "figures": DossierFigures(9, 8, 5, 3, 0),
        "has_partial_reason": False,
    } | changed
    return judge(LevelFacts(**facts), NOW).codes  # type: ignore[arg-type]


def test_what_is_published_and_done_and_reached_is_right() -> None:
    assert codes() == ()


@pytest.mark.parametrize(
    ("figures", "found"),
    [
        (DossierFigures(0, 0, 0, 0, 0), ()),
        (DossierFigures(7, 0, 0, 0, 0), ("full_on_paper_only",)),
        (DossierFigures(7, 2, 0, 2, 0), ("full_on_paper_only",)),
        (DossierFigures(7, 2, 1, 1, 0), ()),
        (DossierFigures(2, 2, 0, 0, 0), ("results_awaited",)),
        (DossierFigures(2, 2, 0, 0, 2), ("results_awaited",)),
        (DossierFigures(3, 2, 0, 0, 1), ("full_on_paper_only",)),
        (None, ("dossiers_unknown",)),
    ],
)
def test_a_full_level_needs_one_electronic_result_once_dossiers_are_filed(
    figures: DossierFigures | None, found: tuple[str, ...]
) -> None:
    assert codes(figures=figures) == found


def test_other_levels_are_not_judged_by_their_dossiers() -> None:
    for level in ("partial", "info_only"):
        assert "full_on_paper_only" not in codes(level=level, figures=DossierFigures(7, 0, 0, 0, 0))


def test_a_partial_level_shows_its_reason() -> None:
    assert codes(level="partial") == ("no_partial_reason",)
    assert codes(level="partial", has_partial_reason=True) == ()


def test_a_level_that_no_source_states_is_said_to_be_unknown() -> None:
    assert codes(level="unknown") == ("level_unknown",)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_of_a_look_works_or_is_broken_or_decides_nothing(outcome: str) -> None:
    found = codes(look=LinkLook(outcome, NOW))  # type: ignore[arg-type]
    assert found == (() if outcome in WORKS else ("link_unchecked",) if outcome in UNDECIDED else ("link_broken",))


def test_a_look_proves_nothing_after_thirty_days() -> None:
    assert codes(look=LinkLook("ok", NOW - timedelta(days=30))) == ()
    assert codes(look=LinkLook("ok", NOW - timedelta(days=30, seconds=1))) == ("link_unchecked",)
    assert codes(look=None) == ("link_unchecked",)
    assert codes(look=LinkLook("home_page", NOW - timedelta(days=99))) == ("link_broken",), (
        "what was broken is not whole by waiting"
    )


def test_a_persons_note_in_the_catalogue_counts_until_a_later_look() -> None:
    assert codes(look=None, verified_on=date(2026, 11, 20)) == ()
    assert codes(look=None, verified_on=date(2026, 10, 20)) == ("link_unchecked",)
    assert codes(look=LinkLook("script_only", NOW), verified_on=date(2026, 11, 20)) == ()
    assert codes(look=LinkLook("other_content", NOW), verified_on=date(2026, 11, 20)) == ("link_broken",)


def test_what_is_not_filed_online_needs_no_link() -> None:
    assert codes(level="info_only", look=None) == ()
    assert codes(level="unknown", filed_online=False, look=None) == ("level_unknown",)
