"""``run --unpatched``, with which benchmarks measure Rasa as it comes: the same answers over the same database."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.engine_process import RunningEngine, StandInActions

pytestmark = pytest.mark.engine

TALK = ("xin chào", "lệ phí bao nhiêu", "xyz", "tra cứu hồ sơ", "cảm ơn bạn")


def talk(engine: RunningEngine) -> list[dict[str, Any]]:
    return [engine.turn("unpatched", text) for text in TALK]


def test_rasa_without_our_patches_gives_the_same_answers(
    engine: RunningEngine, tiny_project: Path, tiny_model: Path, tmp_path: Path, actions: StandInActions
) -> None:
    unpatched = RunningEngine.start(tiny_model, tiny_project, tmp_path, {"ACTIONS_URL": actions.url}, options=["--unpatched"])
    try:
        said = talk(unpatched)
    finally:
        unpatched.stop()
    assert said == [answer | {"turn_id": one["turn_id"]} for answer, one in zip(talk(engine), said, strict=True)]
    assert "UNPATCHED, for measurements only" in unpatched.log()
    with sqlite3.connect(tmp_path / "tracker.sqlite3") as link:
        assert link.execute("SELECT count(*) FROM events WHERE type_name = 'user'").fetchone() == (len(TALK),)
