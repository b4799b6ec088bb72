"""Answering the questions of one turn, in the order asked; what must be asked back comes last, and is one question at most."""

from collections.abc import Sequence
from dataclasses import replace

from bot.catalogue.schema import Procedure
from bot.dialogue.agencies import agencies_in, ask_which_work, present_name
from bot.dialogue.asked_about import LIKELY, with_procedures
from bot.dialogue.cases import case_in_text, tells_of_somebody, without_told
from bot.dialogue.errands import begin_errand, carry_out
from bot.dialogue.facets import FALLBACK, GUIDES, OVERVIEW
from bot.dialogue.guide_steps import with_guide
from bot.dialogue.guides import guide
from bot.dialogue.people import miss, offer_person
from bot.dialogue.places import ask_place, open_place, told_place
from bot.dialogue.procedures import (
    answer_facets,
    answer_procedure,
    ask_procedure,
    ask_what_then,
    ask_whether_same,
    at_procedure,
    choose_procedure,
    names_old_level,
    offer_others,
)
from bot.dialogue.questions import Question, goes_back, is_elliptic, questions_of
from bot.dialogue.services import Services
from bot.dialogue.status import status_again, status_reply
from bot.dialogue.sureness import doubts_scope
from bot.dialogue.turn import Clause, DialogueState, Pending, Reply, Turn
from bot.messages import BotMessage
from bot.texts import say

SURE_OUT_OF_SCOPE = 0.6
"""Below this, "out of scope" is rather a message that was not understood."""

NEAR_SHARE = 0.6
"""Beside a likely answer only procedures with this share of its score are offered: a far one only puzzles."""

_ASKING = ("procedure", "case", "place", "agency")
_MAY_TELL_A_CASE = frozenset({"inform", FALLBACK, "deny", "affirm", "find_procedure", "out_of_scope", "ask_conditions"})


def answer_questions(turn: Turn, state: DialogueState, services: Services) -> Reply:
    """The reply to a turn that is no answer to an open question of ours."""
    current = services.catalogue.procedures.get(state.procedure_code or "")
    if turn.corrects and not turn.text:
        return ask_what_then(state, services)
    questions = with_procedures(questions_of(turn, services), state, current, doubted=doubts_scope(turn))
    if reply := _same_list(turn, questions, state, services) or status_again(turn, questions, state, services):
        return reply
    state = _back_if_asked(turn, state, questions)
    if reply := _other_case(turn, questions, current, state, services):
        return reply
    if reply := _about_agency(turn, questions, state, services):
        return reply
    first = questions[0]
    if first.intent == FALLBACK and first.facet is None and len(questions) == 1:
        if reply := told_place(turn, state, services):
            return reply
        return miss(state, unknown_procedure=first.found.verdict == "unknown" and len(first.found.mention.split()) > 1)
    return _place_asked(turn, questions, _answer_all(questions, turn, state, services), services)


def _answer_all(questions: Sequence[Question], turn: Turn, state: DialogueState, services: Services) -> Reply:
    """Group by group, a group being questions about one procedure. One that must be asked about first waits for the others."""
    messages: list[BotMessage] = []
    groups = _groups(questions)
    waiting: list[list[Question]] = []
    for group in groups:
        reply = _answer_group(group, turn, state, services)
        if reply.handoff:
            return Reply((*messages, *reply.messages), reply.state, reply.handoff)
        if _asks(reply) and len(groups) > 1:
            waiting.append(group)
        else:
            messages += reply.messages
            state = reply.state
    if waiting:
        reply = _answer_group(waiting[0], turn, state, services)
        messages += reply.messages
        state = _with_later(reply.state, waiting[1:], turn)
    return Reply(tuple(messages), state)


def _with_later(state: DialogueState, groups: Sequence[Sequence[Question]], turn: Turn) -> DialogueState:
    """The questions that must be asked back too: they come when the open one is answered."""
    later = tuple(Clause(question.text, question.intent, turn.confidence) for group in groups for question in group)
    return state.evolve(pending=replace(state.pending, later=later)) if state.pending and later else state


