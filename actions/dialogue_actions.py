"""The actions that rules and stories name. Each stands for one capability; all of them are one turn of the dialogue,
so that a message with two needs is answered whole, whichever rule its main intent took."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.call_traces import carried_place
from actions.turns import SLOT, payloads, rasa_buttons, turn_of
from bot import tracing
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState
from bot.metrics.declared import ACTION_SECONDS, ACTIONS

ACTION_NAMES = (
    "action_answer_procedure",
    "action_check_status",
    "action_open_handoff",
    "action_complaint",
    "action_recover",
    "action_continue",
    "action_start_submission",
    "action_guide",
    "action_small_talk",
)


class DialogueAction(Action):  # type: ignore[misc] # rasa-sdk ships no types
    """One turn of the dialogue under the name that a rule gives it."""

    def __init__(self, name: str, services: Callable[[], Services]) -> None:
        """``services`` is asked once a turn: another catalogue may have gone live since the last."""
        self._name = name
        self._services = services

    def name(self) -> str:
        """The name in ``domain/actions.yml``."""
        return self._name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:  # noqa: ARG002 (rasa-sdk)
        """Answers the latest message; the search and the portal's answer run in a thread, not in the event loop."""
        turn = turn_of(tracker.latest_message)
        state = DialogueState.from_slot(tracker.get_slot(SLOT))
        began, result = time.perf_counter(), "failed"
        try:
            with tracing.span("action", kind="server", parent=carried_place(), action=self._name, intent=turn.intent) as span:
                reply = await asyncio.to_thread(respond, turn, state, self._services())
                span.note(messages=len(reply.messages), channel=turn.channel, conversation_id=turn.conversation_id)
            result = "ok"
        finally:
            ACTIONS.labels(self._name, result).inc()
            ACTION_SECONDS.labels(self._name).observe(time.perf_counter() - began)
        if reply.small_talk:
            dispatcher.utter_message(response=f"utter_{reply.small_talk}", buttons=rasa_buttons(reply.offered))
        for payload in payloads(reply.messages, reply.handoff):
            dispatcher.utter_message(json_message=payload)
        return [SlotSet(SLOT, reply.state.to_slot())]
