"""Narrow changes to Rasa 3.6.21, each for a measured or proven fault; every one refuses any other version by name.

1. ``cache_action_reply_validator``: stock Rasa re-checks its constant JSON schema for every reply of the action server
   (more than half of the time of a turn with an action).
2. ``cache_event_types``: stock Rasa walks all subclasses of ``Event`` for every event of every tracker it loads.
3. ``run_graphs_without_dask``: stock Rasa builds and schedules a dask graph per message; the order is the same each time.
4. ``index_rules``: stock Rasa compares every rule with the conversation for every prediction.
5. ``tell_actions_the_turn``: stock Rasa sends the action server all events of the conversation.
6. ``copy_nothing_for_silent_logs``: stock Rasa copies events and states deeply for debug lines that are never written.
7. ``share_states``: stock Rasa plays the whole conversation again for each policy and each way of asking.
8. ``keep_connections_to_actions``: stock Rasa makes a session and a connection for each call of the action server.
9. ``compare_domains_once``: stock Rasa builds an empty domain for each message and compares the whole of ours with it.
10. ``let_tracker_store_fail``: stock Rasa falls back to memory when its database is away, so conversations restart and
   turns are lost without an error.
11. ``report_failed_actions``: stock Rasa logs a failed call of the action server and goes on as if the action had said nothing.
12. ``check_pulled_models``: stock Rasa loads whatever a model server sent, whole or not, and keeps no copy.

Tests compare 1 to 9 with the stock functions.
"""

import copy
import functools
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine import slots
from engine.metrics import ACTION_CALLS, ACTION_SECONDS
from engine.version_check import RASA_VERSION

logger = logging.getLogger(__name__)


class PatchRefusedError(Exception):
    """A patch was asked for on a Rasa that it was not written for."""


def _require_rasa(patch: str) -> None:
    import rasa

    if rasa.__version__ != RASA_VERSION:
        raise PatchRefusedError(f"{patch} is written for rasa {RASA_VERSION}, this is rasa {rasa.__version__}")


def cache_action_reply_validator() -> None:
    """``RemoteAction._validate_action_result`` with a validator that is built once, and asked only about replies that are not
    plainly valid; same results, same errors."""
    _require_rasa("cache_action_reply_validator")
    import jsonschema
    from jsonschema.exceptions import best_match
    from rasa.core.actions.action import RemoteAction
    from rasa.shared.constants import DOCS_BASE_URL

    from engine.action_calls import plainly_valid

    schema = RemoteAction.action_response_format_spec()
    # The choice and the check of the class are what jsonschema.validate does, once instead of per reply.
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        del self
        if plainly_valid(result):
            return True
        error = best_match(validator.iter_errors(result))
        if error is None:
            return True
        error.message += (
            f". Failed to validate Action server response from API, make sure your response from the Action endpoint is valid. "
            f"For more information about the format visit {DOCS_BASE_URL}/custom-actions"
        )
        raise error

    RemoteAction._validate_action_result = validate_action_result


def cache_event_types() -> None:
    """``Event.resolve_by_type`` that remembers the class of a name once found. Unknown names are looked up each time, so a
    class that is defined later is found."""
    _require_rasa("cache_event_types")
    from rasa.shared.core.events import Event

    stock: Callable[..., type[Event] | None] = Event.resolve_by_type
    known: dict[str, type[Event]] = {}

    def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
        cached = known.get(type_name)
        if cached is not None:
            return cached
        found = stock(type_name, default)
        if found is not None and found.type_name == type_name:
            known[type_name] = found
        return found

    Event.resolve_by_type = staticmethod(resolve_by_type)


