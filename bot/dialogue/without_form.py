"""How to submit what cannot be filled in here: the official page with its owner, the nearest place, the steps, the papers of the
case, and where help is."""

from dataclasses import replace
from datetime import date

from bot.catalogue.answers.facts import lower_first, person_button
from bot.catalogue.answers.render import case_question, facet_answer
from bot.catalogue.answers.ways import CENTRES
from bot.catalogue.schema import Procedure
from bot.dialogue.procedures import context_of
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply
from bot.language.formats import spoken_date
from bot.messages import BotMessage
from bot.texts import say


def with_way_without_form(reply: Reply, services: Services) -> Reply:
    """An answer on how to submit, made whole where there is no e-form; every other reply as it is."""
    submissions = services.submissions
    told = [message for message in reply.messages if message.facet == "submission" and message.procedure_code]
    if submissions is None or reply.state.draft_id is not None or reply.handoff or len(told) != 1:
        return reply
    code = told[0].procedure_code or ""
    procedure = services.catalogue.procedures.get(code)
    if procedure is None or submissions.has_form(code):
        return reply
    whole = replace(told[0], text="\n".join([told[0].text, *_way(procedure, reply.state, services)]))
    messages = tuple(whole if message is told[0] else message for message in reply.messages)
    if reply.state.pending is not None:
        return replace(reply, messages=messages)
    return _with_steps_and_papers(Reply(messages, reply.state), procedure, services)


def _way(procedure: Procedure, state: DialogueState, services: Services) -> list[str]:
    """Whose page it is and how old that knowledge is; where it is handed in near by; who helps."""
    context = context_of(state, services)
    agency = context.agency_name(procedure.receiving_agency)
    lines = []
    if procedure.online.available:
        link = procedure.official_link
        key = "without_form_page" if link.verified_on else "without_form_page_unchecked"
        day = spoken_date(link.verified_on) if link.verified_on else _spoken_as_of(procedure.source.as_of)
        lines.append(say(key, owner=link.owner, day=day))
    if context.filing_stopped:
        # Where it goes instead was told with why.
        pass
    elif procedure.receiving_agency not in CENTRES:
        lines.append(say("without_form_agency", agency=agency))
    elif context.place_name:
        lines.append(say("without_form_near", agency=agency, place=context.place_name))
    else:
        lines.append(say("without_form_which_place", agency=agency))
    lines.append(say("without_form_help_hotline", hotline=services.hotline) if services.hotline else say("without_form_help"))
    return lines


def _spoken_as_of(as_of: str) -> str:
    """The source's date: a day, or a month where it states no more."""
    parts = as_of.split("-")
    return spoken_date(date.fromisoformat(as_of)) if len(parts) == 3 else f"{parts[1]}/{parts[0]}"


def _with_steps_and_papers(reply: Reply, procedure: Procedure, services: Services) -> Reply:
    """The steps, then the papers of the citizen's case; where the case matters and is not known, it is asked for."""
    state, context = reply.state, context_of(reply.state, services)
    told = {message.facet for message in reply.messages}
    more: list[BotMessage] = []
    if "steps" not in told and procedure.steps:
        more.append(replace(facet_answer(procedure, "steps", context), buttons=()))
    if "documents" not in told:
        question = case_question(procedure, "documents", context)
        if question is not None:
            options = {button.entities["case_id"]: button.title for button in question.buttons}
            text = say("without_form_case", name=lower_first(procedure.name)) + "\n" + question.text
            more.append(replace(question, text=text))
            state = state.evolve(pending=Pending("case", options, ("documents",)))
        else:
            papers = facet_answer(procedure, "documents", context)
            buttons = papers.buttons if person_button() in papers.buttons else (*papers.buttons, person_button())
            more.append(replace(papers, buttons=buttons))
    return Reply((*reply.messages, *more), state)
