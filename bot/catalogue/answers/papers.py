"""Answers on papers and forms: facts that hang under a case."""

from collections.abc import Sequence

from bot.catalogue.answers.facts import (
    MAX_LINES,
    AnswerContext,
    answer,
    case_name,
    in_case,
    lower_first,
    person_button,
    unknown,
    valid_today,
)
from bot.catalogue.schema import Paper, PaperGroup, Procedure
from bot.messages import BotMessage
from bot.texts import say

MAX_PAPERS = MAX_LINES + 2
"""More papers than this over all cases are not shown at once."""


def paper_line(paper: Paper) -> str:
    """One paper with its numbers, form and condition, as far as the source states them."""
    details = []
    if paper.how == "show":
        details.append(say("paper_show"))
    if paper.originals:
        details.append(say("paper_original", count=f"{paper.originals:02d}"))
    if paper.copies:
        details.append(say("paper_copy", count=f"{paper.copies:02d}"))
    if paper.form and paper.form.partition(" (")[0].rstrip("…").casefold() not in paper.name.casefold():
        details.append(say("paper_form", form=paper.form))
    if paper.when:
        details.append(paper.when)
    return f"- {paper.name}" + (f" ({'; '.join(details)})" if details else "")


def needs_case(procedure: Procedure) -> bool:
    """Whether papers differ by case and the whole is too long for one bubble."""
    groups = procedure.documents.groups
    return len({g.case for g in groups if g.case}) > 1 and sum(len(g.items) for g in groups) > MAX_PAPERS


def common_papers(procedure: Procedure) -> list[str]:
    """Lines on what every case needs, to be told before the case is asked; empty where nothing is common."""
    common = [paper_line(paper) for group in procedure.documents.groups if group.case is None for paper in group.items]
    return [say("head_documents_before_case", name=lower_first(procedure.name)), *common] if common else []


def documents_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """The papers of the case (all cases under their names where none is known), with the caution of the list."""
    documents = procedure.documents
    caution = documents_caution(procedure)
    if not valid_today(documents, context.today):
        return unknown(procedure, "documents")
    if documents.certainty == "unknown" or not documents.groups:
        stated = procedure.origin == "imported" and bool(caution)
        return answer(procedure, "documents", caution, [person_button()]) if stated else unknown(procedure, "documents")
    groups = in_case(documents.groups, context.case_id)
    name, case = lower_first(procedure.name), case_name(procedure, context.case_id)
    lines = [say("head_documents_case", name=name, case=lower_first(case)) if case else say("head_documents", name=name)]
    for group in groups:
        lines += _group_lines(procedure, group, titled=len(groups) > 1)
    return answer(procedure, "documents", lines, closing=caution, told=[documents.source])


def documents_caution(procedure: Procedure) -> list[str]:
    """The caution of the whole list of papers, where it has one."""
    documents = procedure.documents
    if documents.certainty != "check" or not documents.note:
        return []
    return [say("check_note", note=documents.note.rstrip(". ")) + " " + say("check_advice")]


def _group_lines(procedure: Procedure, group: PaperGroup, *, titled: bool) -> list[str]:
    papers = [paper_line(paper) for paper in group.items]
    if group.title:
        return [f"{group.title}:", *papers]
    if not titled:
        return papers
    case = case_name(procedure, group.case)
    return [say("head_documents_of_case", case=lower_first(case)) if case else say("head_documents_common"), *papers]


def form_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """The forms named in the list of papers."""
    valid = valid_today(procedure.documents, context.today)
    forms = _forms(in_case(procedure.documents.groups, context.case_id)) if valid else []
    name = lower_first(procedure.name)
    if not forms:
        return answer(procedure, "form", [say("form_none", name=name), say("form_where")])
    lines = [say("head_form", name=name), *(f"- {form}" for form in forms)]
    return answer(procedure, "form", lines, closing=[say("form_where")], told=[procedure.documents.source])


def _forms(groups: Sequence[PaperGroup]) -> list[str]:
    return list(dict.fromkeys(paper.form for group in groups for paper in group.items if paper.form))