def answer_later(reply: Reply, pending: Pending | None, conversation_id: str, services: Services) -> Reply:
    """The reply, and with it the questions of the same message that waited for it."""
    if pending is None or not pending.later or reply.state.pending:
        return reply
    text = ". ".join(clause.text for clause in pending.later)
    first = pending.later[0]
    turn = Turn(text, first.intent, first.confidence, pending.later, conversation_id=conversation_id)
    more = answer_questions(turn, reply.state, services)
    return Reply((*reply.messages, *more.messages), more.state, more.handoff)


def _groups(questions: Sequence[Question]) -> list[list[Question]]:
    groups: list[list[Question]] = []
    for question in questions:
        if groups and _same(groups[-1][-1], question):
            groups[-1].append(question)
        else:
            groups.append([question])
    return groups


def _same(one: Question, other: Question) -> bool:
    """Whether both are about one procedure: the same one, or one that is still to be named."""
    same_matter = one.code is not None or one.found == other.found or other.found.verdict == "none"
    return one.about_procedure and other.about_procedure and one.code == other.code and same_matter


def _asks(reply: Reply) -> bool:
    pending = reply.state.pending
    return pending is not None and pending.kind in _ASKING and reply.messages[-1].kind == "question"


def _answer_group(group: Sequence[Question], turn: Turn, state: DialogueState, services: Services) -> Reply:
    first = group[0]
    return (
        _about_procedure(group, turn, state, services)
        if first.about_procedure
        else _without_procedure(first, turn, state, services)
    )


def _about_procedure(group: Sequence[Question], turn: Turn, state: DialogueState, services: Services) -> Reply:
    first, facets = group[0], _facets(group, turn, state)
    procedure = services.catalogue.procedures.get(first.code or "")
    if procedure is not None:
        reply = answer_procedure(state, procedure, facets, services, turn.text)
        return _with_others(first, facets, reply, services)
    if first.found.verdict == "choose":
        codes = [hit.code for hit in first.found.hits]
        doubted = doubts_scope(turn) or first.found.confidence < LIKELY
        named = first.found.question or first.found.named.intersection(codes)
        question = say("scope_unsure") if doubted and not named else first.found.question
        return choose_procedure(state, codes, facets, services, question, turn.text)
    if first.found.verdict == "unknown":
        if state.procedure_code in services.catalogue.procedures and first.facet != OVERVIEW:
            return ask_whether_same(state, facets, services)
        return miss(state, unknown_procedure=True)
    if facets == ["online_level"] and names_old_level(first.text):
        return Reply((BotMessage(say("level_words")),), state)
    return ask_procedure(state, [] if facets == [OVERVIEW] else facets)


def _facets(group: Sequence[Question], turn: Turn, state: DialogueState) -> list[str]:
    """What the group asks; who only names another procedure ("còn khai tử thì sao", "nhầm, hộ chiếu") asks the same about it."""
    facets = [question.facet for question in group if question.facet]
    if facets != [OVERVIEW] or group[0].found.verdict == "none":
        return facets
    if state.pending and state.pending.kind in ("procedure", "agency") and state.pending.facets:
        return list(state.pending.facets)
    leans = is_elliptic(group[0].text) or turn.corrects
    return list(state.facets) if state.facets and leans else facets


def _with_others(first: Question, facets: Sequence[str], reply: Reply, services: Services) -> Reply:
    """After a likely answer the other procedures that may be meant are offered."""
    hits = first.found.hits
    if not first.found.likely or hits[0].code != first.code or reply.state.pending is not None:
        return reply
    near = [hit.code for hit in hits[1:] if hit.score >= NEAR_SHARE * hits[0].score]
    if not near:
        return reply
    others, pending = offer_others(reply.state, near, facets, services)
    return Reply((*reply.messages, others), reply.state.evolve(pending=pending))


