# ruff: noqa: E402, PT009 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: the states that are made once for all policies are those that stock Rasa makes for each."""

import copy
import random
import unittest
import unittest.mock
from typing import Any

from engine.import_stub import install_import_stub

install_import_stub()

from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from engine import patches
from tests.engine.inside.check_short_history import DOMAIN, RULE_ONLY, loaded, talk

WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"omit_unset_slots": True},
    {"ignore_rule_only_turns": True},
    {"ignore_rule_only_turns": True, "rule_only_data": RULE_ONLY},
    {"ignore_rule_only_turns": True, "rule_only_data": {"rule_only_slots": ["known"], "rule_only_loops": ["form_x"]}},
)
STOCK_STATES, STOCK_APPLIED = Domain.states_for_tracker_history, DialogueStateTracker.applied_events


class SharedStates(unittest.TestCase):
    def setUp(self) -> None:
        for owner, name in ((Domain, "states_for_tracker_history"), (DialogueStateTracker, "applied_events")):
            self.addCleanup(setattr, owner, name, owner.__dict__[name])
        patches.share_states()

    def compare(self, tracker: DialogueStateTracker, why: str) -> None:
        self.assertEqual(tracker.applied_events(), STOCK_APPLIED(tracker), why)
        with unittest.mock.patch.object(DialogueStateTracker, "applied_events", STOCK_APPLIED):
            stock = [STOCK_STATES(DOMAIN, tracker, **way) for way in WAYS]
        self.assertEqual([tracker.past_states(DOMAIN, **way) for way in WAYS], stock, why)

    def test_every_way_of_asking_gives_the_stock_states_after_every_event_of_talks_of_every_kind(self) -> None:
        asked = 0
        for seed in range(15):
            tracker = loaded([])
            for number, events in enumerate(talk(random.Random(seed), 10)):
                for event in events:
                    tracker.update(event)
                    self.compare(tracker, f"seed {seed}, turn {number}, {event}")
                    asked += 1
                again = loaded([event.as_dict() for event in tracker.events])
                self.compare(again, f"seed {seed}, turn {number}, loaded again")
        self.assertGreater(asked, 500)

    def test_who_changes_the_states_that_he_got_changes_nobody_elses(self) -> None:
        tracker = loaded([])
        for events in talk(random.Random(3), 8):
            for event in events:
                tracker.update(event)
        untouched = copy.deepcopy(tracker.past_states(DOMAIN, **WAYS[3]))
        for way in WAYS:
            for state in tracker.past_states(DOMAIN, **way):
                for part in state.values():
                    part.clear()
        self.assertEqual(tracker.past_states(DOMAIN, **WAYS[3]), untouched)

    def test_a_conversation_is_played_once_however_many_ask(self) -> None:
        tracker = loaded([])
        for events in talk(random.Random(1), 5):
            for event in events:
                tracker.update(event)
        with unittest.mock.patch.object(DOMAIN, "_get_slots_sub_state", wraps=DOMAIN._get_slots_sub_state) as made:
            for way in (WAYS[0], WAYS[2], WAYS[3], WAYS[0]):
                states = tracker.past_states(DOMAIN, **way)
        self.assertGreaterEqual(made.call_count, len(states))
        self.assertLess(made.call_count, 2 * len(tracker.past_states(DOMAIN)))


if __name__ == "__main__":
    unittest.main()
