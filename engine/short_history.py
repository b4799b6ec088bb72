"""How much of a conversation a model's policies look at, and a conversation shortened to that.

Stock Rasa replays a whole session for each message and lets policies look at the end of it. ``shortened`` gives a list of events
from which Rasa makes a tracker that the policies cannot tell from the whole one: same slots, same last states, same state of the
dialogue. It keeps the last turns as they are, the values of the slots before them, and turns further back only where a policy
that overlooks rules still sees them. Where the dialogue is not simply waiting for the citizen (a form is open, it is paused),
nothing is left out.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    EntitiesAdded,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

_LEAVE_NO_TRACE = (UserUttered, ActionExecuted, BotUttered, SlotSet, DefinePrevUserUtteredFeaturization, EntitiesAdded)
_MARGIN = 2  # one more turn than rules ask for: what a turn takes back (UserUtteranceReverted) is there

Turn = Sequence[Event]


@dataclass(frozen=True)
class History:
    """``states``: so many of the last states matter to rules. ``visible``: so many that do not come from rules alone matter to
    policies that overlook such turns (``hide_rule_turn``)."""

    states: int
    visible: int


def components_of(runner: Any) -> list[Any]:
    """The parts of a loaded model."""
    return [node._component for node in runner._instantiated_nodes.values()]


def history_of(components: Iterable[Any]) -> History | None:
    """What the policies among a model's components look at; None where one of them may look at everything."""
    states = visible = 0
    for policy in (one for one in components if isinstance(one, Policy)):
        if type(policy) is RulePolicy:
            keys = [key for kind in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH) for key in policy.lookup.get(kind, ())]
            states = max([states, *(len(json.loads(key)) for key in keys)])
        elif type(policy) is MemoizationPolicy and getattr(policy.featurizer, "max_history", None):
            visible = max(visible, policy.featurizer.max_history)
        else:
            return None
    return History(states, visible)


def shortened(tracker: DialogueStateTracker, history: History | None) -> list[dict[str, Any]]:
    """The events, as JSON, that stand for the tracker. With ``history`` None, all of them."""
    short = _short(tracker, history) if history is not None else None
    return [event.as_dict() for event in tracker.events] if short is None else short


def _short(tracker: DialogueStateTracker, history: History) -> list[dict[str, Any]] | None:
    waits = tracker.latest_action_name == ACTION_LISTEN_NAME and tracker.followup_action is None
    if not waits or tracker.active_loop is not None or tracker.is_paused():
        return None
    applied = tracker.applied_events()
    if tracker.latest_message is not _last(applied, UserUttered):
        return None  # a form that has just ended takes back the words of its turns
    first, *turns = _turns(applied)
    kept = _kept(turns, history)
    oldest = min(kept, default=len(turns))
    before = [event for turn in (first, *turns[:oldest]) for event in turn]
    if _has_open_form(before):
        return None
    slots = _slot_values(before)
    events: list[Event] = []
    for number in range(oldest, len(turns)):
        if number in kept:
            events += [*slots.values(), *turns[number]]
            slots = {}
        else:
            slots |= _slot_values(turns[number])
    told = _told(_without_overwritten([*events, *slots.values()]))
    return [SessionStarted(timestamp=tracker.events[0].timestamp).as_dict(), *told]


def _turns(applied: Iterable[Event]) -> list[list[Event]]:
    """What came before the first listening, then a list for each listening with what followed it."""
    turns: list[list[Event]] = [[]]
    for event in applied:
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            turns.append([])
        turns[-1].append(event)
    return turns


def _kept(turns: Sequence[Turn], history: History) -> set[int]:
    """The numbers of the turns that stay: the last ones, until they hold enough states for rules, then those that are not made by
    rules alone, until the policies that overlook rules see enough."""
    kept: set[int] = set()
    states = visible = 0
    seen_enough = history.visible == 0
    for number in range(len(turns) - 1, -1, -1):
        enough_states = states >= history.states + _MARGIN
        if enough_states and seen_enough:
            break
        hidden = [event.hide_rule_turn for event in turns[number] if isinstance(event, ActionExecuted)]
        if enough_states and all(hidden) and all(isinstance(event, _LEAVE_NO_TRACE) for event in turns[number]):
            continue
        kept.add(number)
        states += len(hidden)
        visible += hidden.count(False)
        # Rasa puts older words and older actions in the place of hidden ones; from a turn on that begins with two visible
        # actions, nothing older shows through.
        if hidden[:2] == [False, False]:
            seen_enough = seen_enough or visible >= history.visible
    return kept


def _has_open_form(events: Turn) -> bool:
    """Whether a form is open after these events."""
    latest = _last(events, ActiveLoop)
    return latest is not None and bool(latest.name)


def _slot_values(events: Iterable[Event]) -> dict[str, Event]:
    """The last setting of each slot."""
    values: dict[str, Event] = {}
    for event in events:
        if isinstance(event, SlotSet):
            values.pop(event.key, None)
            values[event.key] = event
        elif isinstance(event, AllSlotsReset):
            values.clear()
    return values


def _last(events: Sequence[Event], kind: type[Event]) -> Any:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)


def _without_overwritten(events: Sequence[Event]) -> list[Event]:
    """Without the settings of slots that are set again before anything else happens."""
    kept: list[Event] = []
    settings: dict[str, Event] = {}
    for event in events:
        if not isinstance(event, SlotSet):
            kept += [*settings.values(), event]
            settings = {}
        else:
            settings |= {event.key: event}
    return [*kept, *settings.values()]


def _told(events: Sequence[Event]) -> list[dict[str, Any]]:
    """As JSON, without what nobody asks for again: what the bot said, and the ranking of the intents of earlier messages."""
    last_words, last_said = _last(events, UserUttered), _last(events, BotUttered)
    told = []
    for event in events:
        if isinstance(event, BotUttered) and event is not last_said:
            continue
        data = event.as_dict()
        if isinstance(event, UserUttered) and event is not last_words:
            data["parse_data"] = {name: value for name, value in data["parse_data"].items() if name != "intent_ranking"}
        told.append(data)
    return told
