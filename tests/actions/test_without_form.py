"""What is told where a procedure cannot be filled in here: the right page, the nearest place, the steps, the papers, and help."""

from dataclasses import replace

import pytest

from bot.dialogue.turn import DialogueState
from bot.storage.database import Database
from tests.actions.form_talk import CATALOGUE, FORMS, FormTalk
from tests.actions.test_submissions import Portal

WITHOUT = sorted(code for code, one in CATALOGUE.procedures.items() if code not in FORMS and one.online.available)
OWNERS = {CATALOGUE.procedures[code].official_link.owner: code for code in WITHOUT}


@pytest.fixture
def talk(database: Database) -> FormTalk:
    return FormTalk(database, Portal())


def asks_how(talk: FormTalk, code: str, place: str | None = None) -> str:
    talk.state = DialogueState(procedure_code=code, place_id=place)
    return talk.says("tôi muốn nộp hồ sơ", "start_submission", 0.95)


@pytest.mark.parametrize("owner", sorted(OWNERS))
def test_the_page_is_that_of_this_procedure_with_its_owner(talk: FormTalk, owner: str) -> None:
    said = asks_how(talk, OWNERS[owner])
    link = CATALOGUE.procedures[OWNERS[owner]].official_link
    assert link.url in said
    assert f"của {owner}" in said
    assert "Gặp cán bộ" in said
    assert not any(one.entities.get("do") == "open" for m in talk.last.messages for one in m.buttons)


def test_steps_and_papers_or_the_case_follow(talk: FormTalk) -> None:
    for code in WITHOUT[:12]:
        asks_how(talk, code)
        facets = [message.facet for message in talk.last.messages]
        assert facets[0] == "submission"
        assert "steps" in facets
        last = talk.last.messages[-1]
        assert last.facet == "documents" or talk.state.pending is not None, code


def test_a_case_chosen_then_shows_its_papers(talk: FormTalk) -> None:
    for code in WITHOUT:
        asks_how(talk, code)
        if talk.state.pending is not None and talk.state.pending.kind == "case":
            chosen = next(iter(talk.state.pending.options))
            talk.acts("choose_case", case_id=chosen, procedure_code=code)
            assert talk.last.messages[0].facet == "documents"
            return
    pytest.fail("no procedure asks for a case")


def test_the_nearest_place_is_named_where_the_ward_is_known(talk: FormTalk) -> None:
    code = next(code for code in WITHOUT if CATALOGUE.procedures[code].receiving_agency == "tthcc-xa")
    assert "cho biết phường, xã" in asks_how(talk, code)
    ward = next(place for place in CATALOGUE.places if place.name == "Kinh Bắc")
    assert "gần nhất" in asks_how(talk, code, ward.id)
    assert "phường Kinh Bắc" in asks_how(talk, code, ward.id)


def test_a_hotline_is_named_only_where_one_is_set(talk: FormTalk) -> None:
    assert "gọi " not in asks_how(talk, WITHOUT[0])
    talk.services = replace(talk.services, hotline="1900 1234")
    assert "gọi 1900 1234" in asks_how(talk, WITHOUT[0])


def test_with_a_form_the_form_is_offered_instead(talk: FormTalk) -> None:
    asks_how(talk, "1.001193")
    assert [m.facet for m in talk.last.messages] == ["submission"]
    assert talk.last.messages[0].buttons[0].entities["do"] == "open"
