"""Carrying out what citizens say about the filling itself."""

from dataclasses import replace
from typing import Literal

from bot.eforms.answers import read_answer
from bot.eforms.asking import button, progress, summary
from bot.eforms.commands import Command
from bot.eforms.draft import Draft, Pending
from bot.eforms.fields import Field
from bot.eforms.going_on import again, ask_field, current_field, go_on, papers_now
from bot.eforms.readings import Accepted
from bot.eforms.several import siblings_of
from bot.eforms.turns import Filling, FormReply, Step
from bot.messages import BotMessage
from bot.texts import say

_ANSWERED_BY_COMMANDS = frozenset({"boolean", "choice", "choices"})
"""Kinds for which "không có" may be the answer itself, and "bo" the father."""


def carry_out(filling: Filling, draft: Draft, command: Command | Literal["cancel_now", "cancel_not"], text: str) -> Step | None:
    """What a command does; None where the words are an answer here."""
    field = current_field(filling, draft) if draft.stage == "filling" else None
    ambiguous = command in ("skip", "keep") or len(text.split()) == 1
    if text and ambiguous and field is not None and field.kind in _ANSWERED_BY_COMMANDS:
        reading = read_answer(field, text, filling.tools, siblings_of(field, draft.plain))
        if isinstance(reading, Accepted):
            return None
    match command:
        case "pause":
            return _pause(filling, draft)
        case "cancel":
            return cancel_question(filling, draft)
        case "cancel_now":
            gone = replace(draft, stage="cancelled", values={}, papers={}, skipped=(), trail=(), asked=None, pending=None)
            return Step(gone, FormReply((_said(filling, "eform_cancelled"),), "cancelled"))
        case "cancel_not":
            return _noted(filling, draft, "eform_cancel_not")
        case "review":
            return _show(filling, draft)
        case "why" | "example" if field is not None:
            return Step(draft, FormReply((_explained(filling, field, command), *again(filling, draft))))
        case "back":
            return _back(filling, draft)
        case "skip" if field is not None:
            return _skip(filling, draft, field)
        case "keep" | "resume":
            return go_on(filling, draft)
        case "person" | "why" | "example" | "skip":
            return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))
    return None


def _said(filling: Filling, key: str, **values: object) -> BotMessage:
    name = filling.form.title.of(filling.tools.language)
    return BotMessage(say(key, filling.tools.language, name=name, **values), "notice", procedure_code=filling.form.code or None)


def _noted(filling: Filling, draft: Draft, key: str) -> Step:
    return Step(draft, FormReply((_said(filling, key), *again(filling, draft))))


def _pause(filling: Filling, draft: Draft) -> Step:
    asked = filling.asked(draft)
    _, total = progress(asked, draft)
    done = sum(one.path in draft.values or one.path in draft.skipped for one in asked.fields if not one.gate)
    said = _said(filling, "eform_paused", done=min(done, total), total=total)
    resume = button(say("eform_button_resume", filling.tools.language), "resume")
    return Step(replace(draft, stage="paused", pending=None), FormReply((replace(said, buttons=(resume,)),), "paused"))


def cancel_question(filling: Filling, draft: Draft) -> Step:
    """Asks whether everything is to be thrown away."""
    language = filling.tools.language
    buttons = (
        button(say("eform_button_cancel_yes", language), "cancel_now"),
        button(say("eform_button_cancel_no", language), "cancel_not"),
    )
    asked = replace(_said(filling, "eform_cancel_ask"), kind="question", buttons=buttons)
    return Step(replace(draft, pending=Pending("cancel")), FormReply((asked,)))


def _show(filling: Filling, draft: Draft) -> Step:
    """All that is filled in so far, and the open question again."""
    if draft.stage == "review":
        return go_on(filling, draft)
    papers = papers_now(filling, draft) if draft.stage == "papers" else ()
    rows = summary(filling.form, filling.asked(draft), draft, papers, filling.tools, final=False)
    return Step(draft, FormReply((*rows, *again(filling, draft))))


def _explained(filling: Filling, field: Field, command: str) -> BotMessage:
    language = filling.tools.language
    if command == "why":
        why = field.why.of(language)
        key = "eform_why" if why else "eform_why_default"
        return BotMessage(say(key, language, why=why, label=field.label.of(language)), "answer")
    key = "eform_example" if field.example else "eform_no_example"
    return BotMessage(say(key, language, example=field.example), "answer")


def _back(filling: Filling, draft: Draft) -> Step:
    """The field before the one that is asked: what is written there stays until it is replaced."""
    fields = filling.asked(draft).by_path
    seen = [path for path in draft.trail if path in fields]
    place = seen.index(draft.asked) if draft.asked in seen else len(seen)
    if place == 0:
        return _noted(filling, draft, "eform_nothing_before")
    return ask_field(filling, draft, fields[seen[place - 1]])


def _skip(filling: Filling, draft: Draft, field: Field) -> Step:
    language = filling.tools.language
    label = field.label.of(language)
    if field.path in draft.values:
        return go_on(filling, draft)
    if field.required:
        why = field.why.of(language) or say("eform_not_skippable_default", language)
        told = BotMessage(say("eform_not_skippable", language, label=label, why=why), "answer")
        return Step(draft, FormReply((told, *again(filling, draft))))
    return go_on(filling, draft.with_skipped(field.path), (say("eform_skipped", language, label=label),))
