"""What the filling engine says: the questions, the reasons why an answer is none, the checklist and the summary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.eforms.answers import labels
from bot.eforms.draft import Draft
from bot.eforms.fields import PRIVATE_KINDS, Field
from bot.eforms.forms import Asked, Form
from bot.eforms.papers import CheckedPaper, missing
from bot.eforms.readings import Refused
from bot.eforms.showing import shown
from bot.eforms.tools import Tools
from bot.messages import BotMessage, Button
from bot.texts import say

EFORM_INTENT = "eform"
"""The act of every button of the filling; its entities are ``do`` and what ``do`` needs (``field``, ``value``, ``paper``)."""

EXPECTS_PAPER = "paper"
OWN_PHONE = "conversation.phone"
MOST_BUTTONS = 11
LINES_PER_MESSAGE = 20


@dataclass(frozen=True)
class Line:
    """One line of the summary: its number is what citizens call it by."""

    number: int
    field: Field
    text: str


def button(title: str, do: str, **entities: str) -> Button:
    """A button of the filling."""
    return Button(title, EFORM_INTENT, {"do": do, **entities})


def progress(asked: Asked, draft: Draft, field: Field | None = None) -> tuple[int, int]:
    """The place of the question (or of the field that is asked again) and how many there are."""
    counted = [one for one in asked.fields if not one.gate]
    settled = sum(one.path in draft.values or one.path in draft.skipped for one in counted)
    paths = [one.path for one in counted]
    place = settled + 1
    if field is not None and field.path in paths and (field.path in draft.values or field.path in draft.skipped):
        place = paths.index(field.path) + 1
    return min(place, max(len(counted), 1)), max(len(counted), 1)


def question(form: Form, asked: Asked, draft: Draft, field: Field, tools: Tools) -> BotMessage:
    """Asks for one field: its place, the question, what is there now, and whether it may be left out."""
    place, total = progress(asked, draft, field)
    member = field.member.of(tools.language)
    text = field.question.of(tools.language)
    parts = [f"({place}/{total}) {member}: {text}" if member and not field.gate else f"({place}/{total}) {text}"]
    if field.kind in ("choices",) and not draft.values.get(field.path):
        parts.append(say("eform_hint_choices", tools.language))
    if len(field.options) > MOST_BUTTONS or field.kind == "choices":
        parts.append("\n" + "\n".join(f"{n}. {name}" for n, name in enumerate(labels(field.options, tools.language).values(), 1)))
    if field.example and not field.options:
        parts.append(say("eform_hint_example", tools.language, example=field.example))
    kept = draft.values.get(field.path)
    if kept is not None:
        parts.append(say("eform_hint_kept", tools.language, value=shown(field, kept.value, tools)))
    elif not field.required:
        parts.append(say("eform_hint_optional", tools.language))
    return BotMessage(
        " ".join(parts).replace(" \n", "\n"),
        "question",
        buttons=_answer_buttons(field, tools, kept=kept is not None),
        procedure_code=form.code or None,
        expects=PRIVATE_KINDS.get(field.kind),
        request="phone" if field.kind == "phone" and field.prefill == OWN_PHONE else None,
    )


def _answer_buttons(field: Field, tools: Tools, *, kept: bool) -> tuple[Button, ...]:
    made: list[Button] = []
    if field.kind == "boolean":
        made += [
            button(say("eform_yes", tools.language), "answer", field=field.path, value="true"),
            button(say("eform_no", tools.language), "answer", field=field.path, value="false"),
        ]
    elif field.kind == "choice" and len(field.options) <= MOST_BUTTONS:
        made += [
            button(name, "answer", field=field.path, value=key) for key, name in labels(field.options, tools.language).items()
        ]
    if kept:
        made.append(button(say("eform_button_keep", tools.language), "keep", field=field.path))
    elif not field.required:
        made.append(button(say("eform_button_skip", tools.language), "skip", field=field.path))
    return tuple(made)


def refusal(field: Field, refused: Refused, tools: Tools, misses: int) -> str:
    """Why an answer was none and what to do; after two misses also that a person can help."""
    values = {"label": field.label.of(tools.language), "example": field.example, **refused.values}
    parts = [say(refused.key, tools.language, **values)]
    if misses >= 2:
        parts.append(say("eform_help_person" if field.required else "eform_help_skip", tools.language))
    return " ".join(parts)


def noted(pairs: Sequence[tuple[Field, Any]], tools: Tools) -> str:
    """What was written down, said back."""
    told = "; ".join(
        say("eform_noted_one", tools.language, label=full_label(field, tools.language), value=shown(field, value, tools))
        for field, value in pairs
    )
    return say("eform_noted", tools.language, told=told) if told else ""


def full_label(field: Field, language: str) -> str:
    """What a field is called among all others: with its member of a group, or with the object it stands in."""
    label, of = field.label.of(language), field.member.of(language) or field.section.of(language)
    if not of or (not field.member and of.lower() in label.lower()):
        return label
    return f"{of}, {label[:1].lower()}{label[1:]}"


def lines_of(asked: Asked, draft: Draft, tools: Tools) -> tuple[Line, ...]:
    """The lines of the summary: every field that was asked, in order."""
    lines: list[Line] = []
    for field in asked.fields:
        if field.gate or (field.path not in draft.values and field.path not in draft.skipped):
            continue
        answer = draft.values.get(field.path)
        told = shown(field, answer.value, tools) if answer is not None else say("eform_left_empty", tools.language)
        if answer is not None and answer.origin == "prefilled":
            told = say("eform_prefilled", tools.language, value=told)
        lines.append(Line(len(lines) + 1, field, f"{len(lines) + 1}. {full_label(field, tools.language)}: {told}"))
    return tuple(lines)


def summary(
    form: Form, asked: Asked, draft: Draft, papers: Sequence[CheckedPaper], tools: Tools, *, final: bool
) -> tuple[BotMessage, ...]:
    """All answers with numbers masked and the state of the papers. ``final``: it is to be confirmed."""
    language = tools.language
    rows = [line.text for line in lines_of(asked, draft, tools)]
    rows += paper_lines(papers, tools)
    head = say("eform_summary_head", language, name=form.title.of(language))
    chunks = [rows[at : at + LINES_PER_MESSAGE] for at in range(0, len(rows), LINES_PER_MESSAGE)] or [[]]
    texts = ["\n".join(chunk) for chunk in chunks]
    texts[0] = f"{head}\n{texts[0]}".strip()
    if not final:
        return tuple(BotMessage(text, "status", procedure_code=form.code or None) for text in texts)
    lacking = missing(papers)
    last = [say("eform_summary_ask", language)]
    if lacking:
        last.insert(0, say("eform_papers_missing", language, papers="; ".join(paper.title.of(language) for paper in lacking)))
    buttons = (
        button(say("eform_button_confirm", language), "confirm"),
        button(say("eform_button_edit", language), "edit"),
        button(say("eform_button_pause", language), "pause"),
    )
    messages = [BotMessage(text, "status", procedure_code=form.code or None) for text in texts]
    return (*messages, BotMessage(" ".join(last), "question", buttons=buttons, procedure_code=form.code or None))


def paper_lines(papers: Sequence[CheckedPaper], tools: Tools) -> list[str]:
    """One line a paper."""
    language = tools.language
    return [
        say(f"eform_paper_{one.status}", language, title=one.paper.title.of(language), count=len(one.uploads)) for one in papers
    ]


def paper_question(form: Form, papers: Sequence[CheckedPaper], one: CheckedPaper, tools: Tools) -> BotMessage:
    """Asks for one paper: a photo or a file, or that it is in the store of data, or that it comes later."""
    language = tools.language
    place = next(n for n, other in enumerate(sendable(papers), 1) if other.paper.id == one.paper.id)
    paper = one.paper
    text = say("eform_paper_ask", language, place=place, total=len(sendable(papers)), title=paper.title.of(language))
    types = say("eform_types_pdf" if paper.accepts == ("application/pdf",) else "eform_types_all", language)
    parts = [text, types, paper.note.of(language)]
    buttons = (
        [button(say("eform_button_in_store", language), "paper", paper=paper.id, value="in_store")] if paper.reusable else []
    )
    buttons.append(button(say("eform_button_later", language), "paper", paper=paper.id, value="later"))
    return BotMessage(
        " ".join(part for part in parts if part),
        "question",
        buttons=tuple(buttons),
        procedure_code=form.code or None,
        expects=EXPECTS_PAPER,
    )


def sendable(papers: Sequence[CheckedPaper]) -> tuple[CheckedPaper, ...]:
    """The papers that can be sent: those that are only shown at the counter are not asked for."""
    return tuple(one for one in papers if not one.paper.show)
