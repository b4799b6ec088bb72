# ruff: noqa: E402, PT009, PT027 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: each speed patch gives what stock Rasa gives."""

import ast
import asyncio
import copy
import itertools
import json
import random
import unittest
import unittest.mock
from pathlib import Path
from typing import Any, ClassVar

from engine.import_stub import install_import_stub

install_import_stub()

import rasa
import rasa.core.policies.memoization as memoization
import rasa.core.policies.rule_policy as rule_policy
import rasa.core.processor as processor
from jsonschema import ValidationError
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphComponentException, GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

from engine import patches
from engine.turn_output import TurnOutput


def outcome(call: Any, *args: Any) -> Any:
    """What a call returns, or as what it fails and with which words."""
    try:
        return call(*args)
    except (ValidationError, ValueError, GraphRunError, GraphComponentException, KeyError) as error:
        return type(error).__name__, str(error)


class RestoresRasa(unittest.TestCase):
    """Puts the stock functions back after each test."""

    def setUp(self) -> None:
        import rasa.core.actions.action as action_module

        for owner, name in (
            (RemoteAction, "_validate_action_result"), (RemoteAction, "run"), (Event, "resolve_by_type"),
            (DaskGraphRunner, "run"), (RulePolicy, "_get_possible_keys"), (RemoteAction, "_action_call_format"),
            (processor, "copy"), (rule_policy, "copy"), (memoization, "copy"), (Agent, "_create_tracker_store"),
            (action_module, "DEFAULT_REQUEST_TIMEOUT"), (Domain, "states_for_tracker_history"), (Domain, "is_empty"),
            (DialogueStateTracker, "applied_events"), (EndpointConfig, "request"), (Policy, "format_tracker_states"),
        ):  # fmt: skip
            stock = owner.__dict__[name]
            self.addCleanup(setattr, owner, name, stock)


class ActionReplies(RestoresRasa):
    REPLIES = (
        {}, {"events": []}, {"events": [], "responses": []}, {"events": [{"event": "slot", "name": "a", "value": 1}]},
        {"responses": [{"text": "a"}]}, {"events": [{"event": "nonsense"}]}, {"events": [{}]}, {"events": {}}, {"events": None},
        {"responses": ["a"]}, {"responses": "a"}, [], None, "text", 5, {"events": [{"event": "slot"}], "responses": [5]},
        {"events": [{"event": "slot", "name": 1, "value": 1}]}, {"events": [{"event": "slot", "name": "a"}]}, {"events": [[]]},
        {"events": [{"event": "followup"}, {"event": "rewind", "timestamp": 1.5}]}, {"events": [{"event": ["slot"]}]},
        {"events": [{"event": "followup", "timestamp": True}]}, {"events": [{"event": "restart", "metadata": []}]},
        {"events": [{"event": "user", "text": 5}]}, {"events": [{"event": "slot", "timestamp": "x"}]}, {"more": 1},
    )  # fmt: skip

    def test_every_reply_gets_the_stock_verdict(self) -> None:
        action = RemoteAction("action_x", None)
        stock = [outcome(action._validate_action_result, copy.deepcopy(reply)) for reply in self.REPLIES]
        patches.cache_action_reply_validator()
        for _ in range(2):
            patched = [outcome(action._validate_action_result, copy.deepcopy(reply)) for reply in self.REPLIES]
            self.assertEqual(patched, stock)
        self.assertIn(True, stock)
        self.assertGreater(sum(verdict is not True for verdict in stock), 5)


class EventTypes(RestoresRasa):
    def test_every_name_gives_the_stock_class(self) -> None:
        names = [*sorted({cls.type_name for cls in all_subclasses(Event)}), "topic", "nonsense", ""]
        calls = list(itertools.product(names, (None, Event)))
        stock = [outcome(Event.resolve_by_type, *call) for call in calls]
        patches.cache_event_types()
        for _ in range(2):
            self.assertEqual([outcome(Event.resolve_by_type, *call) for call in calls], stock)
        self.assertGreater(len(names), 20)

    def test_a_class_that_is_defined_later_is_found(self) -> None:
        patches.cache_event_types()
        self.assertIsNone(outcome(Event.resolve_by_type, "topic"))

        class Later(Event):
            type_name = "defined_later"

            def as_story_string(self) -> str:
                return ""

            def __eq__(self, other: object) -> bool:
                return self is other

        self.assertIs(Event.resolve_by_type("defined_later"), Later)