def _place_asked(turn: Turn, questions: Sequence[Question], reply: Reply, services: Services) -> Reply:
    """Where the place to file was told and the citizen named a place that may be several, which one is asked at the end."""
    tells_place = any(message.facet == "place" for message in reply.messages)
    question = open_place(turn.text, services) if tells_place and not reply.state.pending else None
    if question is None or len(questions) == 0:
        return reply
    asked = ask_place(question, reply.state, ("place",))
    return Reply((*reply.messages, *asked.messages), asked.state, reply.handoff)


def _tells_only(turn: Turn, question: Question, services: Services) -> bool:
    """Whether the turn only tells for whom or in which case it is asked."""
    if question.intent not in _MAY_TELL_A_CASE or not tells_of_somebody(turn.text, services.today()):
        return False
    rest = services.search.search(without_told(turn.text, services.today()))
    return question.found.verdict in ("none", "unknown") or rest.verdict in ("none", "unknown")


def _same_list(turn: Turn, questions: list[Question], state: DialogueState, services: Services) -> Reply | None:
    """A question without a name while a list of procedures is open: it is asked about the one that will be chosen. So is a case
    that is told now."""
    pending = state.pending
    if pending is None or pending.kind != "procedure" or not pending.options or state.procedure_code in pending.options:
        return None
    asked = [q.facet for q in questions if q.facet and q.code in (None, state.procedure_code) and q.found.verdict == "none"]
    if len(questions) == 1 and not asked and _tells_only(turn, questions[0], services):
        text = ". ".join((*(clause.text for clause in pending.asked), turn.text))
        return choose_procedure(state, list(pending.options), pending.facets, services, text=text)
    if not asked or len(asked) < len(questions):
        return None
    facets = tuple(dict.fromkeys((*(f for f in pending.facets if f != OVERVIEW), *asked)))
    text = ". ".join(clause.text for clause in pending.asked)
    return choose_procedure(state, list(pending.options), facets, services, text=text)


def _other_case(
    turn: Turn, questions: Sequence[Question], current: Procedure | None, state: DialogueState, services: Services
) -> Reply | None:
    """Only another case or person is told ("thế bị mất thì sao", "à không, của con tôi"): the same is answered for it."""
    only = questions[0]
    if current is None or len(questions) > 1 or only.intent not in _MAY_TELL_A_CASE:
        return None
    if only.found.verdict == "sure" and only.found.hits[0].code != current.code:
        return None
    asks_more = only.facet not in (None, OVERVIEW, "conditions")
    leans = is_elliptic(turn.text) or turn.corrects
    elsewhere = state.pending is not None and current.code not in state.pending.options
    if asks_more or elsewhere or (only.facet == "conditions" and not leans):
        return None
    facets = state.facets or ("documents",)
    case_id = case_in_text(current, turn.text, services.today())
    if case_id and (leans or only.intent == "inform" or only.found.verdict in ("none", "unknown")):
        return answer_procedure(state.evolve(case_id=case_id), current, facets, services, turn.text)
    if leans and _tells_only(turn, only, services):
        note = BotMessage(say("case_no_difference", name=current.name))
        reply = answer_procedure(state, current, facets, services, turn.text)
        plain = len(current.cases) < 2 and reply.messages[0].kind == "answer"
        return replace(reply, messages=(note, *reply.messages)) if plain else reply
    return None


def _about_agency(turn: Turn, questions: Sequence[Question], state: DialogueState, services: Services) -> Reply | None:
    """An agency was called by an old name: its present one is said first, then what was asked is answered. None where nothing
    is to be said about a name."""
    named = [one for one in agencies_in(turn.text, services) if one.former]
    if not named:
        return None
    first = questions[0]
    code = next((q.code for q in questions if q.code), None if first.about_procedure else state.procedure_code)
    procedure = services.catalogue.procedures.get(code or "")
    about_it = first.facet in (None, OVERVIEW, "place", "conditions")
    note = present_name(named, procedure, turn.text, services)
    if note is None:
        return ask_which_work(named[0], state, ("place",)) if about_it and first.found.verdict in ("none", "unknown") else None
    if about_it and procedure is None and first.found.verdict in ("none", "unknown"):
        asked = ask_procedure(state, ("place",), key="agency_which_procedure")
        return replace(asked, messages=(note, *asked.messages))
    reply = _place_asked(turn, questions, _answer_all(questions, turn, state, services), services)
    return replace(reply, messages=(note, *reply.messages))


