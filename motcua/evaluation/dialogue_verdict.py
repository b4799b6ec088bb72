"""Whether an answer is what a dialogue expects, and what is wrong in words for the person who reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.language.masking import neutralise
from bot.language.normalise import clean, fold
from motcua.evaluation.dialogue_files import Dialogue, Expected, Turn
from motcua.evaluation.figures import by_group, share
from motcua.evaluation.outcomes import Figures, Judged


@dataclass(frozen=True)
class Answer:
    """What the product did in one turn: its messages (the web chat's objects), the procedure code behind each button that has
    one, the titles of all buttons, and the reasons of the handoffs opened in this turn. ``error``: there was no answer."""

    messages: tuple[Mapping[str, Any], ...] = ()
    offered_codes: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()
    handoffs: tuple[str, ...] = ()
    error: str | None = None

    @property
    def from_bot(self) -> list[Mapping[str, Any]]:
        """The messages of the assistant; a person's and the system's are left out."""
        return [message for message in self.messages if message["from"] == "bot"]

    @property
    def codes(self) -> list[str]:
        """The procedures spoken of, each once, in order."""
        return list(dict.fromkeys(m["procedure_code"] for m in self.from_bot if m.get("procedure_code")))

    @property
    def nlu(self) -> Mapping[str, Any]:
        """How the citizen's message was understood; empty where nothing was said."""
        return next((m["nlu"] for m in self.from_bot if m.get("nlu")), {})

    @property
    def asks_back(self) -> bool:
        """Whether the last message is a question with buttons to answer it."""
        said = self.from_bot
        return bool(said) and said[-1].get("kind") == "question" and bool(said[-1].get("buttons"))


def loosely(text: str) -> str:
    """The text as it is compared: without marks, case and stretches of blanks."""
    return " ".join(fold(clean(text)).split())


def faults_of(answer: Answer, expected: Expected) -> list[str]:
    """Everything that is not as expected."""
    if answer.error is not None:
        return [answer.error]
    if expected.silent:
        return ["trợ lý vẫn nói"] if answer.from_bot else []
    if not answer.messages:
        return ["không có câu trả lời"]
    return [*_matter_faults(answer, expected), *_choice_faults(answer, expected), *_wording_faults(answer, expected)]


def _matter_faults(answer: Answer, expected: Expected) -> list[str]:
    found = []
    facets = [str(m["facet"]) for m in answer.from_bot if m.get("facet")]
    if expected.procedure and (not answer.codes or not set(answer.codes) <= set(expected.procedure)):
        found.append(f"thủ tục {_listed(answer.codes)}, cần {_listed(expected.procedure)}")
    if missing := [facet for facet in expected.facet if facet not in facets]:
        found.append(f"thiếu mục {_listed(missing)}, có {_listed(facets)}")
    intent = answer.nlu.get("intent")
    if expected.intent and intent not in expected.intent:
        found.append(f"ý định {intent or 'không có'}, cần {_listed(expected.intent)}")
    return found


def _choice_faults(answer: Answer, expected: Expected) -> list[str]:
    found = []
    if expected.asks is not None and answer.asks_back != expected.asks:
        found.append("không hỏi lại bằng nút chọn" if expected.asks else "hỏi lại dù không cần")
    titles = [loosely(title) for title in answer.titles]
    missing = [one for one in expected.offers if one not in answer.offered_codes and loosely(one) not in titles]
    if missing:
        found.append(f"nút thiếu {_listed(missing)}, có {_listed([*sorted(answer.offered_codes), *answer.titles])}")
    if expected.handoff is False and answer.handoffs:
        found.append(f"chuyển cán bộ ({_listed(answer.handoffs)}) dù không cần")
    if expected.handoff is True and not answer.handoffs:
        found.append("không chuyển cán bộ")
    if isinstance(expected.handoff, str) and expected.handoff not in answer.handoffs:
        found.append(f"chuyển cán bộ vì {_listed(answer.handoffs)}, cần {expected.handoff}")
    return found


def _wording_faults(answer: Answer, expected: Expected) -> list[str]:
    said = loosely("\n".join(str(message["text"]) for message in answer.messages))
    found = [f"thiếu lời «{words}»" for words in expected.contains if loosely(words) not in said]
    found += [f"có lời «{words}»" for words in expected.lacks if loosely(words) in said]
    most = expected.messages_at_most
    if most is not None and len(answer.from_bot) > most:
        found.append(f"{len(answer.from_bot)} tin, nhiều nhất {most}")
    return found


def judged_turn(dialogue: Dialogue, turn: Turn, answer: Answer) -> Judged:
    """One turn beside the answer. Wrong and confident: the matter was answered, without asking back, about a procedure that
    is not expected, or where a question back or silence was."""
    faults = tuple(faults_of(answer, turn.expected))
    kinds = {message.get("kind") for message in answer.from_bot}
    answered = "answer" in kinds and not answer.asks_back
    wanted = turn.expected.procedure
    misled = (bool(wanted) and bool(set(answer.codes) - set(wanted))) or bool(turn.expected.asks) or bool(turn.expected.silent)
    return Judged(
        line=turn.line,
        text=neutralise(turn.citizen) if turn.citizen is not None else f"[{turn.press}]",
        style=dialogue.style,
        expected=turn.expected.shown() or "có trả lời",
        said=", ".join([*answer.codes, *sorted(str(kind) for kind in kinds if kind), str(answer.nlu.get("intent") or "")]),
        confidence=float(answer.nlu.get("confidence") or 0.0),
        right=not faults,
        guess_right=not faults,
        wrong_confident=bool(faults) and answered and misled,
        asked_back=answer.asks_back,
        case=dialogue.name,
        faults=faults,
    )


def dialogue_figures(answers: Sequence[Judged]) -> Figures:
    """The figures of ``motcua eval dialogues``: a dialogue passes when all its turns do."""
    cases = by_group(answers, lambda answer: answer.case)
    return {
        "dialogues": len(cases),
        "passed": sum(all(turn.right for turn in turns) for turns in cases.values()),
        "turns": len(answers),
        "turns_passed": sum(answer.right for answer in answers),
        "wrong_confident_rate": share(sum(answer.wrong_confident for answer in answers), len(answers)),
        "ask_back_rate": share(sum(answer.asked_back for answer in answers), len(answers)),
    }


def verdict_line(judged: Judged) -> str:
    """A failed turn in one line."""
    return f"  ✗ dòng {judged.line} «{judged.text}»: {'; '.join(judged.faults)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "(không)"
