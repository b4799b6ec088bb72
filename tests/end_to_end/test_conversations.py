"""The shipped conversations, against the real product over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from motcua.webchat_client import WebchatClient

CONVERSATIONS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.engine


def faults(answers: list[dict[str, Any]], expected: dict[str, Any]) -> list[str]:
    """What is not as expected, in words."""
    text = "\n".join(answer["text"] for answer in answers)
    codes = {answer["procedure_code"] for answer in answers if answer.get("procedure_code")}
    titles = [button["title"] for answer in answers for button in answer.get("buttons", [])]
    found = []
    if expected.get("silent"):
        return [f"spoke although a person has the conversation: {text}"] if any(a["from"] == "bot" for a in answers) else []
    if not answers:
        return ["no answer"]
    if "code" in expected and codes != {expected["code"]}:
        found.append(f"about {codes}, not {expected['code']}")
    found += [f"does not say {words!r}" for words in expected.get("says", []) if words not in text]
    found += [f"says {words!r}" for words in expected.get("not_says", []) if words in text]
    if expected.get("asks") and answers[-1]["kind"] != "question":
        found.append("does not ask back")
    if "offers" in expected and expected["offers"] not in titles:
        found.append(f"offers {titles}, not {expected['offers']!r}")
    if "code" in expected and not all(answer["sources"] for answer in answers if answer["kind"] == "answer"):
        found.append("an answer without its source")
    return [f"{fault}\n{text}" for fault in found]


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c["name"])
def test_conversation(conversation: dict[str, Any], new_client: Callable[[], WebchatClient]) -> None:
    client = new_client()
    for number, (said, expected) in enumerate(conversation["turns"], start=1):
        assert not faults(client.say(said), expected), f"turn {number}: {said}"


def test_there_are_at_least_twenty_conversations_of_several_turns() -> None:
    assert sum(len(conversation["turns"]) > 1 for conversation in CONVERSATIONS) >= 20