def run_graphs_without_dask() -> None:
    """``DaskGraphRunner.run`` that calls the nodes in an order computed once per set of targets.

    Training runs keep the stock runner: there each graph runs once and nodes are built while it runs.
    """
    _require_rasa("run_graphs_without_dask")
    from rasa.engine.exceptions import GraphRunError
    from rasa.engine.runner.dask import DaskGraphRunner

    stock: Callable[..., dict[str, Any]] = DaskGraphRunner.run

    @functools.wraps(stock)
    def run(self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        if not all(node.eager for node in self._graph_schema.nodes.values()):
            return stock(self, inputs, targets)
        wanted = targets if targets else self._graph_schema.target_names
        plan = _plan(self, tuple(wanted))
        results = _named_inputs(inputs or {}, plan)
        try:
            for name, needs in plan:
                if name not in results:
                    # As in dask: a need that nothing provides arrives as its bare name.
                    results[name] = self._instantiated_nodes[name](*[results.get(need, need) for need in needs])
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(results[target] for target in wanted)

    def _named_inputs(inputs: dict[str, Any], plan: Sequence[tuple[str, Sequence[str]]]) -> dict[str, Any]:
        names = {name for name, _ in plan}
        for value in inputs.values():
            if isinstance(value, str) and value in names:
                raise GraphRunError(f"Input value '{value}' clashes with a node name.")
        return {name: (name, value) for name, value in inputs.items()}

    DaskGraphRunner.run = run


def _plan(runner: Any, targets: tuple[str, ...]) -> Sequence[tuple[str, Sequence[str]]]:
    """Node names with their needs, needs first, for these targets; kept on the runner, whose schema never changes."""
    plans: dict[tuple[str, ...], list[tuple[str, Sequence[str]]]] = runner.__dict__.setdefault("_plans", {})
    if targets not in plans:
        nodes = runner._graph_schema.minimal_graph_schema(list(targets)).nodes
        ordered: dict[str, Sequence[str]] = {}

        def visit(name: str) -> None:
            if name in ordered or name not in nodes:
                return
            needs = tuple(nodes[name].needs.values())
            for need in needs:
                visit(need)
            ordered[name] = needs

        for target in targets:
            visit(target)
        plans[targets] = list(ordered.items())
    return plans[targets]


def index_rules() -> None:
    """``RulePolicy._get_possible_keys`` by an index that is made at a rule table's first use; same keys. For served models, whose
    rules never change."""
    _require_rasa("index_rules")
    from rasa.core.policies.rule_policy import RULES_NOT_IN_STORIES, RulePolicy

    from engine.rule_index import RuleIndex

    def get_possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[Any]) -> set[str]:
        indexes: dict[int, tuple[dict[str, str], RuleIndex]] = self.__dict__.setdefault("_rule_indexes", {})
        if id(lookup) not in indexes:
            indexes[id(lookup)] = lookup, RuleIndex(lookup)  # with the table itself, so that its id stays its own
            # Asked for each prediction whether it holds a rule.
            self.lookup[RULES_NOT_IN_STORIES] = frozenset(self.lookup.get(RULES_NOT_IN_STORIES, ()))
        return indexes[id(lookup)][1].fitting(states)

    RulePolicy._get_possible_keys = get_possible_keys


def tell_actions_the_turn() -> None:
    """``RemoteAction._action_call_format`` with the events since the citizen's last words instead of all; slots, latest message
    and the rest as they are."""
    _require_rasa("tell_actions_the_turn")
    from rasa.core.actions.action import RemoteAction
    from rasa.shared.core.events import UserUttered

    stock = RemoteAction._action_call_format

    @functools.wraps(stock)
    def action_call_format(self: RemoteAction, tracker: Any, domain: Any) -> dict[str, Any]:
        events = tracker.events
        words = (place for place in range(len(events) - 1, -1, -1) if isinstance(events[place], UserUttered))
        turn = list(events)[next(words, 0) :]
        tracker.events = turn
        try:
            called: dict[str, Any] = stock(self, tracker, domain)
            return called
        finally:
            tracker.events = events

    RemoteAction._action_call_format = action_call_format


