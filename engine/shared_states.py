"""The states of a conversation, made once for all policies that ask for them.

Stock Rasa plays the whole conversation again for each policy and each way of asking, about five times a turn. Here one play gives
what all of them need, and is kept with the tracker until an event is added.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rasa.shared.core.constants import ACTIVE_LOOP, PREVIOUS_ACTION, SLOTS, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionReverted, ActiveLoop, Event, Restarted, SessionStarted, UserUtteranceReverted
from rasa.shared.core.trackers import DialogueStateTracker

State = dict[str, Any]


@dataclass(frozen=True)
class _Moment:
    """The conversation before an action: its state, the action before, whether the one that follows is hidden from policies
    that overlook rules, and whether it may change that."""

    state: State
    action_before: Any
    hidden: bool
    decides: bool


@dataclass(frozen=True)
class _Played:
    """The moments of a tracker with exactly these events, in this domain."""

    domain: Domain
    events: int
    last: Any
    moments: list[_Moment]


def states_for_tracker_history(
    domain: Domain,
    tracker: DialogueStateTracker,
    omit_unset_slots: bool = False,
    ignore_rule_only_turns: bool = False,
    rule_only_data: Mapping[str, Any] | None = None,
) -> list[State]:
    """As ``Domain.states_for_tracker_history``; the states are the caller's own."""
    moments = _moments(domain, tracker, omit_unset_slots)
    if not ignore_rule_only_turns:
        return [_copied(moment.state) for moment in moments]
    states: list[State] = []
    action_before = None
    hidden = False
    for moment in moments:
        if not hidden:
            action_before = moment.action_before
        if moment.decides:
            hidden = moment.hidden
        if hidden:
            continue
        state = _copied(moment.state)
        domain._remove_rule_only_features(state, rule_only_data)
        if states:
            domain._substitute_rule_only_user_input(state, states[-1])
        if action_before:
            state[PREVIOUS_ACTION] = dict(action_before)
        states.append(domain._clean_state(state))
    return states


def _copied(state: State) -> State:
    """Rasa takes slots and a message's words out of the states that it gets."""
    return {part: dict(value) for part, value in state.items()}


def _moments(domain: Domain, tracker: DialogueStateTracker, omit_unset_slots: bool) -> list[_Moment]:
    """The moments, played anew where the tracker has other events than last time. Events are added and never changed after
    that, but for the words' use (``DefinePrevUserUtteredFeaturization``), which is an event too."""
    kept: dict[bool, _Played] = tracker.__dict__.setdefault("_played", {})
    events = tracker.events
    last = events[-1] if events else None
    played = kept.get(omit_unset_slots)
    if played is None or played.domain is not domain or played.events != len(events) or played.last is not last:
        played = _Played(domain, len(events), last, _play(domain, tracker, omit_unset_slots))
        kept[omit_unset_slots] = played
    return played.moments


def _play(domain: Domain, tracker: DialogueStateTracker, omit_unset_slots: bool) -> list[_Moment]:
    words: dict[int, tuple[Any, State]] = {}  # with the message itself, so that its id stays its own
    moments = []
    for before, hidden in tracker.generate_all_prior_trackers():
        message = before.latest_message
        if id(message) not in words:
            words[id(message)] = message, domain._get_user_sub_state(before)
        action_before = domain._get_prev_action_sub_state(before)
        state = {
            USER: words[id(message)][1],
            SLOTS: domain._get_slots_sub_state(before, omit_unset_slots=omit_unset_slots),
            PREVIOUS_ACTION: action_before,
            ACTIVE_LOOP: domain._get_active_loop_sub_state(before),
        }
        decides = not before.followup_action and before.latest_action_name != before.active_loop_name
        moments.append(_Moment(domain._clean_state(state), action_before, hidden, decides))
    return moments


@functools.cache
def _effect(kind: type[Event]) -> Literal["begins", "changes", "none"]:
    """What an event of this class can do to those before it. Asked once a class: Rasa's events are an abstract class, so that
    ``isinstance`` is slow for each."""
    if issubclass(kind, (Restarted, SessionStarted)):
        return "begins"
    return "changes" if issubclass(kind, (ActionReverted, UserUtteranceReverted, ActiveLoop)) else "none"


def quickly_applied(stock: Callable[[DialogueStateTracker], list[Event]], tracker: DialogueStateTracker) -> list[Event]:
    """As ``DialogueStateTracker.applied_events``: where nothing was taken back and no form was open, what came after the last
    beginning; ``stock`` tells the rest."""
    events = list(tracker.events)
    effects = [_effect(event.__class__) for event in events]
    if "changes" in effects:
        return stock(tracker)
    begins = len(effects) - 1 - effects[::-1].index("begins") if "begins" in effects else -1
    return events[begins + 1 :]
