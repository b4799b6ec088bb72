"""Cards in the ledger: a new version where a card says something else, and only there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.cards.keeping import CardKeeper, CardRound
from bot.cards.reading import (
    card_version,
    cards_state,
    code_now,
    fields_of,
    find_cards,
    standing_card,
    standing_cards,
    versions_of,
)
from bot.storage.database import Database
from tests.bot.cards.conftest import NOW
from tests.bot.catalogue.small_files import FIRST, SECOND, small_files

Keeper = Callable[..., CardKeeper]
PATH = f"procedures/{FIRST}.yml"


def changed(old: str, new: str) -> dict[str, bytes]:
    """The small catalogue with words of the first procedure replaced."""
    files = small_files()
    assert old.encode() in files[PATH]
    return files | {PATH: files[PATH].replace(old.encode(), new.encode())}


def test_every_procedure_gets_its_first_version_and_a_restart_writes_nothing(keeper: Keeper, database: Database) -> None:
    first = keeper()
    assert first.run(NOW) == CardRound(procedures=2, made=2, written=2)
    assert first.run(NOW) == CardRound()
    assert keeper().run(NOW) == CardRound(procedures=2)
    with database.sessions() as session:
        assert [line.version for line in versions_of(session, FIRST)] == [1]
        kept = standing_card(session, FIRST)
        assert kept is not None
        assert (kept.version, kept.live_from, kept.card.name) == (1, NOW, "Đăng ký nuôi mèo")


def test_a_changed_fact_makes_a_version_and_the_old_one_stays_readable(keeper: Keeper, database: Database) -> None:
    keeper().run(NOW)
    later = NOW + timedelta(days=2)
    files = changed("8.000 đồng\n    amount_vnd: 8000", "9.000 đồng\n    amount_vnd: 9000")
    assert keeper(files).run(later) == CardRound(procedures=2, made=1, written=1)
    with database.sessions() as session:
        now, old = standing_card(session, FIRST), card_version(session, FIRST, 1)
        assert now is not None
        assert old is not None
        assert (now.version, now.live_from, now.card.fees[0].amount_vnd) == (2, later, 9000)
        assert (old.live_until, old.card.fees[0].amount_vnd) == (later, 8000)
        assert card_version(session, FIRST, 3) is None
        assert [(one.version, one.live_until) for one in versions_of(session, FIRST)] == [(2, None), (1, later)]


def test_newer_data_that_say_the_same_are_the_same_version_with_the_newer_date(keeper: Keeper, database: Database) -> None:
    keeper().run(NOW)
    assert keeper(changed("as_of: 2026-07", "as_of: 2026-11")).run(NOW).written == 0
    with database.sessions() as session:
        kept = standing_card(session, FIRST)
        assert kept is not None
        assert (kept.version, kept.card.source.as_of) == (1, "2026-11")


def test_words_that_only_the_search_knows_make_no_version_but_are_found(keeper: Keeper, database: Database) -> None:
    keeper().run(NOW)
    assert keeper(changed("đăng ký nuôi mèo kiểu 3", "xin nuôi hoàng thượng")).run(NOW).written == 0
    with database.sessions() as session:
        assert [one.code for one in find_cards(session, "HOANG  thuong", "", 1).cards] == [FIRST]


def test_the_day_on_which_a_fact_ends_makes_a_version_although_nobody_wrote_anything(keeper: Keeper, database: Database) -> None:
    files = changed("raw: '8.000 đ'", "valid_to: 2026-11-30")
    one = keeper(files)
    one.run(NOW)
    assert one.run(NOW + timedelta(days=3)).made == 0
    assert one.run(NOW + timedelta(days=4)) == CardRound(procedures=2, made=1, written=1)
    with database.sessions() as session:
        kept = standing_card(session, FIRST)
        assert kept is not None
        assert kept.card.fees == ()


def test_the_day_turns_in_vietnam_and_not_in_greenwich(keeper: Keeper) -> None:
    one = keeper(changed("raw: '8.000 đ'", "valid_to: 2026-11-30"))
    one.run(NOW.replace(day=30, hour=16, minute=59))
    assert one.run(NOW.replace(day=30, hour=17)).written == 1


def test_imported_procedures_have_cards_too_and_only_the_changed_ones_are_written_again(
    keeper: Keeper, take_in: Callable[..., None], database: Database
) -> None:
    take_in()
    one = keeper()
    first = one.run(NOW)
    assert first.written == first.procedures > 2
    take_in(("Giấy cho nuôi mèo", "Giấy phép nuôi mèo"))
    again = one.run(NOW)
    assert 0 < again.written == again.made < first.written
    with database.sessions() as session:
        kept = standing_card(session, "1.900001")
        assert kept is not None
        assert kept.card.origin == "imported"
        assert kept.card.result is not None
        assert kept.card.result.text == "Giấy phép nuôi mèo"
        assert kept.card.result.caution


def test_a_procedure_that_left_the_catalogue_has_no_standing_card_and_comes_back_as_a_new_version(
    keeper: Keeper, take_in: Callable[..., None], database: Database
) -> None:
    take_in()
    one = keeper()
    one.run(NOW)
    take_in(without='"1.900001"')
    assert one.run(NOW + timedelta(days=1)).ended == 1
    with database.sessions() as session:
        assert standing_card(session, "1.900001") is None
        assert [line.live_until for line in versions_of(session, "1.900001")] == [NOW + timedelta(days=1)]
    take_in()
    assert one.run(NOW + timedelta(days=2)).written == 1
    with database.sessions() as session:
        assert [line.version for line in versions_of(session, "1.900001")] == [2, 1]


def test_an_import_that_cannot_be_read_takes_no_card_away(
    keeper: Keeper, take_in: Callable[..., None], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    take_in()
    keeper().run(NOW)
    with database.engine.begin() as link:
        link.execute(text("UPDATE catalogue_record SET listing = '{}'"))
    assert keeper().run(NOW) == CardRound()
    assert "cards.import_unreadable" in caplog.text
    with database.sessions() as session:
        assert standing_card(session, "1.900001") is not None


def test_one_record_that_cannot_be_read_does_not_hold_up_the_others(
    keeper: Keeper, take_in: Callable[..., None], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    take_in()
    with database.engine.begin() as link:
        link.execute(text("UPDATE catalogue_record SET payload = '{}' WHERE code = '1.900001'"))
    done = keeper().run(NOW)
    assert done.written == done.procedures - 1
    assert "cards.record_unreadable" in caplog.text


def test_the_list_is_searched_without_marks_and_by_field(keeper: Keeper, database: Database) -> None:
    keeper().run(NOW)
    with database.sessions() as session:
        assert [one.code for one in find_cards(session, "dang ky nuoi CHO", "", 1).cards] == [SECOND]
        assert find_cards(session, "ăn", "", 1).total == 0, "the beginning of a word, not its middle"
        assert find_cards(session, "%_'", "", 1).total == 2, "signs alone are no words"
        assert find_cards(session, "", "Thú nuôi", 99).page == 1
        assert find_cards(session, "", "Lĩnh vực khác", 1).total == 0
        assert fields_of(session) == [("Thú nuôi", 2)]
    assert [one.card.code for one in standing_cards(database.sessions)] == [FIRST, SECOND]


def test_what_is_called_exactly_so_comes_before_what_only_holds_the_words(keeper: Keeper, database: Database) -> None:
    files = changed("đăng ký nuôi mèo kiểu 3", "nuôi chó")
    keeper(files).run(NOW)
    with database.sessions() as session:
        assert [one.code for one in find_cards(session, "nuoi cho", "", 1).cards] == [FIRST, SECOND]
        assert [one.code for one in find_cards(session, "đăng ký nuôi chó", "", 1).cards] == [SECOND, FIRST]


def test_an_old_code_leads_to_the_new_one(keeper: Keeper, database: Database) -> None:
    with database.sessions() as session:
        assert cards_state(session) is None
    keeper(changed("field: Thú nuôi", "old_codes: ['1.999999']\nfield: Thú nuôi")).run(NOW)
    with database.sessions() as session:
        assert code_now(session, "1.999999") == FIRST
        assert code_now(session, "1.99999") is None
        assert code_now(session, FIRST) is None
