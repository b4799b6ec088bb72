"""What citizens' examples, rules, stories and the domain promise each other, read from the files that train the model."""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.dialogue_actions import ACTION_NAMES
from bot.dialogue.facets import FACET_OF_INTENT, GUIDES, SMALL_TALK
from bot.language.entities import KINDS as ENTITY_KINDS
from bot.language.masking import KINDS, find_private
from bot.language.normalise import fold

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "data/eval/intents_dev.tsv"
BUTTON_ACTS = {"choose_procedure", "choose_case", "choose_place", "show_facet", "return_to_bot", "eform", "data_rights"}
NOT_TYPED = BUTTON_ACTS | {"nlu_fallback"}
FEWEST_EXAMPLES = 60
STYLES = {"marks", "no_marks", "teencode", "typo", "telex", "mixed", "dialect", "long", "elliptic"}
NEAR_COPY = 0.8
MOJIBAKE = re.compile("\N{REPLACEMENT CHARACTER}|á»|Ã[\u0080-\u00bf]|Æ[°¡]|Ä[\u0080-\u0091]")


def load(pattern: str) -> Iterator[dict[str, Any]]:
    """The YAML files of a pattern, in order; at least one must exist."""
    paths = sorted(ROOT.glob(pattern))
    assert paths, f"no file matches {pattern}"
    yield from (yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths)


@cache
def examples() -> dict[str, list[str]]:
    """Intent → its examples as written."""
    found: dict[str, list[str]] = defaultdict(list)
    for content in load("data/nlu/*.yml"):
        for block in content["nlu"]:
            for line in block["examples"].splitlines():
                assert line.startswith("- "), f"{block['intent']}: {line!r} is no list item"
                found[block["intent"]].append(line[2:])
    return dict(found)


@cache
def domain() -> dict[str, Any]:
    """All files of ``domain/`` together; a key stands in one file only."""
    merged: dict[str, Any] = {}
    for content in load("domain/*.yml"):
        assert content.pop("version") == "3.1"
        assert not merged.keys() & content.keys()
        merged |= content
    return merged


def domain_intents() -> set[str]:
    """The names of the domain's intents."""
    return {name for entry in domain()["intents"] for name in entry}


@cache
def rules() -> dict[str, str]:
    """Intent → the action of its rule."""
    found: dict[str, str] = {}
    for content in load("data/rules/*.yml"):
        for rule in content["rules"]:
            first, second = rule["steps"]
            assert first["intent"] not in found, f"two rules for {first['intent']}"
            assert "conversation_start" not in rule
            found[first["intent"]] = second["action"]
    return found


@cache
def dev_rows() -> list[dict[str, str]]:
    """The development messages with their intent and style."""
    with DEV.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def same_when_folded(text: str) -> str:
    """What two texts share that differ only in marks, case and punctuation."""
    return " ".join(re.findall(r"\w+", fold(text)))


def typed_examples() -> Iterator[tuple[str, str]]:
    """(intent, example) of everything that a citizen could have typed."""
    return ((intent, text) for intent, texts in examples().items() if intent not in NOT_TYPED for text in texts)


