"""What a citizen does with a filed dossier while a form is open: the form waits, and goes on afterwards."""

from typing import Any

import pytest

from bot.portal.http_portal import HttpPortal
from bot.storage.database import Database
from tests.actions.form_talk import FormTalk
from tests.actions.test_filed_dossiers import OWNER, demo, knows, login

BIRTH = "1.001193"


@pytest.fixture
def client(portal: Any) -> HttpPortal:
    made: HttpPortal = portal.client()
    return made


@pytest.fixture
def talk(small_ledger: Database, client: HttpPortal) -> FormTalk:
    return FormTalk(small_ledger, client)


def test_a_withdrawal_is_led_to_its_end_and_the_form_goes_on(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, demo(portal, 4).code, login(portal, client, OWNER, "k1"))
    question = talk.presses("open", procedure_code=BIRTH).splitlines()[-1]
    draft = talk.state.draft_id
    assert "lý do" in talk.says("tôi muốn rút hồ sơ đã nộp", "withdraw_dossier", 0.95)
    talk.says("nộp nhầm nơi")
    said = talk.says("đồng ý", "affirm", 0.9)
    assert question in said
    assert talk.state.draft_id == draft


def test_a_code_and_its_words_are_the_dossier_s_while_they_are_asked_for(talk: FormTalk, portal: Any) -> None:
    talk.presses("open", procedure_code=BIRTH)
    draft = talk.state.draft_id
    talk.says(f"cho hỏi hồ sơ {demo(portal, 4).code} đến đâu", "check_status", 0.95)
    assert talk.state.pending is not None
    said = talk.says("tôi không nhớ mã")
    assert "mã tra cứu" in said or "cán bộ" in said
    assert talk.state.draft_id == draft


def test_a_wish_that_the_engine_is_not_sure_of_stays_the_form_s_answer(talk: FormTalk) -> None:
    talk.presses("open", procedure_code="1.001731")
    said = talk.says("Nguyễn Văn Rút", "withdraw_dossier", 0.5)
    assert "(2/" in said
