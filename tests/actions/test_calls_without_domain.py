"""The engine leaves the domain out of its calls: an action runs all the same."""

import asyncio
from typing import Any

import pytest
from rasa_sdk import Action

from actions.executor import DomainlessExecutor


class Answers(Action):
    def name(self) -> str:
        return "action_answers"

    async def run(self, dispatcher: Any, _tracker: Any, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(text=f"{len(domain)} parts of a domain")
        return []


@pytest.mark.filterwarnings("ignore:.*might not be compatible")
def test_a_call_without_a_domain_is_carried_out() -> None:
    executor = DomainlessExecutor()
    executor.register_action(Answers())
    call = {"next_action": "action_answers", "sender_id": "x", "version": "3.6.21", "tracker": {"sender_id": "x", "slots": {}}}
    result = asyncio.run(executor.run(call))
    assert result.model_dump()["responses"][0]["text"] == "0 parts of a domain"
