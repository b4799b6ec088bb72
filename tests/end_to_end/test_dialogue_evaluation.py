"""The evaluation of dialogues, held with the real product: typed and pressed turns, codes behind buttons, handoffs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.storage.database import open_database
from motcua.evaluation.dialogue_files import read_dialogues
from motcua.evaluation.dialogue_run import LedgerWitness, held
from motcua.webchat_client import WebchatClient

pytestmark = pytest.mark.engine

DIALOGUES = """
- name: an ambiguous wish, its choice by button, and a person
  turns:
    - citizen: sang tên hết bao nhiêu tiền
      expect: {asks: true, offers: ["1.013076"], handoff: false}
    - press: "%s"
      expect: {procedure: "1.013076"}
    - citizen: cho tôi gặp cán bộ
      expect: {handoff: asked, intent: talk_to_officer}
- name: a wrong expectation
  turns:
    - citizen: làm hộ chiếu mất bao lâu
      expect: {procedure: "1.001193"}
"""


def test_dialogues_are_held_and_judged(product: Settings, new_client: Callable[[], WebchatClient], tmp_path: Path) -> None:
    database = open_database(product.database_url)
    witness = LedgerWitness(database.sessions)
    (asked,) = new_client().say("sang tên hết bao nhiêu tiền")
    by_code = {witness.codes_behind([b["token"]]): b["title"] for b in asked["buttons"] if b.get("token")}
    file = tmp_path / "dialogues.yml"
    file.write_text(DIALOGUES % by_code[frozenset({"1.013076"})], encoding="utf-8")
    right, wrong = read_dialogues(file)
    assert [turn.faults for turn in held(right, new_client(), witness)] == [(), (), ()]
    (turn,) = held(wrong, new_client(), witness)
    assert (turn.right, turn.wrong_confident) == (False, True)
    database.engine.dispose()
