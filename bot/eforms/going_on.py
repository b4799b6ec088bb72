"""What comes next: the first open field, then the first open paper, then the summary."""

from dataclasses import replace

from bot.eforms.asking import paper_lines, paper_question, question, sendable, summary
from bot.eforms.draft import Draft
from bot.eforms.fields import Field
from bot.eforms.papers import CheckedPaper, checklist
from bot.eforms.turns import Filling, FormReply, Step
from bot.messages import BotMessage
from bot.texts import say


def papers_now(filling: Filling, draft: Draft) -> tuple[CheckedPaper, ...]:
    """The papers of the draft's case and how far each is."""
    return checklist(filling.form, filling.asked(draft).instance, draft.papers, filling.case(draft))


def next_field(filling: Filling, draft: Draft) -> Field | None:
    """The first field that is neither answered nor left out."""
    return next(
        (one for one in filling.asked(draft).fields if one.path not in draft.values and one.path not in draft.skipped), None
    )


def current_field(filling: Filling, draft: Draft) -> Field | None:
    """The field that was asked for last, where it still is asked; else the next one."""
    return filling.asked(draft).by_path.get(draft.asked or "") or next_field(filling, draft)


def go_on(filling: Filling, draft: Draft, notes: tuple[str, ...] = ()) -> Step:
    """Asks for what is missing first; shows the summary where nothing is. ``notes`` are said before it."""
    field = next_field(filling, draft)
    if field is not None:
        return ask_field(filling, draft, field, notes)
    papers = papers_now(filling, draft)
    open_paper = next((one for one in sendable(papers) if one.status == "open"), None)
    if open_paper is not None:
        return ask_paper(filling, draft, papers, open_paper, notes)
    draft = replace(draft, stage="review", asked=None, misses=0, pending=None)
    return Step(
        draft, FormReply(_after(notes, summary(filling.form, filling.asked(draft), draft, papers, filling.tools, final=True)))
    )


def ask_field(filling: Filling, draft: Draft, field: Field, notes: tuple[str, ...] = ()) -> Step:
    """Asks for one field, answered or not."""
    misses = draft.misses if draft.asked == field.path else 0
    draft = replace(draft, stage="filling", asked=field.path, misses=misses, pending=None)
    return Step(draft, FormReply(_after(notes, (question(filling.form, filling.asked(draft), draft, field, filling.tools),))))


def ask_paper(
    filling: Filling, draft: Draft, papers: tuple[CheckedPaper, ...], one: CheckedPaper, notes: tuple[str, ...] = ()
) -> Step:
    """Asks for one paper; before the first one the whole list is shown."""
    if draft.stage != "papers" and not draft.papers:
        head = say("eform_papers_begin", filling.tools.language)
        listed = paper_lines(papers, filling.tools) if len(papers) > 1 else []
        notes = (*notes, "\n".join([head, *listed]))
    draft = replace(draft, stage="papers", asked=one.paper.id, misses=0, pending=None)
    return Step(draft, FormReply(_after(notes, (paper_question(filling.form, papers, one, filling.tools),))))


def again(filling: Filling, draft: Draft) -> tuple[BotMessage, ...]:
    """The open question once more, as it is asked now."""
    if draft.stage == "papers":
        papers = papers_now(filling, draft)
        one = next((paper for paper in sendable(papers) if paper.paper.id == draft.asked), None)
        return (paper_question(filling.form, papers, one, filling.tools),) if one else go_on(filling, draft).reply.messages
    field = current_field(filling, draft) if draft.stage == "filling" else None
    if field is None:
        return go_on(filling, draft).reply.messages[-1:]
    return (question(filling.form, filling.asked(draft), draft, field, filling.tools),)


def _after(notes: tuple[str, ...], messages: tuple[BotMessage, ...]) -> tuple[BotMessage, ...]:
    """The notes in the same bubble as the question that follows; before a summary in one of their own."""
    told = "\n".join(note for note in notes if note)
    if not told:
        return messages
    if len(messages) == 1:
        return (replace(messages[0], text=f"{told}\n{messages[0].text}"),)
    return (BotMessage(told, "status", procedure_code=messages[0].procedure_code), *messages)
