"""Writing answers down: each is read, held against the others, and refused with its own reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.eforms.answers import read_answer
from bot.eforms.asking import button, noted, refusal
from bot.eforms.draft import Draft, Pending
from bot.eforms.fields import Field
from bot.eforms.going_on import ask_field, go_on
from bot.eforms.readings import Accepted, Refused, Unclear
from bot.eforms.several import siblings_of
from bot.eforms.showing import contradiction, shown
from bot.eforms.turns import Filling, FormReply, Step
from bot.messages import BotMessage
from bot.texts import say


@dataclass
class Recorded:
    """What became of the answers of one message."""

    draft: Draft
    taken: list[tuple[Field, Any]] = field(default_factory=list)
    said_back: list[tuple[Field, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: tuple[Field, Refused] | None = None
    unclear: tuple[Field, Unclear] | None = None


def record(filling: Filling, draft: Draft, pairs: Sequence[tuple[Field, str]], asked: Field | None) -> Recorded:
    """Reads each pair of field and words; keeps what is good. Of what is not, the first is remembered, the asked field's before
    all others."""
    done = Recorded(draft)
    for one, words in pairs:
        reading = read_answer(one, words, filling.tools, siblings_of(one, done.draft.plain))
        if isinstance(reading, Accepted):
            against = contradiction(one, reading.value, filling.asked(done.draft).fields, done.draft.plain)
            if against is None:
                _take(filling, done, one, reading, spoken=reading.read or len(pairs) > 1 or one.path in draft.values)
                continue
            reading = against
        if isinstance(reading, Unclear):
            done.unclear = done.unclear or (one, reading)
        elif done.refused is None or (asked is not None and one.path == asked.path):
            done.refused = one, reading
    return done


def _take(filling: Filling, done: Recorded, one: Field, reading: Accepted, *, spoken: bool) -> None:
    done.draft = done.draft.with_answer(one.path, reading.value)
    done.taken.append((one, reading.value))
    # A button or a plain yes needs no echo.
    if spoken and (one.kind not in ("boolean", "choice") or len(done.taken) > 1):
        done.said_back.append((one, reading.value))
    done.notes += [say(key, filling.tools.language) for key in reading.notes]


def after_recording(filling: Filling, done: Recorded, before: Draft) -> Step:
    """The reply to what was written down: what was refused or is unclear first, else the next question."""
    notes = tuple(text for text in (_echo(filling, done, before), *done.notes) if text)
    if done.unclear is not None:
        return ask_meaning(filling, done.draft, *done.unclear, notes)
    if done.refused is not None:
        return refuse(filling, done.draft, *done.refused, notes)
    return go_on(filling, replace(done.draft, pending=None), notes)


def _echo(filling: Filling, done: Recorded, before: Draft) -> str:
    changed = [(one, value) for one, value in done.taken if one.path in before.values and before.values[one.path].value != value]
    if len(done.taken) == 1 and changed:
        one, value = changed[0]
        return say(
            "eform_corrected",
            filling.tools.language,
            label=one.label.of(filling.tools.language),
            value=shown(one, value, filling.tools),
        )
    return noted(done.taken if len(done.taken) > 1 else done.said_back, filling.tools)


def refuse(filling: Filling, draft: Draft, one: Field, refused: Refused, notes: tuple[str, ...] = ()) -> Step:
    """Says why an answer was none; the same field is open."""
    misses = draft.misses + 1 if draft.asked == one.path else 1
    step = ask_field(filling, draft, one)
    text = "\n".join([*notes, refusal(one, refused, filling.tools, misses)])
    message = replace(step.reply.messages[-1], text=text)
    return Step(replace(step.draft, misses=misses), FormReply((message,)))


def ask_meaning(filling: Filling, draft: Draft, one: Field, unclear: Unclear, notes: tuple[str, ...] = ()) -> Step:
    """Asks which of several meanings is meant."""
    language = filling.tools.language
    text = unclear.question or say("eform_choose_meaning", language)
    buttons = tuple(button(label, "answer", field=one.path, value=value) for value, label in unclear.options.items())
    pending = Pending("choice", one.path, unclear.options)
    draft = replace(draft, stage="filling", asked=one.path, pending=pending)
    return Step(
        draft,
        FormReply(
            (BotMessage("\n".join([*notes, text]), "question", buttons=buttons, procedure_code=filling.form.code or None),)
        ),
    )
