"""``engine.launch parse`` understands many messages as a served turn does, and says so in lines of JSON."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.batch_parse import MAX_LINE, MalformedLineError, message_of, outcome
from tests.engine_process import PYTHON, ROOT, RunningEngine, engine_environment

TEXTS = ("xin chào", "/xin chào", "lệ phí bao nhiêu", "⟦dossier_code:3f9a⟧", "???")


def test_a_line_is_an_id_and_a_text_without_slashes() -> None:
    assert message_of('{"id": "a", "text": "//phí"}', 3) == ("a", "phí")
    assert message_of('{"text": "phí"}', 3) == (3, "phí")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("mật khẩu", "not JSON"),
        ("[" * 5000, "not JSON"),
        ("[]", 'needs an object with a "text"'),
        ('{"id": 1}', 'needs an object with a "text"'),
        ('{"text": 5}', 'needs an object with a "text"'),
        ('{"text": "' + "x" * MAX_LINE + '"}', f"longer than {MAX_LINE} characters"),
    ],
)
def test_a_line_that_is_no_message_is_named_by_number_and_never_by_content(line: str, fault: str) -> None:
    with pytest.raises(MalformedLineError) as refused:
        message_of(line, 7)
    assert str(refused.value) == f"line 7: {fault}"


def test_an_outcome_without_an_intent_is_still_an_outcome() -> None:
    assert outcome(1, {"intent": {"name": None, "confidence": None}}, 0.0015) == {
        "id": 1, "intent": None, "confidence": 0.0, "ranking": [], "clauses": [], "entities": [], "ms": 1.5,
    }  # fmt: skip


def parse(model: Path, project: Path, text: str) -> subprocess.CompletedProcess[str]:
    command = [str(PYTHON), "-m", "engine.launch", "--project", str(project), "parse", "--model", str(model)]
    return subprocess.run(
        command, cwd=ROOT, env=engine_environment(), input=text, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.engine
def test_batch_and_served_turn_understand_the_same(tiny_model: Path, tiny_project: Path, engine: RunningEngine) -> None:
    done = parse(tiny_model, tiny_project, "".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    assert done.returncode == 0, done.stderr
    about, *lines = (json.loads(line) for line in done.stdout.splitlines())
    assert (about["model"], about["fits"]) == (tiny_model.name, True)
    assert {"nlu_fallback", "greet"} <= set(about["intents"])
    served: list[dict[str, Any]] = [engine.turn(f"batch-{n}", text)["nlu"] for n, text in enumerate(TEXTS)]
    for line, nlu in zip(lines, served, strict=True):
        assert line["intent"] == nlu["intent"]
        assert line["confidence"] == pytest.approx(nlu["confidence"])
        assert [clause["intent"] for clause in line["clauses"]] == [clause["intent"] for clause in nlu["clauses"]]
    assert lines[3]["entities"] == ["dossier_code"]
    assert all(line["ms"] >= 0 for line in lines)


@pytest.mark.engine
def test_a_broken_line_ends_the_run_with_its_number(tiny_model: Path, tiny_project: Path) -> None:
    done = parse(tiny_model, tiny_project, '{"text": "xin chào"}\nmật khẩu của tôi\n')
    assert done.returncode == 1
    assert done.stderr.strip().endswith("engine: the input cannot be read: line 2: not JSON")
    assert "mật khẩu" not in done.stdout + done.stderr


@pytest.mark.engine
def test_only_our_lines_are_printed_and_no_text_is_logged(tiny_model: Path, tiny_project: Path) -> None:
    done = parse(tiny_model, tiny_project, json.dumps({"text": "chuỗi chữ không ai khác viết"}) + "\n")
    assert len(done.stdout.splitlines()) == 2
    assert "không ai khác viết" not in done.stderr