class Join(GraphComponent):
    """Joins what it gets, and counts how often it ran."""

    runs: ClassVar[dict[str, int]] = {}

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def create(cls, config: Any, model_storage: Any, resource: Any, execution_context: ExecutionContext) -> "Join":
        del config, model_storage, resource
        return cls(execution_context.node_name or "")

    def join(self, a: Any = "", b: Any = "", c: Any = "") -> str:
        Join.runs[self.name] = Join.runs.get(self.name, 0) + 1
        if "fail" in (a, b, c):
            raise RuntimeError("asked to fail")
        return f"{self.name}({a},{b},{c})"


def random_graph(dice: random.Random, size: int) -> GraphSchema:
    """A graph in which every node needs up to three earlier nodes or inputs."""
    nodes, providers = {}, ["in1", "in2"]
    for number in range(size):
        needs = dict(zip("abc", dice.sample(providers, min(len(providers), dice.randrange(4))), strict=False))
        name = f"n{number}"
        nodes[name] = SchemaNode(needs, Join, "create", "join", {}, eager=True, is_target=dice.random() < 0.3)
        providers.append(name)
    return GraphSchema(dict(dice.sample(list(nodes.items()), len(nodes))))


def runner_of(schema: GraphSchema) -> DaskGraphRunner:
    return DaskGraphRunner.create(schema, unittest.mock.Mock(), ExecutionContext(schema))


class Graphs(RestoresRasa):
    def test_random_graphs_give_the_stock_results_and_run_each_node_once(self) -> None:
        stock_run = DaskGraphRunner.run
        patches.run_graphs_without_dask()
        failures = 0
        for seed in range(150):
            dice = random.Random(seed)
            schema = random_graph(dice, dice.randrange(1, 9))
            inputs = {"in1": ["x"], "in2": dice.choice(["y", 7, "fail"])}
            names = [*schema.nodes, "in1"]
            targets = dice.choice([None, dice.sample(names, dice.randrange(1, len(names)))])
            runner = runner_of(schema)
            Join.runs = {}
            stock = outcome(stock_run, runner, dict(inputs), targets)
            stock_runs, Join.runs = Join.runs, {}
            patched = outcome(runner.run, dict(inputs), targets)
            if isinstance(stock, dict):
                self.assertEqual((patched, Join.runs), (stock, stock_runs), f"seed {seed}")
            else:  # where several nodes fail, the order decides which of them is named
                self.assertEqual(patched[0], stock[0], f"seed {seed}")
                failures += 1
        self.assertGreater(failures, 10)

    def test_an_input_that_names_a_node_is_refused_as_in_stock(self) -> None:
        schema = GraphSchema({"n": SchemaNode({"a": "in1"}, Join, "create", "join", {}, eager=True, is_target=True)})
        stock = outcome(runner_of(schema).run, {"in1": "n"})
        patches.run_graphs_without_dask()
        self.assertEqual(outcome(runner_of(schema).run, {"in1": "n"})[0], stock[0])
        self.assertEqual(stock[0], "GraphRunError")

    def test_graphs_that_build_nodes_while_they_run_are_left_to_dask(self) -> None:
        schema = GraphSchema({"n": SchemaNode({}, Join, "create", "join", {}, eager=False, is_target=True)})
        patches.run_graphs_without_dask()
        with unittest.mock.patch("rasa.engine.runner.dask.dask.get", return_value=[("n", "by dask")]):
            self.assertEqual(runner_of(schema).run(), {"n": "by dask"})


