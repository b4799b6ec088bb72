"""A session of the measure: the dialogue itself, and a citizen who presses what fits."""

import pytest

from bot.catalogue.search import ProcedureSearch
from bot.dialogue.services import Services
from bot.dialogue.turn import Turn
from bot.language.places import PlaceIndex
from bot.settings import PROJECT_ROOT
from motcua.evaluation.labelled_files import Row, read_table
from motcua.evaluation.life_events import NoDossiers, held_session, session_figures
from tests.shipped import shipped_catalogue


@pytest.fixture(scope="module")
def services() -> Services:
    catalogue = shipped_catalogue()
    places = PlaceIndex(catalogue.places)
    day = catalogue.calendar.holidays[0].day
    return Services(catalogue, ProcedureSearch(catalogue), places, NoDossiers(), lambda: day)


def held(services: Services, text: str, codes: str, intent: str = "inform") -> tuple[int | None, tuple[str, ...]]:
    session = held_session(Row(1, text, codes, "marks"), Turn(text, intent, 0.9, channel="zalo"), services)
    return session.reached, session.path


def test_a_told_situation_leads_to_its_procedure_in_the_second_turn(services: Services) -> None:
    assert held(services, "ba tôi mất rồi", "1.000656") == (2, ("ba tôi mất rồi", "Đăng ký khai tử"))


def test_a_named_procedure_is_reached_at_once(services: Services) -> None:
    assert held(services, "đăng ký khai tử", "1.000656", "find_procedure")[0] == 1


def test_the_menu_costs_turns(services: Services) -> None:
    reached, path = held(services, "theo việc trong đời", "1.000656")
    assert (reached, path[1:]) == (None, ("Xem việc khác", "Xem việc khác")), "the last page comes after three turns"
    assert held(services, "theo việc trong đời", "1.001193") == (3, ("theo việc trong đời", "Sinh con", "Đăng ký khai sinh"))


def test_who_is_led_nowhere_is_a_miss(services: Services) -> None:
    assert held(services, "hôm nay trời đẹp", "1.000656", "out_of_scope")[0] is None


def test_figures_count_sessions_within_turns(services: Services) -> None:
    rows = [("ba tôi mất rồi", "inform"), ("đăng ký khai tử", "find_procedure"), ("trời đẹp", "out_of_scope")]
    sessions = [held_session(Row(1, text, "1.000656", ""), Turn(text, intent, 0.9), services) for text, intent in rows]
    figures = session_figures(sessions)
    assert figures["sessions"] == 3
    assert [round(float(figures[f"within_{turns}"] or 0), 2) for turns in (1, 2, 3)] == [0.33, 0.67, 0.67]


def test_the_two_sets_share_no_message_and_name_codes_of_the_catalogue() -> None:
    known = set(shipped_catalogue().procedures)
    dev, test = (read_table(PROJECT_ROOT / "data" / "eval" / f"life_events_{split}.tsv") for split in ("dev", "test"))
    assert len(dev) >= 60
    assert len(test) >= 80
    assert not {row.text.casefold() for row in dev} & {row.text.casefold() for row in test}
    assert {code for row in (*dev, *test) for code in row.codes} <= known