def _without_procedure(question: Question, turn: Turn, state: DialogueState, services: Services) -> Reply:
    state = state.evolve(pending=None)
    if question.intent == "check_status":
        asked = Turn(question.text, "check_status", 1.0, conversation_id=turn.conversation_id)
        reply = status_reply(asked, state.evolve(errand="status"), services, carry_out)
        if reply:
            return reply
    begun = begin_errand(question.intent, replace(turn, text=question.text or turn.text), state, services)
    if begun is not None:
        return begun
    # A second matter in a row that is not ours is a miss too: perhaps it is not understood, and a person may.
    if question.intent == "out_of_scope" and (turn.confidence < SURE_OUT_OF_SCOPE or state.misses):
        return miss(state)
    if question.intent in ("talk_to_officer", "complaint"):
        # A wish that the engine was sure of was granted before (``respond``).
        return offer_person(state)
    if question.intent == "ask_new_place" and (place := open_place(turn.text, services)):
        return ask_place(place, state)
    if question.intent in GUIDES:
        return _guided(question, turn, state, services)
    if question.intent == "inform" and (told := told_place(turn, state, services)):
        return told
    if question.intent in ("affirm", "deny"):
        key = "affirm_open" if question.intent == "affirm" else "offer_declined"
        return Reply((BotMessage(say(key)),), state.evolve(misses=0))
    return miss(state)


def _guided(question: Question, turn: Turn, state: DialogueState, services: Services) -> Reply:
    """A guide; a procedure named beside it becomes the one spoken of, and the authorisation of one names its papers."""
    if question.intent == "start_over":
        state = DialogueState(place_id=state.place_id)
    # Place names are looked for as typed: a clause has its shorthand written out ("tien" may be a name).
    message = guide(question.intent, turn.text if question.intent == "ask_new_place" else question.text, services)
    messages = with_guide(message, question.intent, turn.channel, services)
    code = question.found.hits[0].code if question.found.verdict == "sure" else state.procedure_code
    procedure = services.catalogue.procedures.get(code or "")
    misses = state.misses + 1 if question.intent == "out_of_scope" else 0
    if procedure is None:
        return Reply(messages, state.evolve(misses=misses))
    state = at_procedure(state, procedure, "", services.today())
    if question.intent == "start_over":
        return answer_facets(state, (OVERVIEW,), services)
    if question.intent == "authorise_someone":
        reply = answer_facets(state, ("documents",), services, question.text)
        return Reply((BotMessage(say("authorise_procedure")), *reply.messages), reply.state)
    return Reply(messages, state.evolve(misses=misses))


def _back_if_asked(turn: Turn, state: DialogueState, questions: list[Question]) -> DialogueState:
    """ "quay lại thủ tục lúc nãy": the procedure before the present one becomes the present one."""
    if not goes_back(turn.text) or not state.previous_codes or any(q.found.verdict in ("sure", "choose") for q in questions):
        return state
    previous, *others = state.previous_codes
    before = (state.procedure_code, *others) if state.procedure_code else tuple(others)
    for index, question in enumerate(questions):
        if question.about_procedure:
            questions[index] = replace(question, code=previous)
        elif question.intent in ("start_over", "deny", "affirm", "inform", FALLBACK):
            questions[index] = replace(question, code=previous, facet=OVERVIEW)
    return state.evolve(procedure_code=previous, previous_codes=before, case_id=None)
