"""Dialogues are read strictly, held as a citizen would, and judged turn by turn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from motcua.evaluation.dialogue_files import Dialogue, Expected, Turn, read_dialogues
from motcua.evaluation.dialogue_run import held, opened, typed
from motcua.evaluation.dialogue_verdict import Answer, dialogue_figures, faults_of, judged_turn, verdict_line
from motcua.evaluation.labelled_files import EvaluationFileError
from motcua.webchat_client import ChatError

WHOLE = """
- name: khai sinh
  style: marked
  turns:
    - citizen: đăng ký khai sinh cần gì
      expect: {procedure: 1.001193, facet: [documents, fee], intent: ask_documents, asks: false, offers: ["1.004873"],
               contains: giấy chứng sinh, lacks: [tôn giáo], handoff: false, messages_at_most: 2}
    - press: Lệ phí
"""


def written(folder: Path, content: str) -> Path:
    file = folder / "dialogues.yml"
    file.write_text(content, encoding="utf-8")
    return file


def faults(folder: Path, content: str) -> list[str]:
    file = written(folder, content)
    with pytest.raises(EvaluationFileError) as refused:
        read_dialogues(file)
    return [fault.removeprefix(f"{file}:") for fault in refused.value.faults]


def test_a_dialogue_is_read_with_its_lines(tmp_path: Path) -> None:
    (dialogue,) = read_dialogues(written(tmp_path, WHOLE))
    first, second = dialogue.turns
    assert (dialogue.name, dialogue.style, dialogue.line) == ("khai sinh", "marked", 2)
    assert first == Turn(
        5,
        "đăng ký khai sinh cần gì",
        None,
        Expected(
            procedure=("1.001193",), facet=("documents", "fee"), intent=("ask_documents",), asks=False, offers=("1.004873",),
            contains=("giấy chứng sinh",), lacks=("tôn giáo",), handoff=False, messages_at_most=2,
        ),
    )  # fmt: skip
    assert second == Turn(8, None, "Lệ phí", Expected())


def test_other_names_of_keys_and_facets_are_understood(tmp_path: Path) -> None:
    content = (
        "dialogues:\n- name: a\n  turns:\n  - user: phí?\n    expects: {code: 1.1, facet: ask_fee, says: [a], not_says: b}\n"
    )
    (dialogue,) = read_dialogues(written(tmp_path, content))
    assert dialogue.turns[0].citizen == "phí?"
    assert dialogue.turns[0].expected == Expected(procedure=("1.1",), facet=("fee",), contains=("a",), lacks=("b",))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("- a\nb: [", "2: YAML hỏng"),
        ("just a text", "1: cần một danh sách"),
        ("- turns: []", "1: hội thoại cần «name»"),
        ("- name: a\n  turns:\n  - citizen: x\n    press: y", "3: mỗi lượt cần đúng một"),
        ("- name: a\n  turns:\n  - citizen: x\n    expect: {prozedure: 1}", "4: không biết mục «prozedure»"),
        ("- name: a\n  turns:\n  - citizen: x\n    expect: {asks: maybe}", "4: cần true hoặc false"),
        ("- name: a\n  turns:\n  - citizen: x\n    expect: {messages_at_most: many}", "4: cần một số nguyên"),
        ("- name: a\n  turns:\n  - citizen: x\n    expect: {code: 1, procedure: 2}", "4: «procedure» có hai lần"),
        ("- name: a\n  turns: [{citizen: x}]\n- name: a\n  turns: [{citizen: y}]", "3: tên «a» trùng với dòng 1"),
        ("- name: a\n  turns:\n  - citizen: ''", "3: cần một chuỗi không rỗng"),
    ],
)
def test_faults_are_named_with_their_lines(tmp_path: Path, content: str, fault: str) -> None:
    assert faults(tmp_path, content)[0].startswith(fault)


def message(text: str = "Lệ phí là 15.000 đồng.", **more: Any) -> dict[str, Any]:
    shape = {"from": "bot", "text": text, "kind": "answer", "procedure_code": "1.1", "facet": "fee", "buttons": []}
    return {**shape, "nlu": {"intent": "ask_fee", "confidence": 0.9}, **more}


QUESTION = message("Thủ tục nào?", kind="question", procedure_code=None, facet=None, buttons=[{"title": "A", "token": "t1"}])


@pytest.mark.parametrize(
    ("answer", "expected", "fault"),
    [
        (Answer((message(),)), Expected(), None),
        (Answer((message(),)), Expected(procedure=("1.1", "2.2"), facet=("fee",), intent=("ask_fee",)), None),
        (Answer((message(),)), Expected(procedure=("2.2",)), "thủ tục 1.1, cần 2.2"),
        (Answer((message(procedure_code=None),)), Expected(procedure=("2.2",)), "thủ tục (không), cần 2.2"),
        (Answer((message(),)), Expected(facet=("fee", "place")), "thiếu mục place, có fee"),
        (Answer((message(),)), Expected(intent=("greet",)), "ý định ask_fee, cần greet"),
        (Answer((message(),)), Expected(contains=("LE PHI  la",)), None),
        (Answer((message(),)), Expected(contains=("miễn phí",)), "thiếu lời «miễn phí»"),
        (Answer((message(),)), Expected(lacks=("15.000",)), "có lời «15.000»"),
        (Answer((message(),)), Expected(asks=True), "không hỏi lại bằng nút chọn"),
        (Answer((QUESTION,)), Expected(asks=True), None),
        (Answer((QUESTION,)), Expected(asks=False), "hỏi lại dù không cần"),
        (Answer((QUESTION,), frozenset({"1.1"}), ("Sang tên xe",)), Expected(offers=("1.1", "sang ten xe")), None),
        (Answer((QUESTION,), frozenset({"1.1"}), ("A",)), Expected(offers=("2.2",)), "nút thiếu 2.2, có 1.1, A"),
        (Answer((message(),), handoffs=("asked",)), Expected(handoff=True), None),
        (Answer((message(),), handoffs=("asked",)), Expected(handoff="asked"), None),
        (Answer((message(),), handoffs=("asked",)), Expected(handoff="abuse"), "chuyển cán bộ vì asked, cần abuse"),
        (Answer((message(),), handoffs=("asked",)), Expected(handoff=False), "chuyển cán bộ (asked) dù không cần"),
        (Answer((message(),)), Expected(handoff=True), "không chuyển cán bộ"),
        (Answer((message(), message())), Expected(messages_at_most=1), "2 tin, nhiều nhất 1"),
        (Answer(()), Expected(), "không có câu trả lời"),
        (Answer(()), Expected(silent=True), None),
        (Answer((message(),)), Expected(silent=True), "trợ lý vẫn nói"),
        (Answer(error="không nối được"), Expected(), "không nối được"),
    ],
)
def test_an_answer_is_held_against_what_is_expected(answer: Answer, expected: Expected, fault: str | None) -> None:
    assert faults_of(answer, expected) == ([] if fault is None else [fault])


DIALOGUE = Dialogue(1, "a", "marked", (Turn(2, "phí bao nhiêu", None, Expected(procedure=("2.2",))),))


def test_an_answer_about_another_procedure_is_wrong_and_confident() -> None:
    judged = judged_turn(DIALOGUE, DIALOGUE.turns[0], Answer((message(),)))
    assert (judged.right, judged.wrong_confident, judged.asked_back) == (False, True, False)
    assert verdict_line(judged) == "  ✗ dòng 2 «phí bao nhiêu»: thủ tục 1.1, cần 2.2"


def test_a_question_back_is_never_wrong_and_confident() -> None:
    judged = judged_turn(DIALOGUE, DIALOGUE.turns[0], Answer((QUESTION,)))
    assert (judged.right, judged.wrong_confident, judged.asked_back) == (False, False, True)


def test_a_dialogue_passes_when_all_its_turns_do() -> None:
    good, bad = Dialogue(1, "good", "s", ()), Dialogue(2, "bad", "s", ())
    turns = [
        judged_turn(good, Turn(1, "x", None, Expected()), Answer((message(),))),
        judged_turn(bad, Turn(2, "x", None, Expected()), Answer((message(),))),
        judged_turn(bad, Turn(3, "x", None, Expected(asks=True)), Answer((message(),))),
    ]
    assert dialogue_figures(turns) == {
        "dialogues": 2, "passed": 1, "turns": 3, "turns_passed": 2, "wrong_confident_rate": 0.3333, "ask_back_rate": 0.0,
    }  # fmt: skip


class Scripted:
    """A citizen whose answers are written down, and a ledger that knows one button and one handoff."""

    conversation_id = "c"

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.done: list[str] = []

    def say(self, text: str) -> list[dict[str, Any]]:
        self.done.append(text)
        return self.answers.pop(0)

    def press(self, token: str) -> list[dict[str, Any]]:
        return self.say(f"pressed {token}")

    def close(self) -> None:
        """Nothing to close."""

    def codes_behind(self, tokens: Sequence[str]) -> frozenset[str]:
        return frozenset("9.9" for token in tokens if token == "t1")

    def handoffs(self, conversation_id: str) -> list[str]:
        assert conversation_id == "c"
        return ["asked"] if len(self.done) > 1 else []


def test_buttons_are_pressed_by_title_and_the_ledger_tells_codes_and_handoffs() -> None:
    first = Turn(1, "sang tên", None, Expected(asks=True, offers=("9.9",), handoff=False))
    second = Turn(2, None, "a", Expected(handoff="asked"))
    third = Turn(3, None, "không có", Expected())
    citizen = Scripted([QUESTION], [message()])
    judged = list(held(Dialogue(1, "d", "s", (first, second, third)), citizen, citizen))
    assert citizen.done == ["sang tên", "pressed t1"]
    assert [turn.faults for turn in judged] == [(), (), ("không có nút «không có»",)]


def test_typed_texts_change_and_buttons_keep_their_titles() -> None:
    turns = (Turn(1, "PHÍ", None, Expected()), Turn(2, None, "PHÍ", Expected()))
    changed = typed(Dialogue(1, "d", "s", turns), str.lower)
    assert [(turn.citizen, turn.press) for turn in changed.turns] == [("phí", None), (None, "PHÍ")]


def test_a_gateway_that_wants_to_be_asked_later_is_asked_later() -> None:
    waits: list[float] = []
    refusals = [ChatError("too many", retry_after=2.0), ChatError("too many", retry_after=1.0)]

    def open_citizen() -> Scripted:
        if refusals:
            raise refusals.pop(0)
        return Scripted()

    assert opened(open_citizen, waits.append).conversation_id == "c"
    assert waits == [2.0, 1.0]


def test_a_gateway_that_is_away_is_told_at_once() -> None:
    def open_citizen() -> Scripted:
        raise ChatError("away")

    with pytest.raises(ChatError, match="away"):
        opened(open_citizen, lambda _seconds: pytest.fail("there is nothing to wait for"))
