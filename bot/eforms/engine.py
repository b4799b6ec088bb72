"""The filling engine: one turn of the citizen in, the draft and the reply out. Pure: no clock, no store, no network.

``begin`` opens a draft or takes it up again, ``step`` takes one turn. Private numbers may come as placeholders; ``Tools.reveal``
knows their values, which go into the draft in clear (it is stored encrypted) and into no reply.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.eforms.asking import progress
from bot.eforms.commands import asks_something, command_in
from bot.eforms.corrections import correction_in, counted
from bot.eforms.doing import carry_out
from bot.eforms.draft import Answer, Draft
from bot.eforms.filling import fill
from bot.eforms.fixing import ask_what, chosen_field, fields_named, fix, settle_field
from bot.eforms.forms import Form
from bot.eforms.going_on import again, ask_field, go_on
from bot.eforms.json_schema import holds, violations
from bot.eforms.members import member_turn
from bot.eforms.paper_turns import paper_turn
from bot.eforms.readings import Refused
from bot.eforms.recording import after_recording, record, refuse
from bot.eforms.several import answers_in
from bot.eforms.tools import Tools, revealed
from bot.eforms.turns import Filling, FormReply, Said, Step
from bot.eforms.yes_no import yes_or_no
from bot.messages import BotMessage
from bot.texts import say

_SETTLED_BY_ASKING = frozenset({"required", "dependentRequired", "if", "minItems", "oneOf", "anyOf"})
"""Rules that the form keeps by what it asks for; fields of other cases are rightly missing."""


def new_draft(form: Form, draft_id: str, case: str | None = None, prefill: Mapping[str, Any] | None = None) -> Draft:
    """An empty draft. ``case``: the case known from the talk before; ``prefill``: source (``x-prefill``) → JSON value."""
    draft = Draft(draft_id, form.code, form.version, case=case)
    first = form.asked({}).by_path.get(form.case_field)
    if first is not None and any(option.value == case for option in first.options):
        draft = replace(draft, values={form.case_field: Answer(case)})
    for _ in range(3):
        # An answer may bring further fields that can be filled beforehand.
        for field in form.asked(draft.plain).fields:
            value = (prefill or {}).get(field.prefill) if field.prefill else None
            if value is not None and field.path not in draft.values and holds(field.schema, value):
                draft = replace(draft, values={**draft.values, field.path: Answer(value, "prefilled")})
    return draft


def begin(form: Form, draft: Draft, tools: Tools) -> Step:
    """The first question of a draft, or the next one of a draft that is taken up again."""
    filling = Filling(form, tools)
    if not draft.open:
        return Step(draft, FormReply((), "closed"))
    fresh = not draft.trail and draft.revision == 0
    name = form.title.of(tools.language)
    _, total = progress(filling.asked(draft), draft)
    head = say("eform_begin", tools.language, name=name, total=total) if fresh else say("eform_again", tools.language, name=name)
    step = go_on(filling, replace(draft, version=form.version, stage="filling", pending=None))
    return _counted_up(draft, Step(step.draft, replace(step.reply, messages=(BotMessage(head, "notice"), *step.reply.messages))))


def step(form: Form, draft: Draft, message: Said, tools: Tools) -> Step:
    """One turn. The reply's outcome says whether it was an answer (``FormReply``); the revision rises where the draft changed."""
    if not draft.open:
        return Step(draft, FormReply((), "closed"))
    return _counted_up(draft, _turn(Filling(form, tools), replace(draft, version=form.version), message))


def _counted_up(before: Draft, made: Step) -> Step:
    changed = replace(made.draft, revision=before.revision) != before
    return Step(replace(made.draft, revision=before.revision + 1) if changed else before, made.reply)


def _turn(filling: Filling, draft: Draft, message: Said) -> Step:
    if draft.stage == "paused":
        draft = go_on(filling, draft).draft
    if message.act is not None:
        return _act(filling, draft, message.act)
    if message.uploads:
        return paper_turn(filling, draft, "", message.uploads)
    text, whole = revealed(message.text, filling.tools.reveal)
    if not whole and not text.strip(" .,"):
        return Step(
            draft, FormReply((BotMessage(say("eform_expired_value", filling.tools.language), "question"), *again(filling, draft)))
        )
    if not text.strip():
        return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))
    return _text(filling, draft, text, asks=message.asks)


def _text(filling: Filling, draft: Draft, text: str, *, asks: bool) -> Step:
    made = _pending(filling, draft, text) or (_papers(filling, draft, text) if draft.stage == "papers" else None)
    if made is not None:
        return made
    draft = replace(draft, pending=None)
    command = command_in(text)
    if command is not None:
        made = carry_out(filling, draft, command, text)
        if made is not None:
            return made
    if not asks and (made := member_turn(filling, draft, text)) is not None:
        return made
    correction = correction_in(text)
    if correction is not None and not (asks or text.rstrip().endswith("?")):
        made = fix(filling, draft, correction)
        if made is not None:
            return made
        if correction.slip and not correction.old and not correction.new:
            return ask_what(filling, draft)
    if draft.stage == "review":
        return _review(filling, draft, text, asks=asks)
    if draft.stage == "papers":
        return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))
    return fill(filling, draft, text, asks=asks)


