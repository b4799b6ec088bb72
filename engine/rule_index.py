"""Which of a model's rules fit the end of a conversation, found by what they ask of the last state instead of by trying all.

Rasa's ``RulePolicy`` holds each rule as a JSON text and compares every one with the conversation for every prediction. Nearly
every rule names the intent and the action that come last: under these two it is looked up, and only what is found is compared.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET

_ANY = None
State = Mapping[str, Any]
Place = tuple[Any, Any]
"""The intent and the last action that a rule asks for; ``_ANY`` where it asks for none."""


class RuleIndex:
    """The rules of one lookup table; the table must not change afterwards."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._rules: dict[Place, list[tuple[str, list[State]]]] = defaultdict(list)
        for key in keys:
            states = list(reversed(json.loads(key)))
            self._rules[_asked(states[0]) if states else (_ANY, _ANY)].append((key, states))

    def fitting(self, states: Sequence[State]) -> set[str]:
        """The keys that Rasa's ``_get_possible_keys`` would find for these states."""
        if not states:
            return {key for rules in self._rules.values() for key, _ in rules}
        backwards = states[::-1]
        intent, action = _present(backwards[0])
        places = {(one, other) for one in (intent, _ANY) for other in (action, _ANY)}
        return {
            key
            for place in places
            for key, rule in self._rules.get(place, ())
            if all(_fits(asked, there) for asked, there in zip(rule, backwards, strict=False))
        }


def _asked(state: State) -> Place:
    if not state.get(PREVIOUS_ACTION):
        return _ANY, _ANY  # the beginning of a conversation fits every beginning
    return _exactly(state.get("user", {}).get("intent")), _exactly(state.get(PREVIOUS_ACTION, {}).get("action_name"))


def _exactly(value: Any) -> Any:
    """What Rasa compares for equality; ``_ANY`` where the rule leaves it open or forbids it, which only comparing tells."""
    return value if isinstance(value, str) and value and value != SHOULD_NOT_BE_SET else _ANY


def _present(state: State) -> Place:
    return state.get("user", {}).get("intent"), state.get(PREVIOUS_ACTION, {}).get("action_name")


def _fits(asked: State, there: State) -> bool:
    """As ``RulePolicy._is_rule_applicable``: without an action before it, a state is the beginning of a conversation."""
    begins, is_beginning = not asked.get(PREVIOUS_ACTION), not there.get(PREVIOUS_ACTION)
    if begins or is_beginning:
        return begins and is_beginning
    return bool(RulePolicy._does_rule_match_state(asked, there))
