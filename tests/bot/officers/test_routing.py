"""Where a handoff goes, why, and that it always goes somewhere; the data of the teams."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue.load import CatalogueError, load_catalogue
from bot.officers.routing import HandoffFacts, route
from bot.officers.teams import Teams, load_teams
from bot.settings import PROJECT_ROOT
from tests.bot.officers.office import MONDAY_NINE

TEAMS = load_teams(PROJECT_ROOT / "data")
EVERYONE = frozenset(TEAMS.by_id)


def routed(facts: HandoffFacts, staffed: frozenset[str] = EVERYONE, teams: Teams = TEAMS) -> tuple[str, tuple[str, ...]]:
    found = route(facts, teams, staffed, MONDAY_NINE)
    return found.team.id, found.why


@pytest.mark.parametrize(
    ("facts", "team", "why"),
    [
        (HandoffFacts("asked", "so-tu-phap", "tthcc-tinh", "phuong-bac-giang"), "so-tu-phap", "deciding_agency:so-tu-phap"),
        (HandoffFacts("asked", "ubnd-xa", "tthcc-xa", "phuong-da-mai"), "place:phuong-da-mai", "deciding_agency:ubnd-xa"),
        (HandoffFacts("asked", "ubnd-xa", "tthcc-xa"), "tthcc-tinh", "no_team_fits"),
        (HandoffFacts("asked", "bhxh", "tthcc-tinh"), "tthcc-tinh", "receiving_agency:tthcc-tinh"),
        (HandoffFacts("asked", None, None, "phuong-da-mai"), "place:phuong-da-mai", "place:phuong-da-mai"),
        (HandoffFacts("asked"), "tthcc-tinh", "no_team_fits"),
        (HandoffFacts("abuse", "so-tu-phap"), "tthcc-tinh", "reason:abuse"),
        (HandoffFacts("asked", "an-agency-of-tomorrow", None, "a-place-of-yesterday"), "tthcc-tinh", "no_team_fits"),
    ],
)
def test_a_handoff_goes_by_agency_then_by_place_then_to_the_province(facts: HandoffFacts, team: str, why: str) -> None:
    found, reasons = routed(facts)
    assert (found, reasons[-1]) == (team, why)


def test_a_team_without_members_is_passed_over_and_named() -> None:
    facts = HandoffFacts("asked", "so-tu-phap", None, "phuong-da-mai")
    assert routed(facts, frozenset({"place:phuong-da-mai"})) == (
        "place:phuong-da-mai", ("unstaffed:so-tu-phap", "place:phuong-da-mai"),
    )  # fmt: skip
    team, why = routed(facts, frozenset())
    assert (team, why[-1]) == ("tthcc-tinh", "no_team_fits")


@given(
    st.sampled_from(["asked", "abuse", "", "sensitive"]),
    st.none() | st.sampled_from(["ubnd-xa", "so-tu-phap", "x"]),
    st.none() | st.sampled_from(["phuong-da-mai", "y"]),
    st.frozensets(st.sampled_from(sorted(EVERYONE))),
)
def test_every_handoff_gets_a_team_and_the_same_one_each_time(reason, agency, place, staffed) -> None:
    facts = HandoffFacts(reason, agency, agency, place)
    assert routed(facts, staffed) == routed(facts, staffed)
    team, _ = routed(facts, staffed)
    assert team in staffed or team == TEAMS.fallback.id


def test_a_summary_that_holds_anything_is_read_as_far_as_it_goes() -> None:
    summary = {"deciding_agency": 5, "receiving_agency": "", "place": ["phuong-da-mai"]}
    assert HandoffFacts.from_summary("asked", summary) == HandoffFacts("asked")


def test_every_ward_has_a_team_and_every_agency_of_the_catalogues_procedures_a_home() -> None:
    catalogue = load_catalogue(PROJECT_ROOT / "data" / "catalogue")
    assert {f"place:{place.id}" for place in catalogue.places} <= EVERYONE
    for procedure in catalogue.procedures.values():
        facts = HandoffFacts("asked", procedure.deciding_agency, procedure.receiving_agency, catalogue.places[0].id)
        assert routed(facts)[0] in EVERYONE


BROKEN = [
    "fallback: nobody\nteams: [{id: aa, name: A}]",
    "fallback: aa\nteams: [{id: aa, name: A}, {id: aa, name: B}]",
    "fallback: aa\nteams: [{id: aa, name: A, agencies: [no-such-agency]}]",
    "fallback: aa\nteams: [{id: aa, name: A, places: [no-such-place]}]",
    "fallback: aa\nteams: [{id: aa, name: A, shifts: [{days: [mon], hours: ['17:00-08:00']}]}]",
    "fallback: aa\nteams: [{id: aa, name: A, reasons: [boredom]}]",
    "fallback: aa\nteams: []",
    "[]",
    "",
]


@pytest.mark.parametrize("content", BROKEN)
def test_broken_teams_are_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "catalogue").symlink_to(PROJECT_ROOT / "data" / "catalogue")
    (tmp_path / "teams.yml").write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"teams\.yml"):
        load_teams(tmp_path)
