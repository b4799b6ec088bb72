"""Misses and handing over to a person."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from bot.catalogue.answers.facts import person_button
from bot.catalogue.schema import Procedure
from bot.dialogue.services import Services, place_names
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.fields import fields_named
from bot.messages import BotMessage, Button, HandoffReason, HandoffRequest
from bot.texts import say

MISSES_BEFORE_OFFER = 2
"""Two misses in a row offer a person (fault R14: fallback loops)."""


def hand_over(reason: HandoffReason, turn: Turn, state: DialogueState, services: Services, words: str | None = None) -> Reply:
    """Opens a handoff with a typed reason. What happens next (the queue, or a ticket outside hours) is told by the gateway, which
    knows the team: its words follow these. ``words``: said instead of the usual sentence."""
    lines = [words or say("handoff_complaint" if reason == "complaint" else "handoff_asked")]
    if services.hotline:
        lines.append(say("handoff_hotline", hotline=services.hotline))
    message = BotMessage(" ".join(lines), kind="handoff")
    return Reply((message,), state.evolve(pending=None, misses=0), HandoffRequest(reason, summary(turn, state, services)))


def summary(turn: Turn, state: DialogueState, services: Services) -> dict[str, Any]:
    """What the officer reads first; masked text only. The matter is what this message names, a procedure or a whole field, else
    what was spoken of so far: who asks for a person about another matter goes to the people of that one."""
    known = services.catalogue.procedures
    named = _named_matters(turn, state, services) or _matters_of_named_fields(turn, state, services)
    procedure = next(iter(named)) if len(named) == 1 else None if named else known.get(state.procedure_code or "")
    if procedure is None or procedure.code != state.procedure_code:
        state = state.evolve(case_id=None)
    matters = named or ([procedure] if procedure else [])
    case = next((one for one in procedure.cases if one.id == state.case_id), None) if procedure else None
    drafts = services.submissions.open_drafts(turn.conversation_id) if services.submissions and turn.conversation_id else ()
    return {
        "procedure_code": procedure.code if procedure else None if named else state.procedure_code,
        "procedure_name": procedure.name if procedure else None,
        "deciding_agency": _agency_of_most(matter.deciding_agency for matter in matters),
        "receiving_agency": _agency_of_most(matter.receiving_agency for matter in matters),
        "case": state.case_id,
        "case_name": case.name if case else None,
        "place": state.place_id,
        "place_name": next(iter(place_names(services, [state.place_id])), None) if state.place_id else None,
        "dossier": services.dossiers.masked_code(state.dossier_ref, turn.conversation_id) if state.dossier_ref else None,
        "drafts": [draft.title for draft in drafts],
        "facets": list(state.facets),
        "last_message": turn.text,
        "misses": state.misses,
    }


def _named_matters(turn: Turn, state: DialogueState, services: Services) -> list[Procedure]:
    """The procedures that the words of this message name; one where they name it surely or it is the one spoken of."""
    if not turn.text:
        return []
    found = services.search.search(turn.text)
    known = services.catalogue.procedures
    if found.verdict == "sure":
        return [known[found.hits[0].code]] if found.hits[0].code in known else []
    named = [known[hit.code] for hit in found.hits if hit.code in found.named and hit.code in known]
    return _spoken_of_or_all(named, state)


def _matters_of_named_fields(turn: Turn, state: DialogueState, services: Services) -> list[Procedure]:
    """The procedures of the fields that this message names ("chuyện đất đai"); one where it is the one spoken of."""
    fields = fields_named(turn.text)
    return _spoken_of_or_all([one for one in services.catalogue.procedures.values() if one.field in fields], state)


def _spoken_of_or_all(named: list[Procedure], state: DialogueState) -> list[Procedure]:
    return [one for one in named if one.code == state.procedure_code] or named


def _agency_of_most(agencies: Iterable[str | None]) -> str | None:
    """The agency that more than half of the matters share; None where there is none such."""
    counted = Counter(agencies)
    if not counted:
        return None
    agency, times = counted.most_common(1)[0]
    return agency if 2 * times > counted.total() else None


def offer_person(state: DialogueState, key: str = "offer_person") -> Reply:
    """Offers a person where the wish for one is likely but not sure."""
    message = BotMessage(say(key), kind="question", buttons=(person_button(),))
    return Reply((message,), state.evolve(pending=Pending("offer_person"), misses=0))


def miss(state: DialogueState, *, unknown_procedure: bool = False) -> Reply:
    """A turn that was not understood, or that asks about something the catalogue lacks."""
    misses = state.misses + 1
    person = (person_button(),)
    if misses >= MISSES_BEFORE_OFFER:
        message = BotMessage(say("miss_second"), kind="question", buttons=person)
        return Reply((message,), state.evolve(misses=misses, pending=Pending("offer_person")))
    if unknown_procedure:
        return Reply((BotMessage(say("miss_unknown_procedure"), buttons=person),), state.evolve(misses=misses, pending=None))
    capabilities = Button(say("button_status"), "check_status")
    return Reply(
        (BotMessage(say("miss_first"), kind="question", buttons=(capabilities, *person)),),
        state.evolve(misses=misses, pending=None),
    )
