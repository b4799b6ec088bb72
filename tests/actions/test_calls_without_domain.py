"""The engine sends no domain to our actions; they are carried out all the same."""

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.calls_without_domain import DomainlessExecutor


class Says(Action):  # type: ignore[misc] # rasa-sdk ships no types
    def name(self) -> str:
        return "action_says"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(text=f"{tracker.sender_id} {domain}")
        return []


def test_a_call_without_a_domain_is_carried_out() -> None:
    executor = DomainlessExecutor()
    executor.register_action(Says())
    call = {"next_action": "action_says", "sender_id": "c", "tracker": {"sender_id": "c", "slots": {}, "events": []}}
    found = asyncio.run(executor.run(call))
    assert found is not None
    assert found.responses[0]["text"] == "c {}"
