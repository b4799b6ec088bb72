"""A text as the answer to the open question, and to others beside it."""

import re
from dataclasses import replace

from bot.eforms.answers import labels, read_answer
from bot.eforms.commands import asks_something
from bot.eforms.doing import carry_out
from bot.eforms.draft import Draft
from bot.eforms.fields import Field
from bot.eforms.going_on import again, current_field, go_on, next_field
from bot.eforms.readings import Accepted, Refused
from bot.eforms.recording import after_recording, record, refuse
from bot.eforms.several import answers_in, siblings_of
from bot.eforms.turns import Filling, FormReply, Step
from bot.eforms.yes_no import after_yes, yes_or_no
from bot.language.normalise import fold

_SURE_SHAPES = frozenset({"date", "money", "phone", "email", "citizen_id", "identity_number", "integer", "number", "ward"})
_MAY_BE_NO = frozenset({"boolean", "choice", "choices", "integer", "number", "money"})
"""Kinds to which "không" may be an answer."""

_WORDS_AROUND = 4
_WORD = re.compile(r"[^\W\d_]+")


def fill(filling: Filling, draft: Draft, text: str, *, asks: bool) -> Step:
    """Takes the answer to the open question; a question of the citizen's own is left to the dialogue."""
    field = current_field(filling, draft)
    if field is None:
        return go_on(filling, draft)
    draft = replace(draft, asked=field.path)
    if (asks or asks_something(text)) and not _answers_all_the_same(filling, draft, field, text, asks=asks):
        return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))
    if field.gate:
        return _one_more(filling, draft, field, text)
    if field.kind not in _MAY_BE_NO and yes_or_no(text) is False and not text.strip().isdigit():
        made = carry_out(filling, draft, "skip", "")
        if made is not None:
            return made
    pairs = answers_in(text, filling.asked(draft).fields, field, draft.plain, filling.tools)
    done = record(filling, draft, pairs, field)
    if (
        done.refused is not None
        and done.refused[0].path != field.path
        and len(done.taken) > 0
        and done.refused[0].path in draft.values
    ):
        # A restated answer that cannot be read leaves the old one as it is.
        done.refused = None
    return after_recording(filling, done, draft)


def _answers_all_the_same(filling: Filling, draft: Draft, field: Field, text: str, *, asks: bool) -> bool:
    """Whether a text in the shape of a question is the answer: a whole value with few words around it, or an option's label."""
    folded = fold(text).strip(" ?.!")
    if any(folded == fold(label) for label in labels(field.options, filling.tools.language).values()):
        return True
    if asks or field.kind not in _SURE_SHAPES:
        return False
    reading = read_answer(field, text, filling.tools, siblings_of(field, draft.plain))
    return isinstance(reading, Accepted) and len(_WORD.findall(text)) <= _WORDS_AROUND


def _one_more(filling: Filling, draft: Draft, gate: Field, text: str) -> Step:
    """Whether a repeated group has one more member; the member's own answers may follow in the same message."""
    said = yes_or_no(text)
    rest = after_yes(text) if said is not False else ""
    if said is False:
        return go_on(filling, draft.with_answer(gate.path, False))
    opened = draft.with_answer(gate.path, True)
    first = next_field(filling, opened)
    telling = rest or (text if said is None else "")
    if first is None or not telling:
        return go_on(filling, opened) if said else refuse(filling, draft, gate, Refused("eform_bad_yes_no"))
    pairs = answers_in(telling, filling.asked(opened).fields, first, opened.plain, filling.tools)
    done = record(filling, opened, pairs, first)
    if any(one.path == first.path for one, _ in done.taken) and (said or rest or first.kind == "person_name"):
        return after_recording(filling, done, opened)
    return go_on(filling, opened) if said else refuse(filling, draft, gate, Refused("eform_bad_yes_no"))