def random_state(dice: random.Random, *, as_rule: bool) -> dict[str, Any]:
    """A state of a conversation, or what a rule asks of one."""
    open_or_forbidden = ["should_not_be_set"] if as_rule else []
    state: dict[str, Any] = {}
    if dice.random() < 0.8:
        state["prev_action"] = {"action_name": dice.choice(["action_listen", "action_a", "action_b"])}
    if dice.random() < 0.7:
        state["user"] = {"intent": dice.choice(["greet", "ask", "deny", *open_or_forbidden])}
        if dice.random() < 0.3:
            state["user"]["entities"] = ("place",)
    if dice.random() < 0.3:
        state["slots"] = {"level": dice.choice([(1.0, 0.0), (0.0, 1.0), *open_or_forbidden])}
    if dice.random() < 0.2:
        state["active_loop"] = {"name": dice.choice(["form_x", *open_or_forbidden])}
    return state


class Rules(RestoresRasa):
    def test_hundreds_of_random_rules_fit_as_in_stock_rasa(self) -> None:
        stock_keys, found = RulePolicy._get_possible_keys, 0
        patches.index_rules()
        policy = RulePolicy.__new__(RulePolicy)
        policy.lookup = {}
        for seed in range(40):
            dice = random.Random(seed)
            rules = [[random_state(dice, as_rule=True) for _ in range(dice.randrange(1, 4))] for _ in range(500)]
            lookup = {json.dumps(rule, sort_keys=True): "action_a" for rule in rules}
            for length in (0, 1, 2, 3, 6):
                states = [random_state(dice, as_rule=False) for _ in range(length)]
                stock = stock_keys(policy, lookup, states)
                self.assertEqual(policy._get_possible_keys(lookup, states), stock, f"seed {seed}, {length} states")
                found += len(stock) if states else 0
        self.assertGreater(found, 500)

    def test_the_work_does_not_grow_with_rules_of_other_intents(self) -> None:
        patches.index_rules()
        policy = RulePolicy.__new__(RulePolicy)
        policy.lookup = {}
        listen = {"prev_action": {"action_name": "action_listen"}}
        lookup = {json.dumps([listen | {"user": {"intent": f"i{number}"}}]): "action_a" for number in range(500)}
        states = [{**listen, "user": {"intent": "i7"}}]
        with unittest.mock.patch.object(RulePolicy, "_does_rule_match_state", return_value=True) as compared:
            self.assertEqual(len(policy._get_possible_keys(lookup, states)), 1)
        self.assertEqual(compared.call_count, 1)


class CallsOfActions(RestoresRasa):
    DOMAIN = Domain.from_yaml(
        """
version: "3.1"
intents: [ask]
actions: [action_x]
slots: {dialogue: {type: any, influence_conversation: false, mappings: [{type: custom}]}}
"""
    )

    def tracker(self, turns: int) -> DialogueStateTracker:
        tracker = DialogueStateTracker("c", self.DOMAIN.slots)
        for number in range(turns):
            said = UserUttered(f"câu {number:4}", {"name": "ask", "confidence": 1.0}, [], input_channel="motcua")
            for event in (
                ActionExecuted("action_listen"),
                said,
                ActionExecuted("action_x"),
                SlotSet("dialogue", "x"),
                BotUttered("a"),
            ):
                event.timestamp = 1.0
                tracker.update(event)
        tracker.update(UserUttered("câu cuối", {"name": "ask", "confidence": 1.0}, [], input_channel="motcua", timestamp=1.0))
        return tracker

    def test_a_call_is_the_stock_one_with_the_events_of_the_turn(self) -> None:
        action, tracker = RemoteAction("action_x", None), self.tracker(3)
        stock = action._action_call_format(tracker, self.DOMAIN)
        patches.tell_actions_the_turn()
        told = action._action_call_format(tracker, self.DOMAIN)
        self.assertEqual(told["tracker"].pop("events"), stock["tracker"].pop("events")[-1:])
        self.assertEqual(told, stock)
        self.assertEqual(len(tracker.current_state(EventVerbosity.ALL)["events"]), 16)

    def test_a_call_does_not_grow_with_the_talk(self) -> None:
        patches.tell_actions_the_turn()
        action = RemoteAction("action_x", None)
        sizes = {len(json.dumps(action._action_call_format(self.tracker(turns), self.DOMAIN))) for turns in (1, 20, 200)}
        self.assertEqual(len(sizes), 1)

    def test_a_tracker_without_words_is_told_whole(self) -> None:
        patches.tell_actions_the_turn()
        tracker = DialogueStateTracker("c", self.DOMAIN.slots)
        tracker.update(ActionExecuted("action_session_start"))
        told = RemoteAction("action_x", None)._action_call_format(tracker, self.DOMAIN)
        self.assertEqual(len(told["tracker"]["events"]), 1)


