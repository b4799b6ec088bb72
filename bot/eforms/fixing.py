"""Corrections: which answer is meant, and what it becomes."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.choices import chosen_option
from bot.eforms.answers import read_answer
from bot.eforms.asking import button, full_label, lines_of
from bot.eforms.corrections import Correction, correction_in, counted, replaced
from bot.eforms.draft import Draft, Pending
from bot.eforms.fields import Field
from bot.eforms.going_on import ask_field, current_field, go_on
from bot.eforms.ordinals import ORDINAL, place_named
from bot.eforms.readings import Accepted
from bot.eforms.recording import after_recording, record
from bot.eforms.several import siblings_of
from bot.eforms.showing import shown
from bot.eforms.turns import Filling, FormReply, Step
from bot.language.normalise import clean, fold, nfc
from bot.language.phrases import PhraseIndex
from bot.messages import BotMessage
from bot.texts import say

_COPIED = frozenset({"text", "address", "person_name"})
MOST_CANDIDATES = 8
_OF_MEMBER = re.compile(
    r"^(?P<field>.+?)(?: cua)? (?:nguoi|thanh vien|con|ban|em|chau|noi|cai|nguoi di cung|vi)"
    rf" (?:thu|so) {ORDINAL}$"
)


def fix(filling: Filling, draft: Draft, correction: Correction) -> Step | None:
    """Carries a correction out; None where nothing that was answered is meant, so that the message may be an answer itself."""
    if correction.old:
        for old, new in correction.cuts:
            named = fields_named(filling, draft, old)
            if len(named) == 1:
                return apply_fix(filling, draft, named[0], new)
            if named:
                return which_field(filling, draft, named, new)
        if correction.new:
            return _fix_by_value(filling, draft, correction)
        return None
    if correction.new:
        return _fix_last(filling, draft, correction.new)
    if correction.slip:
        last = _last_answered(filling, draft)
        if last is not None:
            return apply_fix(filling, draft, last, "")
    return ask_what(filling, draft)


def apply_fix(filling: Filling, draft: Draft, field: Field, new: str) -> Step:
    """Takes the new value of a field; asks for it where none was said."""
    if not new:
        notes = (say("eform_which_value", filling.tools.language, label=field.label.of(filling.tools.language)),)
        return ask_field(filling, draft, field, notes if draft.asked != field.path else ())
    return after_recording(filling, record(filling, draft, [(field, new)], field), draft)


def fields_named(filling: Filling, draft: Draft, words: str) -> list[Field]:
    """The fields that words name: by the number of a line, or by a field's own words. Answered ones before the others, and of
    those the ones of the member that is being filled in."""
    words, member = _without_member(words)
    number = counted(words) if member is None else None
    if number is not None:
        return [line.field for line in lines_of(filling.asked(draft), draft, filling.tools) if line.number == number]
    fields = [one for one in filling.asked(draft).fields if not one.gate]
    index = PhraseIndex((name, one.path) for one in fields for name in (one.label.vi, one.label.en, *one.words) if name)
    wanted = nfc(clean(words))
    found = {path for match in index.find(wanted) if 2 * (match.end - match.start) >= len(wanted) for path in match.values}
    named = [one for one in fields if one.path in found or fold(wanted) == fold(one.label.vi)]
    named = [one for one in named if one.path in draft.values or one.path in draft.skipped] or named
    exact = [one for one in named if fold(one.label.vi) == fold(wanted)]
    named = exact or named
    of_member = [one for one in named if one.member and fold(one.member.vi) in fold(wanted)]
    if member is not None:
        of_member = [one for one in named if one.member and one.member.vi.endswith(f" {member}")]
    return of_member or named


def _fix_by_value(filling: Filling, draft: Draft, correction: Correction) -> Step | None:
    """The answer in which the wrong words stand."""
    fields = filling.asked(draft).by_path
    candidates: list[tuple[Field, str]] = []
    for path in reversed(draft.trail):
        field = fields.get(path)
        if field is None or field.gate or path not in draft.values:
            continue
        value, siblings = draft.values[path].value, siblings_of(field, draft.plain)
        if field.kind in _COPIED:
            text = replaced(str(value), correction.old, correction.new)
            if text is not None and isinstance(read_answer(field, text, filling.tools, siblings), Accepted):
                candidates.append((field, text))
        else:
            old = read_answer(field, correction.old, filling.tools, siblings)
            if isinstance(old, Accepted) and old.value == value:
                candidates.append((field, correction.new))
    if len(candidates) == 1:
        field, text = candidates[0]
        return after_recording(filling, record(filling, draft, [(field, text)], field), draft)
    if candidates:
        # The new words are read again for the chosen one.
        return which_field(filling, draft, [field for field, _ in candidates], correction.new, correction.old)
    asked = current_field(filling, draft) if draft.stage == "filling" else None
    if (
        asked is not None
        and not asked.gate
        and isinstance(read_answer(asked, correction.new, filling.tools, siblings_of(asked, draft.plain)), Accepted)
    ):
        return after_recording(filling, record(filling, draft, [(asked, correction.new)], asked), draft)
    return None


def _fix_last(filling: Filling, draft: Draft, new: str) -> Step | None:
    """Only "nhầm" was said: the answer given last is meant; an earlier one where only that takes the new value."""
    fields = filling.asked(draft).by_path
    answered = [
        fields[path] for path in reversed(draft.trail) if path in fields and path in draft.values and not fields[path].gate
    ]
    for place, field in enumerate(answered):
        if place and field.kind in (*_COPIED, "list"):
            continue
        if isinstance(read_answer(field, new, filling.tools, siblings_of(field, draft.plain)), Accepted):
            return after_recording(filling, record(filling, draft, [(field, new)], field), draft)
    return None


def _last_answered(filling: Filling, draft: Draft) -> Field | None:
    fields = filling.asked(draft).by_path
    return next((fields[path] for path in reversed(draft.trail) if path in fields), None)


def ask_what(filling: Filling, draft: Draft) -> Step:
    """Asks which field is to be set right, with what is there."""
    language = filling.tools.language
    lines = lines_of(filling.asked(draft), draft, filling.tools)
    if not lines:
        return go_on(filling, draft)
    text = "\n".join([*(line.text for line in lines), say("eform_fix_what", language)])
    pending = Pending("which_field", options={line.field.path: line.field.label.of(language) for line in lines})
    return Step(
        replace(draft, pending=pending), FormReply((BotMessage(text, "question", procedure_code=filling.form.code or None),))
    )


def _without_member(words: str) -> tuple[str, int | None]:
    """ "tên người thứ 2": the field's own words, and the member's place."""
    match = _OF_MEMBER.match(fold(nfc(clean(words))))
    place = place_named(match["ordinal"]) if match else None
    if match is None or place is None or place < 1:
        return words, None
    return nfc(clean(words))[: match.end("field")], place


def which_field(filling: Filling, draft: Draft, fields: Sequence[Field], new: str, old: str = "") -> Step:
    """Asks which of several fields is meant; ``new`` waits for it."""
    language = filling.tools.language
    options = {}
    for one in fields[:MOST_CANDIDATES]:
        label = full_label(one, language)
        kept = draft.values.get(one.path)
        options[one.path] = f"{label} ({shown(one, kept.value, filling.tools)})" if kept is not None else label
    buttons = tuple(button(label, "edit", field=path) for path, label in options.items())
    pending = Pending("which_field", old, options, new)
    message = BotMessage(
        say("eform_which_field", language), "question", buttons=buttons, procedure_code=filling.form.code or None
    )
    return Step(replace(draft, pending=pending), FormReply((message,)))


def chosen_field(filling: Filling, draft: Draft, pending: Pending, text: str) -> Step | None:
    """The field chosen among those that we asked about, with the value that was said before."""
    correction = correction_in(text)
    if correction is not None and correction.new and correction.old:
        # The whole correction is said once more: it stands by itself.
        return None
    path = chosen_option(text, pending.options)
    if path is None:
        named = [one for one in fields_named(filling, draft, text) if one.path in pending.options]
        path = named[0].path if len(named) == 1 else None
    field = filling.asked(draft).by_path.get(path or "")
    return settle_field(filling, draft, pending, field) if field is not None else None


def settle_field(filling: Filling, draft: Draft, pending: Pending, field: Field) -> Step:
    """Applies a correction that waited for its field."""
    draft = replace(draft, pending=None)
    kept = draft.values.get(field.path)
    new = pending.text
    if pending.path and kept is not None and field.kind in _COPIED:
        new = replaced(str(kept.value), pending.path, new) or new
    return apply_fix(filling, draft, field, new)