class _CopiesForLogs:
    """Stands for the module ``copy`` where Rasa uses it for the arguments of debug lines alone."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """The value itself."""
        return value


def copy_nothing_for_silent_logs() -> None:
    """In the modules that use ``copy.deepcopy`` only for arguments of ``structlogger.debug``: no copies. The level is never below
    INFO here, so the lines are never written (``engine.logs``)."""
    _require_rasa("copy_nothing_for_silent_logs")
    import rasa.core.policies.memoization
    import rasa.core.policies.rule_policy
    import rasa.core.processor

    for module in (rasa.core.processor, rasa.core.policies.rule_policy, rasa.core.policies.memoization):
        module.copy = _CopiesForLogs
    # A line a state, for the same debug line alone.
    rasa.core.policies.rule_policy.RulePolicy.format_tracker_states = staticmethod(lambda _states: "")


def share_states() -> None:
    """``Domain.states_for_tracker_history`` that plays a conversation once for all who ask, and
    ``DialogueStateTracker.applied_events`` without asking each event for its class; same states, same events."""
    _require_rasa("share_states")
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.trackers import DialogueStateTracker

    from engine.shared_states import quickly_applied, states_for_tracker_history

    Domain.states_for_tracker_history = states_for_tracker_history
    stock = DialogueStateTracker.applied_events

    @functools.wraps(stock)
    def applied_events(self: DialogueStateTracker) -> list[Any]:
        return quickly_applied(stock, self)

    DialogueStateTracker.applied_events = applied_events


def keep_connections_to_actions() -> None:
    """``EndpointConfig.request`` over kept connections, where the call is a plain one (``engine.action_calls``)."""
    _require_rasa("keep_connections_to_actions")
    from rasa.utils.endpoints import EndpointConfig

    from engine.action_calls import TO_ACTIONS, is_plain

    stock = EndpointConfig.request

    @functools.wraps(stock)
    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Any:
        if args or not is_plain(self, kwargs):
            return await stock(self, *args, **kwargs)
        headers = {**(kwargs.get("headers") or {}), **self.headers}
        return await TO_ACTIONS.ask(self.url, kwargs["json"], headers, kwargs["timeout"])

    EndpointConfig.request = request


def compare_domains_once() -> None:
    """``Domain.is_empty`` that remembers its answer; asked for each message. For served domains, which never change."""
    _require_rasa("compare_domains_once")
    from rasa.shared.core.domain import Domain

    stock = Domain.is_empty

    @functools.wraps(stock)
    def is_empty(self: Domain) -> bool:
        if "_is_empty" not in self.__dict__:
            self.__dict__["_is_empty"] = stock(self)
        return bool(self.__dict__["_is_empty"])

    Domain.is_empty = is_empty


def let_tracker_store_fail() -> None:
    """``Agent`` uses our tracker store as it is, instead of wrapping it in one that falls back to memory."""
    _require_rasa("let_tracker_store_fail")
    from rasa.core.agent import Agent

    from engine.tracker_store import LoudTrackerStore

    stock = Agent._create_tracker_store

    def create_tracker_store(store: Any, domain: Any) -> Any:
        if isinstance(store, LoudTrackerStore):
            store.domain = domain
            return store
        return stock(store, domain)

    Agent._create_tracker_store = staticmethod(create_tracker_store)


def report_failed_actions(timeout_seconds: float) -> None:
    """``RemoteAction.run`` that notes a failed call at the turn's output channel, and gives up after ``timeout_seconds``
    (stock: 300). Rasa then goes on as it always does; a rejection (``ActionExecutionRejection``) is no failure."""
    _require_rasa("report_failed_actions")
    import rasa.core.actions.action as action_module
    from rasa.core.actions.action import ActionExecutionRejection, RemoteAction

    from engine.turn_output import TurnOutput

    stock = RemoteAction.run

    @functools.wraps(stock)
    async def run(self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> Any:
        if not isinstance(output_channel, TurnOutput):
            return await stock(self, output_channel, nlg, tracker, domain)
        failed, began = True, time.perf_counter()
        try:
            result = await stock(self, output_channel, nlg, tracker, domain)
            failed = False
        except ActionExecutionRejection:
            failed = False
            logger.info("action.rejected name=%s", self.name())
            raise
        finally:
            # Also when the turn's time is up and this call is cancelled.
            ACTION_SECONDS.observe(time.perf_counter() - began)
            ACTION_CALLS.labels(self.name(), "failed" if failed else "ok").inc()
            if failed:
                logger.error("action.failed name=%s", self.name())
                output_channel.failed_actions.append(self.name())
        return result

    action_module.DEFAULT_REQUEST_TIMEOUT = timeout_seconds
    RemoteAction.run = run


def apply_patches(action_timeout_seconds: float, *, for_speed: bool = True) -> None:
    """All patches, once per process, after ``rasa`` can be imported and before a model is loaded. Without ``for_speed`` only
    those that change what happens: Rasa then costs what it costs as it comes (``launch run --unpatched``)."""
    if for_speed:
        cache_action_reply_validator()
        cache_event_types()
        run_graphs_without_dask()
        index_rules()
        tell_actions_the_turn()
        copy_nothing_for_silent_logs()
        share_states()
        keep_connections_to_actions()
        compare_domains_once()
    let_tracker_store_fail()
    report_failed_actions(action_timeout_seconds)


def check_pulled_models(slot: slots.Slot) -> None:
    """Makes Rasa load only a model whose SHA-256 is the ``ETag`` that came with it, and keeps a copy of that."""
    _require_rasa("check_pulled_models")
    import rasa.core.agent

    stock = rasa.core.agent._pull_model_and_fingerprint

    async def pull_model_and_fingerprint(model_server: Any, fingerprint: str | None, model_directory: str) -> str | None:
        etag: str | None = await stock(model_server, fingerprint, model_directory)
        if etag is None:
            return None
        pulled, wanted = next(Path(model_directory).iterdir()), etag.strip('"')
        if slots.sha256_of(pulled) != wanted:
            logger.error("model.not_whole name=%s", pulled.name)
            return None
        slots.SERVED.sha256, slots.SERVED.name = wanted, pulled.name
        try:
            slots.keep_model(slot, pulled, wanted)
        except OSError as error:
            logger.warning("model.not_kept %s", error)
        return etag

    rasa.core.agent._pull_model_and_fingerprint = pull_model_and_fingerprint
