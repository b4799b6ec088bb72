"""Thanks, greetings and farewells are answered from the domain's responses, unless something is open that they answer."""

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.dialogue_actions import DialogueAction
from actions.turns import SLOT
from bot.storage.database import Database
from tests.actions.form_talk import FormTalk
from tests.actions.test_submissions import CODE, Portal

FUNERAL_SUPPORT = "1.001731"
"""A form that asks for a name first."""


@pytest.fixture
def talk(small_ledger: Database) -> FormTalk:
    return FormTalk(small_ledger, Portal())


def test_a_farewell_that_puts_the_form_off_keeps_the_draft(talk: FormTalk) -> None:
    talk.presses("open", procedure_code=CODE)
    said = talk.says("thôi để mai làm tiếp", "goodbye", 0.95)
    assert "đã giữ bản nháp" in said
    assert talk.last.small_talk is None
    assert talk.state.draft_id is None
    assert len(talk.submissions.open_drafts(talk.id)) == 1


def test_thanks_in_the_middle_of_a_form_are_answered_and_the_field_is_asked_again(talk: FormTalk) -> None:
    question = talk.presses("open", procedure_code=CODE).splitlines()[-1]
    said = talk.says("cảm ơn nhé", "thank", 0.97)
    assert talk.last.small_talk == "thank"
    assert question in said
    assert talk.state.draft_id is not None


def test_a_name_that_reads_like_a_greeting_is_the_answer_to_the_form(talk: FormTalk) -> None:
    talk.presses("open", procedure_code=FUNERAL_SUPPORT)
    said = talk.says("Trần Văn Chào", "greet", 0.9)
    assert talk.last.small_talk is None
    assert "(2/" in said


def test_thanks_while_a_code_is_waited_for_leave_the_question_open(talk: FormTalk) -> None:
    talk.says("hồ sơ của tôi đến đâu rồi", "check_status", 0.95)
    talk.says("cảm ơn", "thank", 0.97)
    assert talk.last.small_talk == "thank"
    assert talk.last.messages[-1].expects == "dossier_code"


def test_the_action_says_the_domain_s_response(talk: FormTalk) -> None:
    message: dict[str, Any] = {
        "text": "xin chào",
        "intent": {"name": "greet", "confidence": 0.99},
        "metadata": {"conversation_id": "c1"},
    }
    tracker = Tracker("c1.1", {}, message, [], False, None, {}, "action_listen")
    said = CollectingDispatcher()
    events = asyncio.run(DialogueAction("action_small_talk", lambda: talk.services).run(said, tracker, {}))
    assert [one["response"] for one in said.messages] == ["utter_greet"]
    assert events[0]["name"] == SLOT