class SilentLogs(RestoresRasa):
    def test_copies_are_made_for_debug_lines_alone_in_these_modules(self) -> None:
        """What allows the patch: should Rasa copy for another reason too, this fails."""
        for module in (processor, rule_policy, memoization):
            tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
            logs = [
                call for call in ast.walk(tree) if isinstance(call, ast.Call) and ast.unparse(call.func) == "structlogger.debug"
            ]
            in_logs = sum(ast.unparse(call).count("copy.deepcopy(") for call in logs)
            self.assertEqual(
                ast.unparse(tree).count("copy."), in_logs + ast.unparse(tree).count("tracker.copy."), module.__name__
            )
            self.assertGreater(in_logs, 0)

    def test_states_become_text_for_that_debug_line_alone(self) -> None:
        """What allows ``format_tracker_states`` to say nothing."""
        used = [
            (file.name, source.count("format_tracker_states(") - source.count("def format_tracker_states("))
            for file in Path(rasa.__file__).parent.rglob("*.py")
            if "format_tracker_states" in (source := file.read_text(encoding="utf-8"))
        ]
        self.assertEqual(sorted(used), [("policy.py", 0), ("rule_policy.py", 1)])
        source = Path(rule_policy.__file__).read_text(encoding="utf-8")
        self.assertEqual(source.count("current_states"), 3, "made, named and copied for the line")

    def test_nothing_is_copied(self) -> None:
        patches.copy_nothing_for_silent_logs()
        value = {"a": [1]}
        self.assertIs(processor.copy.deepcopy(value), value)


class EmptyDomains(RestoresRasa):
    def test_each_domain_is_compared_once_and_gets_the_stock_answer(self) -> None:
        domains = [Domain.empty(), CallsOfActions.DOMAIN]
        stock = [domain.is_empty() for domain in domains]
        patches.compare_domains_once()
        self.assertEqual([domain.is_empty() for domain in domains], stock)
        with unittest.mock.patch.object(Domain, "empty", side_effect=AssertionError("compared again")):
            self.assertEqual([domain.is_empty() for domain in domains], stock)
        self.assertEqual(stock, [True, False])


class FailedActions(RestoresRasa):
    def run_action(self, side_effect: Exception) -> TurnOutput:
        output = TurnOutput()
        RemoteAction.run = unittest.mock.AsyncMock(side_effect=side_effect)
        patches.report_failed_actions(1.0)
        with self.assertRaises(type(side_effect)):
            asyncio.run(RemoteAction("action_x", None).run(output, None, None, None))
        return output

    def test_a_failed_call_is_noted(self) -> None:
        self.assertEqual(self.run_action(ConnectionError()).failed_actions, ["action_x"])

    def test_a_rejection_is_no_failure(self) -> None:
        self.assertEqual(self.run_action(ActionExecutionRejection("action_x")).failed_actions, [])


class OtherVersions(RestoresRasa):
    def test_every_patch_refuses_another_rasa_by_name(self) -> None:
        with unittest.mock.patch.object(rasa, "__version__", "3.6.22"):
            for patch, arguments in (
                (patches.cache_action_reply_validator, ()), (patches.cache_event_types, ()),
                (patches.run_graphs_without_dask, ()), (patches.index_rules, ()), (patches.tell_actions_the_turn, ()),
                (patches.copy_nothing_for_silent_logs, ()), (patches.let_tracker_store_fail, ()),
                (patches.report_failed_actions, (1.0,)), (patches.share_states, ()), (patches.compare_domains_once, ()),
                (patches.keep_connections_to_actions, ()),
            ):  # fmt: skip
                with self.assertRaisesRegex(patches.PatchRefusedError, f"{patch.__name__} is written for rasa 3.6.21"):
                    patch(*arguments)


if __name__ == "__main__":
    unittest.main()
