"""What an import says otherwise is asked once, part by part; what people refuse is not spoken and does not come back."""

from collections.abc import Callable

import pytest

from bot.catalogue.editing import differences as differences_module
from bot.catalogue.editing.differences import (
    DecidedMeanwhileError,
    Wanted,
    chosen,
    compare_live,
    counts,
    decide,
    differences,
    reopen,
    reopen_of_proposal,
)
from bot.catalogue.importing.procedure import procedure_of
from bot.catalogue.importing.record import from_json
from bot.catalogue.importing.store import live_members, live_pointer, payloads_of, read_live, undo
from bot.catalogue.load import Catalogue, load_catalogue
from bot.catalogue.publishing.content import ReviewedSource
from bot.catalogue.publishing.releases import live_state
from bot.storage.database import Database, writing
from tests.bot.catalogue.editing.conftest import NOW
from tests.bot.catalogue.small_files import FIRST

Bring = Callable[..., None]
CODE = "1.900001"
DEARER = (('"amount": 20000', '"amount": 30000'), ("20,000 VNĐ", "30,000 VNĐ"))
DEAREST = (('"amount": 20000', '"amount": 40000'), ("20,000 VNĐ", "40,000 VNĐ"))
AS_FIRST = ('"code": "1.900001"', f'"code": "{FIRST}"')


@pytest.fixture
def reviewed(source: ReviewedSource) -> Catalogue:
    return source.without_database().catalogue


def look(database: Database, reviewed: Catalogue, content: str = "0") -> None:
    compare_live(database.sessions, reviewed, content, NOW)


def rows(database: Database, **wanted: str) -> list[tuple[str, str, str, str]]:
    with database.sessions() as session:
        found, total = differences(session, Wanted(**wanted))
    assert total == len(found)
    return [(row.code, row.part, row.old_words, row.new_words) for row in found]


def numbers(database: Database, **wanted: str) -> list[int]:
    with database.sessions() as session:
        return [row.id for row in differences(session, Wanted(**wanted))[0]]


def spoken_fee(database: Database, code: str = CODE) -> set[str | None]:
    with database.sessions() as session:
        version = read_live(session)
    assert version is not None
    return {fee.text for fee in procedure_of(version.record(code)).fees}


def refuse(database: Database, **wanted: str) -> None:
    decide(database.sessions, numbers(database, **wanted), "refused", by="lan", reason="nguồn ghi nhầm", now=NOW)


def test_a_first_import_of_unreviewed_procedures_brings_no_questions(
    database: Database, bring: Bring, reviewed: Catalogue
) -> None:
    bring()
    look(database, reviewed)
    assert rows(database) == []


