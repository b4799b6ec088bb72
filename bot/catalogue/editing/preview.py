"""What citizens would read: the assistant's own answers, before a change and after it, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.catalogue.answers.facts import ALL_CASES, AnswerContext
from bot.catalogue.answers.render import FACETS, case_question, facet_answer, overview
from bot.catalogue.schema import Agency, Procedure
from bot.messages import BotMessage


@dataclass(frozen=True)
class Answers:
    """One kind of answer. Texts with their sources; empty where there was or will be none."""

    facet: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether citizens will read something else."""
        return self.before != self.after


def compared(before: Procedure | None, after: Procedure | None, agencies: Mapping[str, Agency], today: date) -> list[Answers]:
    """Every answer on the procedure before and after, those that change first."""
    pairs = [
        Answers(facet, spoken(before, facet, agencies, today), spoken(after, facet, agencies, today))
        for facet in ("overview", *FACETS)
    ]
    return sorted(pairs, key=lambda pair: not pair.changed)


def spoken(procedure: Procedure | None, facet: str, agencies: Mapping[str, Agency], today: date) -> str:
    """One answer as it reads: the question which case, where it comes first, then what every case hears."""
    if procedure is None:
        return ""
    context = AnswerContext(agencies, today)
    if facet == "overview":
        return _text([overview(procedure, context)])
    question = case_question(procedure, facet, context)
    whole = AnswerContext(agencies, today, case_id=ALL_CASES) if question else context
    return _text([*([question] if question else []), facet_answer(procedure, facet, whole)])


def _text(messages: Sequence[BotMessage]) -> str:
    said = [message.text for message in messages]
    sources = [f"Nguồn: {source.title} ({source.as_of})" for source in messages[-1].sources]
    return "\n".join([*said, *dict.fromkeys(sources)])