def _papers(filling: Filling, draft: Draft, text: str) -> Step | None:
    made = paper_turn(filling, draft, text, ())
    return None if made.reply.outcome == "not_an_answer" else made


def _pending(filling: Filling, draft: Draft, text: str) -> Step | None:
    """The turn as the answer to a question about an answer; None where it is something else."""
    pending = draft.pending
    if pending is None:
        return None
    if pending.kind == "cancel":
        said = yes_or_no(text)
        if said is None and command_in(text) != "cancel":
            return None
        return carry_out(filling, replace(draft, pending=None), "cancel_now" if said is not False else "cancel_not", text)
    if pending.kind == "which_field":
        return chosen_field(filling, draft, pending, text)
    field = filling.asked(draft).by_path.get(pending.path)
    number = counted(text)
    options = list(pending.options)
    if field is None:
        return None
    if number is not None:
        text = options[number - 1] if 1 <= number <= len(options) else text
    if number is None and (command_in(text) or asks_something(text)):
        return None
    done = record(filling, draft, [(field, text)], field)
    if done.refused is not None:
        choices = ", ".join(f"{place}) {label}" for place, label in enumerate(pending.options.values(), 1))
        refused = Refused("eform_choose_again", {"options": choices})
        made = refuse(filling, draft, field, refused)
        return Step(replace(made.draft, pending=pending), made.reply)
    return after_recording(filling, done, draft)


def _act(filling: Filling, draft: Draft, act: Mapping[str, str]) -> Step:
    """A button of ours; one that fits nothing any more only brings the open question again."""
    field = filling.asked(draft).by_path.get(act.get("field", ""))
    match act.get("do"):
        case "answer" if field is not None:
            done = record(filling, draft, [(field, act.get("value", ""))], field)
            done.draft = replace(done.draft, pending=None)
            return after_recording(filling, done, draft)
        case "skip" | "keep" as told if field is not None:
            return carry_out(filling, replace(draft, asked=field.path, stage="filling", pending=None), told, "") or go_on(
                filling, draft
            )
        case "edit" if field is not None:
            if draft.pending is not None and draft.pending.kind == "which_field" and field.path in draft.pending.options:
                return settle_field(filling, draft, draft.pending, field)
            return ask_field(filling, draft, field)
        case "edit":
            return ask_what(filling, draft)
        case "confirm" if draft.stage == "review":
            return confirm(filling, draft)
        case "pause" | "cancel_now" | "cancel_not" as told:
            return carry_out(filling, replace(draft, pending=None), told, "") or go_on(filling, draft)
        case "paper":
            return paper_turn(filling, draft, "", (), act)
    return go_on(filling, draft)


def _review(filling: Filling, draft: Draft, text: str, *, asks: bool) -> Step:
    """The summary was shown: yes confirms it, a number or a field's words set something right."""
    said = yes_or_no(text)
    if said is True:
        return confirm(filling, draft)
    if said is False:
        return ask_what(filling, draft)
    named = fields_named(filling, draft, text)
    if len(named) == 1:
        return ask_field(filling, draft, named[0])
    if asks or asks_something(text):
        return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))
    pairs = [(field, words) for field, words in answers_in(text, filling.asked(draft).fields, None, draft.plain, filling.tools)]
    done = record(filling, draft, pairs, None)
    if done.taken:
        return after_recording(filling, done, draft)
    return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))


def confirm(filling: Filling, draft: Draft) -> Step:
    """Confirms the summary, once the whole form holds by its schema."""
    asked = filling.asked(draft)
    made = go_on(filling, draft)
    if made.draft.stage != "review":
        return made
    for broken in violations(filling.form.schema, asked.instance):
        field = asked.by_path.get(broken.field_path)
        if field is None and broken.word in _SETTLED_BY_ASKING:
            continue
        if field is None:
            return Step(draft, FormReply((BotMessage(say("eform_broken_schema", filling.tools.language), "apology"),)))
        return refuse(filling, draft, field, Refused("eform_bad_value"))
    draft = replace(draft, stage="confirmed", asked=None, pending=None)
    return Step(draft, FormReply((BotMessage(say("eform_confirmed", filling.tools.language), "status"),), "confirmed"))


def instance_of(form: Form, draft: Draft) -> dict[str, Any]:
    """What is filled in, as the JSON that the schema describes; answers to fields that are no longer asked are left out."""
    return dict(form.asked(draft.plain, draft.skipped).instance)