def test_another_fee_is_one_difference_with_both_words(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    bring(*DEARER)
    look(database, reviewed)
    found = [row for row in rows(database) if row[0] == CODE]
    assert [row[:2] for row in found] == [(CODE, "fee")]
    assert "20.000" in found[0][2]
    assert "30.000" in found[0][3]
    assert not compare_live(database.sessions, reviewed, "0", NOW), "the same two are compared once"


def test_a_refused_value_is_not_spoken_and_not_asked_again(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    old = spoken_fee(database)
    bring(*DEARER)
    look(database, reviewed)
    assert spoken_fee(database) != old
    with database.sessions() as session:
        before = live_state(session)
    refuse(database, words=CODE)
    assert spoken_fee(database) == old
    with database.sessions() as session:
        assert live_state(session).changes == before.changes + 1, "every process notices"
    bring(*DEARER, ("Giấy cho nuôi mèo", "Giấy phép nuôi mèo"))
    look(database, reviewed)
    assert [row[:2] for row in rows(database, words=CODE)] == [(CODE, "result")]
    assert spoken_fee(database) == old


def test_another_value_after_a_refusal_is_asked_against_what_is_spoken(
    database: Database, bring: Bring, reviewed: Catalogue
) -> None:
    bring()
    look(database, reviewed)
    bring(*DEARER)
    look(database, reviewed)
    refuse(database, words=CODE)
    bring(*DEAREST)
    look(database, reviewed)
    (found,) = rows(database, words=CODE)
    assert "20.000" in found[2]
    assert "40.000" in found[3]
    refuse(database, words=CODE)
    assert {"20.000" in (fee or "") for fee in spoken_fee(database)} == {True}, "the words first kept stay"


def test_a_difference_nobody_decided_keeps_the_words_spoken_first(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    for dearer in (DEARER, DEAREST):
        bring(*dearer)
        look(database, reviewed)
    (found,) = rows(database, words=CODE)
    assert ("20.000" in found[2], "40.000" in found[3]) == (True, True)
    bring()
    look(database, reviewed)
    assert rows(database, words=CODE) == [], "back to what was spoken before"


def test_an_import_that_is_taken_back_takes_its_questions_with_it(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    bring(*DEARER)
    look(database, reviewed)
    undo(database.sessions, NOW)
    look(database, reviewed)
    assert rows(database) == []


def test_decisions_are_taken_back_and_kept_with_who_when_and_why(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    bring(*DEARER)
    look(database, reviewed)
    refuse(database, words=CODE)
    with database.sessions() as session:
        (row,), _ = differences(session, Wanted("refused", words=CODE))
    assert (row.decided_by, row.reason, row.decided_at) == ("lan", "nguồn ghi nhầm", NOW)
    reopen(database.sessions, [row.id], "refused")
    assert {"30.000" in (fee or "") for fee in spoken_fee(database)} == {True}
    assert len(rows(database, words=CODE)) == 1


def test_two_people_decide_once(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    bring(*DEARER)
    look(database, reviewed)
    seen = numbers(database, words=CODE)
    refuse(database, words=CODE)
    with pytest.raises(DecidedMeanwhileError):
        decide(database.sessions, seen, "accepted", by="hoa", reason="", now=NOW)
    with pytest.raises(DecidedMeanwhileError), database.sessions() as session:
        chosen(session, seen)
    with pytest.raises(DecidedMeanwhileError):
        decide(database.sessions, [], "accepted", by="hoa", reason="", now=NOW)
    with database.sessions() as session:
        assert counts(session)["imported", "refused"] == 1


def test_reviewed_facts_are_compared_with_the_import(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring(AS_FIRST)
    look(database, reviewed)
    found = {row[1]: row for row in rows(database, kind="reviewed")}
    assert {"fee", "legal_basis"} <= set(found)
    assert "level" not in found, "what the review leaves out is no difference"
    assert found["fee"][2] == "8.000 đồng"
    assert "20.000" in found["fee"][3]


def test_what_was_refused_of_a_reviewed_procedure_comes_back_only_with_another_value(
    database: Database, bring: Bring, reviewed: Catalogue
) -> None:
    bring(AS_FIRST)
    look(database, reviewed)
    refuse(database, part="fee")
    look(database, reviewed, "another release")
    assert rows(database, part="fee") == []
    bring(AS_FIRST, *DEARER)
    look(database, reviewed)
    assert len(rows(database, part="fee", kind="reviewed")) == 1


def test_what_the_review_takes_over_differs_no_more(database: Database, bring: Bring, source: ReviewedSource) -> None:
    bring(AS_FIRST)
    look(database, source.without_database().catalogue)
    path = source.shipped / "procedures" / f"{FIRST}.yml"
    text = path.read_text(encoding="utf-8").replace("8.000 đồng", "20.000 đồng").replace("8000\n", "20000\n")
    path.write_text(text, encoding="utf-8")
    look(database, load_catalogue(source.shipped), "r1")
    assert rows(database, part="fee", kind="reviewed") == []


def test_a_proposal_that_comes_to_nothing_asks_again(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring(AS_FIRST)
    look(database, reviewed)
    decide(database.sessions, numbers(database, part="fee"), "accepted", by="lan", reason="", now=NOW, proposal=7)
    assert rows(database, part="fee") == []
    with writing(database.sessions) as session:
        reopen_of_proposal(session, 7)
    assert len(rows(database, part="fee")) == 1


def test_words_are_found_by_code_and_name_and_signs_mean_themselves(
    database: Database, bring: Bring, reviewed: Catalogue
) -> None:
    bring(AS_FIRST)
    look(database, reviewed)
    everything = len(rows(database))
    assert len(rows(database, words="nuôi mèo")) == len(rows(database, words=FIRST)) == everything > 0
    assert rows(database, words="%") == rows(database, words="_") == []


def test_pages_hold_a_bounded_number(
    database: Database, bring: Bring, reviewed: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences_module, "PAGE", 1)
    bring(AS_FIRST)
    look(database, reviewed)
    with database.sessions() as session:
        (first,), total = differences(session, Wanted())
        (second,), _ = differences(session, Wanted(), 2)
        assert differences(session, Wanted(), total + 1)[0] == []
    assert first.id != second.id


def test_stored_records_stay_as_the_source_wrote_them(database: Database, bring: Bring, reviewed: Catalogue) -> None:
    bring()
    look(database, reviewed)
    bring(*DEARER)
    look(database, reviewed)
    refuse(database, words=CODE)
    with database.sessions() as session:
        members = live_members(session, live_pointer(session).version)
        ((_, payload),) = payloads_of(session, [(CODE, members[CODE])])
    assert {fee.amount_vnd for fee in from_json(payload, CODE).fees} == {30000}