def spoken_responses() -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, variation) of every response."""
    return ((name, variation) for name, variations in domain()["responses"].items() for variation in variations)


@pytest.mark.parametrize("intent", sorted(domain_intents() - NOT_TYPED))
def test_every_intent_has_enough_different_examples(intent: str) -> None:
    different = {same_when_folded(text) for text in examples().get(intent, [])}
    assert len(different) >= FEWEST_EXAMPLES


def test_no_example_stands_twice_or_in_two_intents() -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for intent, text in typed_examples():
        owners[same_when_folded(text)].append(intent)
    assert {text: intents for text, intents in owners.items() if len(intents) > 1} == {}


def test_the_domain_knows_exactly_the_trained_intents() -> None:
    assert set(examples()) == domain_intents() - {"nlu_fallback"}


@pytest.mark.parametrize("intent", sorted(BUTTON_ACTS))
def test_acts_of_buttons_are_only_declared(intent: str) -> None:
    assert examples()[intent] == [f"/{intent}"]


def test_nobody_can_type_an_act() -> None:
    assert [text for _, text in typed_examples() if text.startswith("/")] == []


def test_examples_hold_no_markup_that_rasa_would_read_as_an_entity() -> None:
    assert [text for _, text in typed_examples() if re.search(r"[\[\]{}]", text)] == []


def test_most_examples_are_written_with_marks() -> None:
    texts = [text for _, text in typed_examples()]
    with_marks = [text for text in texts if fold(text) != text.lower()]
    assert len(with_marks) > 0.85 * len(texts)


def test_every_intent_has_exactly_one_rule() -> None:
    assert set(rules()) == domain_intents()


def test_rules_name_actions_and_responses_that_exist() -> None:
    assert set(rules().values()) == set(domain()["actions"])
    assert set(domain()["responses"]) == {f"utter_{intent}" for intent in SMALL_TALK}


def test_the_action_server_serves_the_domain_s_actions() -> None:
    assert sorted(domain()["actions"]) == sorted(ACTION_NAMES)


def test_dialogue_and_rules_agree_on_who_answers() -> None:
    by_action = {intent: rules()[intent] for intent in (*FACET_OF_INTENT, *GUIDES, *SMALL_TALK)}
    assert {by_action[intent] for intent in GUIDES} == {"action_guide"}
    assert {by_action[intent] for intent in SMALL_TALK} == {"action_small_talk"}
    facets = set(FACET_OF_INTENT) - {"start_submission"}
    assert {by_action[intent] for intent in facets} == {"action_answer_procedure"}


def test_stories_have_several_turns_and_say_what_the_rules_say() -> None:
    stories = [story for content in load("data/stories/*.yml") for story in content["stories"]]
    assert len(stories) >= 8
    for story in stories:
        asked, done = story["steps"][::2], story["steps"][1::2]
        assert len(asked) >= 3
        assert [step["action"] for step in done] == [rules()[step["intent"]] for step in asked], story["story"]


def test_what_messages_name_and_buttons_carry_are_entities() -> None:
    carried = {"procedure_code", "case_id", "place_id", "facet", "do", "field", "value", "paper", "draft", "refs"}
    assert set(domain()["entities"]) == {*ENTITY_KINDS, *KINDS, *carried}


def test_only_the_dialogue_is_kept_and_a_new_session_starts_afresh() -> None:
    assert list(domain()["slots"]) == ["dialogue"]
    slot = domain()["slots"]["dialogue"]
    assert (slot["type"], slot["influence_conversation"], slot["mappings"]) == ("any", False, [{"type": "custom"}])
    assert domain()["session_config"] == {"session_expiration_time": 240, "carry_over_slots_to_new_session": False}


@pytest.mark.parametrize("said", [said for _, said in spoken_responses()], ids=[name for name, _ in spoken_responses()])
def test_responses_are_short_whole_sentences(said: dict[str, Any]) -> None:
    assert said["text"].endswith(".")
    assert len(re.findall(r"[.?!](?:\s|$)", said["text"])) <= 3
    assert "Ông/Bà" in said["text"]
    assert not re.search(r"\bbạn\b|[\U0001F000-\U0001FAFF☀-➿]", said["text"])


@pytest.mark.parametrize("said", [said for _, said in spoken_responses()], ids=[name for name, _ in spoken_responses()])
def test_buttons_of_responses_are_known_acts_that_fit_every_channel(said: dict[str, Any]) -> None:
    for button in said.get("buttons", ()):
        assert button["payload"].removeprefix("/") in domain_intents()
        assert len(button["title"]) <= 20


def test_the_greeting_says_what_it_is_what_not_to_send_and_how_to_reach_a_person() -> None:
    greeting = domain()["responses"]["utter_greet"][0]
    for words in ("trợ lý tự động", "ảnh căn cước", "mật khẩu", "OTP", "gặp cán bộ"):
        assert words in greeting["text"]
    assert "/talk_to_officer" in [button["payload"] for button in greeting["buttons"]]


def test_numbers_in_examples_are_invented() -> None:
    texts = [*(text for _, text in typed_examples()), *(row["message"] for row in dev_rows())]
    found = [span for text in texts for span in find_private(text)]
    assert {span.kind for span in found} <= {"dossier_code", "lookup_code", "phone"}
    assert {span.value[:7] for span in found if span.kind == "phone"} <= {"0900000"}
    assert len(found) < 30


def test_files_are_composed_unicode_without_mojibake() -> None:
    folders = ("data/nlu/*.yml", "data/rules/*.yml", "data/stories/*.yml", "domain/*.yml", "data/eval/intents_dev.tsv")
    for path in (path for pattern in folders for path in ROOT.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        assert unicodedata.normalize("NFC", text) == text, path.name
        assert not MOJIBAKE.search(text), path.name
        assert "\t" not in text or path.suffix == ".tsv", path.name


def test_dev_messages_cover_every_intent_and_style() -> None:
    rows = dev_rows()
    assert list(rows[0]) == ["message", "intent", "style"]
    assert len(rows) >= 500
    assert {row["style"] for row in rows} == STYLES
    assert min(Counter(row["intent"] for row in rows).values()) >= 5
    assert {row["intent"] for row in rows} == domain_intents() - NOT_TYPED


def test_dev_messages_stand_once() -> None:
    counts = Counter(same_when_folded(row["message"]) for row in dev_rows())
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_dev_message_is_a_near_copy_of_a_training_example() -> None:
    trained = [(frozenset(same_when_folded(text).split()), text) for _, text in typed_examples()]
    with_word = defaultdict(list)
    for number, (words, _) in enumerate(trained):
        for word in words:
            with_word[word].append(number)
    near = []
    for row in dev_rows():
        words = frozenset(same_when_folded(row["message"]).split())
        for number, common in Counter(number for word in words for number in with_word[word]).items():
            known, text = trained[number]
            if common >= NEAR_COPY * len(words | known):
                near.append((row["message"], text))
    assert near == []


def test_every_intent_is_explained_to_developers() -> None:
    page = (ROOT / "docs/developers/intents.md").read_text(encoding="utf-8")
    assert {name for name in domain_intents() if f"| `{name}` |" not in page} == set()
