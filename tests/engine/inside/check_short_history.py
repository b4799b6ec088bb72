# ruff: noqa: E402, PT009 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: policies cannot tell a shortened conversation from the whole one, over talks of every kind."""

import json
import random
import unittest
from collections.abc import Iterator
from typing import Any

from engine.import_stub import install_import_stub

install_import_stub()

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from engine.short_history import History, shortened

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet, ask, deny]
entities: [place]
slots:
  dialogue: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  level: {type: categorical, values: [a, b], influence_conversation: true, mappings: [{type: custom}]}
  known: {type: bool, influence_conversation: true, initial_value: true, mappings: [{type: custom}]}
actions: [action_answer, action_more]
forms: {form_x: {required_slots: []}}
"""
)
HISTORY = History(states=3, visible=3)
LISTEN = "action_listen"
RULE_ONLY = {"rule_only_slots": ["level"], "rule_only_loops": []}


def session() -> list[Event]:
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted(LISTEN)]


def words(dice: random.Random) -> list[Event]:
    intent = dice.choice(["greet", "ask", "deny"])
    entities = [{"entity": "place", "value": "phường Nếnh"}] if dice.random() < 0.3 else []
    ranking = {"intent_ranking": [{"name": intent, "confidence": 0.9}], "clauses": []}
    said = UserUttered(f"câu {dice.random()}", {"name": intent, "confidence": 0.9}, entities, ranking, input_channel="motcua")
    return [said, DefinePrevUserUtteredFeaturization(False)]


def slots(dice: random.Random) -> list[Event]:
    chosen: list[Event] = [SlotSet("dialogue", json.dumps({"n": dice.random()}))]
    if dice.random() < 0.3:
        chosen.append(SlotSet("level", dice.choice(["a", "b", None])))
    if dice.random() < 0.2:
        chosen.append(SlotSet("known", dice.choice([True, False])))
    return chosen


def plain_turn(dice: random.Random) -> list[Event]:
    """Words, one or two actions and listening; either may come from a rule that no story tells."""
    events = words(dice)
    for name in dice.choice([["action_answer"], ["action_answer", "action_more"], ["action_more"]]):
        events += [ActionExecuted(name, hide_rule_turn=dice.random() < 0.4), *slots(dice), BotUttered("lời " * 40)]
    return [*events, ActionExecuted(LISTEN, hide_rule_turn=dice.random() < 0.4)]


def hidden_turn(dice: random.Random) -> list[Event]:
    events = [*words(dice), ActionExecuted("action_answer", hide_rule_turn=True), *slots(dice)]
    return [*events, ActionExecuted(LISTEN, hide_rule_turn=True)]


def odd_turn(dice: random.Random) -> list[Event]:
    taken_back = [*words(dice), ActionExecuted("action_answer"), UserUtteranceReverted(), ActionExecuted(LISTEN)]
    return dice.choice(
        [
            taken_back,
            [*words(dice), ActionExecuted("action_answer"), ActionReverted(), ActionExecuted("action_more"),
             ActionExecuted(LISTEN)],
            [*words(dice), AllSlotsReset(), ActionExecuted("action_more"), ActionExecuted(LISTEN)],
            [*words(dice), ActionExecuted("action_answer"), FollowupAction("action_more"), ActionExecuted("action_more"),
             ActionExecuted(LISTEN)],
            [*words(dice), ConversationPaused(), ActionExecuted(LISTEN)],
            [ConversationResumed(), *words(dice), ActionExecuted("action_more"), ActionExecuted(LISTEN)],
            [*words(dice), ActionExecuted("action_restart"), Restarted(), *session()],
            session(),
        ]
    )  # fmt: skip


def form(dice: random.Random) -> Iterator[list[Event]]:
    """A form of several turns, with interruptions short and long."""
    yield [*words(dice), ActionExecuted("form_x"), ActiveLoop("form_x"), SlotSet("requested_slot", "a"), ActionExecuted(LISTEN)]
    for _ in range(dice.randrange(4)):
        yield [*words(dice), ActionExecuted("form_x"), *slots(dice), ActionExecuted(LISTEN)]
        if dice.random() < 0.3:
            yield [*words(dice), ActionExecuted("action_answer"), ActionExecuted("form_x"), ActionExecuted(LISTEN)]
    for _ in range(dice.choice([0, 6])):
        yield plain_turn(dice)
    yield [*words(dice), ActionExecuted("form_x"), ActiveLoop(None), SlotSet("requested_slot", None), ActionExecuted(LISTEN)]


def talk(dice: random.Random, turns: int) -> Iterator[list[Event]]:
    yield session()
    odd, hidden = dice.choice([0, 0, 0.1]), dice.choice([0, 0.3, 0.9])
    for _ in range(turns):
        chance = dice.random()
        if chance < odd:
            yield odd_turn(dice)
        elif chance < odd * 1.5:
            yield from form(dice)
        else:
            yield hidden_turn(dice) if dice.random() < hidden else plain_turn(dice)


def loaded(events: list[dict[str, Any]]) -> DialogueStateTracker:
    return DialogueStateTracker.from_dict("c", json.loads(json.dumps(events)), DOMAIN.slots)


def seen_by_policies(tracker: DialogueStateTracker) -> dict[str, Any]:
    states = DOMAIN.states_for_tracker_history(tracker)
    visible = DOMAIN.states_for_tracker_history(tracker, ignore_rule_only_turns=True, rule_only_data=RULE_ONLY)
    return {"states": states[-HISTORY.states :], "visible": visible[-HISTORY.visible :]}


def state_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    state = tracker.current_state()
    del state["latest_event_time"]
    return state


class ShortenedTalks(unittest.TestCase):
    def compare(self, whole: DialogueStateTracker, short: DialogueStateTracker, why: str) -> None:
        self.assertEqual(state_of(short), state_of(whole), why)
        self.assertEqual(seen_by_policies(short), seen_by_policies(whole), why)

    def test_policies_see_the_same_after_every_event_of_long_talks(self) -> None:
        for seed in range(50):
            dice = random.Random(seed)
            told: list[dict[str, Any]] = []
            kept: list[dict[str, Any]] = []
            for number, events in enumerate(talk(dice, 14)):
                short, whole = loaded(kept), loaded(told)
                self.compare(whole, short, f"seed {seed}, before turn {number}")
                for event in events:
                    short.update(event)
                    whole.update(event)
                    if isinstance(event, UserUttered | ActionExecuted):
                        self.compare(whole, short, f"seed {seed}, turn {number}, {event}")
                told = [event.as_dict() for event in whole.events]
                kept = shortened(short, HISTORY)

    def test_a_long_plain_talk_stays_short(self) -> None:
        dice = random.Random(5)
        kept: list[dict[str, Any]] = []
        sizes = []
        for _ in range(100):
            short = loaded(kept)
            for event in [*([] if kept else session()), *words(dice), ActionExecuted("action_answer"), *slots(dice),
                          BotUttered("lời " * 40), ActionExecuted(LISTEN)]:  # fmt: skip
                short.update(event)
            kept = shortened(short, HISTORY)
            sizes.append(len(kept))
        self.assertLess(max(sizes[50:]), max(sizes[:10]) + 3)
        self.assertLess(max(sizes), 30)

    def test_many_turns_of_rules_alone_stay_short(self) -> None:
        dice = random.Random(6)
        kept = [event.as_dict() for event in [*session(), *plain_turn(dice), *plain_turn(dice)]]
        for _ in range(60):
            short = loaded(kept)
            for event in hidden_turn(dice):
                short.update(event)
            kept = shortened(short, HISTORY)
        self.assertLess(len(kept), 40)

    def test_without_knowing_the_policies_everything_is_kept(self) -> None:
        dice = random.Random(7)
        whole = loaded([])
        for events in talk(dice, 10):
            for event in events:
                whole.update(event)
        self.assertEqual(len(shortened(whole, None)), len(whole.events))


if __name__ == "__main__":
    unittest.main()
