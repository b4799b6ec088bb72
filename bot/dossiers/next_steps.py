"""What happens next with a dossier, in words: who must act, and what to do now."""

from bot.dossiers.lookup import Found
from bot.dossiers.status_table import StatusMeaning, WhoMustAct
from bot.language.formats import spoken_date, spoken_money
from bot.language.masking import find_private, masked
from bot.portal.records import Dossier, SupplementRequest
from bot.portal.submission import ProcedureFees
from bot.portal.watching import SupplementDetails
from bot.texts import say

_FINISHED, _SUPPLEMENT = "dossier_now_finished", "dossier_now_supplement"
_MOST_PAPERS = 10


def next_step_lines(dossier: Dossier, meaning: StatusMeaning | None, language: str) -> list[str]:
    """Sentences in order: who must act, then what now (a supplement says both at once)."""
    actor = say(f"dossier_acts_{who_must_act(dossier, meaning)}", language)
    if meaning is None:
        return [actor, say("dossier_unknown_next", language)]
    if meaning.flattened:
        return [actor, say("dossier_flattened", language, status_code=dossier.status_code)]
    key = meaning.status.citizen_text
    if key == _SUPPLEMENT:
        return _supplement_lines(dossier, language)
    if key == _FINISHED:
        return [actor, say(key, language, collect=_collect(dossier, language))]
    return [actor, say(key, language)]


def who_must_act(dossier: Dossier, meaning: StatusMeaning | None) -> WhoMustAct:
    """The citizen, where either the portal or the table says so: being told of a duty too often does less harm than missing
    it. Else what the portal says, else the table; unclear where the status is unknown or stands for several."""
    from_table: WhoMustAct = meaning.status.who_must_act if meaning and not meaning.flattened else "unclear"
    if "citizen" in (dossier.must_act, from_table):
        return "citizen"
    return dossier.must_act or from_table


def procedure_name(name: str | None) -> str:
    """The procedure's name as it stands behind the word "Thủ tục:", without saying that word twice."""
    shown = free_text(name)
    short = shown.removeprefix("Thủ tục ")
    return short[:1].upper() + short[1:]


def free_text(text: str | None) -> str:
    """A text of the portal as it may be shown: personal numbers in it are masked."""
    if not text:
        return ""
    pieces, last = [], 0
    for span in find_private(text):
        pieces += [text[last : span.start], masked(span.kind, span.value)]
        last = span.end
    return "".join(pieces) + text[last:]


def _supplement_lines(dossier: Dossier, language: str) -> list[str]:
    """The latest request; its round only from the second on, because the citizen need not count the first."""
    requests = dossier.supplement_requests
    spoken_round = " " + say("dossier_supplement_round", language, round=len(requests)) if len(requests) > 1 else ""
    latest = requests[-1] if requests else None
    if latest and latest.answered_at:
        day = spoken_date(latest.answered_at.day)
        return [say("dossier_supplement_answered", language, day=day, round=spoken_round)]
    return [say(_SUPPLEMENT, language, request=_request_line(latest, spoken_round, language))]


def _request_line(request: SupplementRequest | None, spoken_round: str, language: str) -> str:
    count = f"{request.item_count:02d}" if request and request.item_count else None
    deadline = spoken_date(request.deadline.day) if request and request.deadline else None
    if count and deadline:
        return say("dossier_supplement_full", language, count=count, deadline=deadline, round=spoken_round)
    if count:
        return say("dossier_supplement_count", language, count=count, round=spoken_round)
    if deadline:
        return say("dossier_supplement_deadline", language, deadline=deadline, round=spoken_round)
    return say("dossier_supplement_bare", language, round=spoken_round)


def _collect(dossier: Dossier, language: str) -> str:
    """How the result is handed over. Where, only an identified person is told: the slip says it too."""
    keys = {"post": "dossier_collect_post", "counter": "dossier_collect_counter"}
    return say(keys.get(dossier.result_method or "", "dossier_collect_ask"), language)


def timeline_lines(dossier: Dossier, language: str) -> list[str]:
    """What happened so far, where papers were asked for: days and rounds only."""
    if not dossier.supplement_requests:
        return []
    steps = [say("dossier_step_received", language, day=spoken_date(dossier.received_at.day))] if dossier.received_at else []
    for request in dossier.supplement_requests:
        asked = spoken_date(request.requested_at.day)
        if request.answered_at:
            answered = spoken_date(request.answered_at.day)
            steps.append(say("dossier_step_supplemented", language, day=asked, answered=answered))
        else:
            steps.append(say("dossier_step_asked", language, day=asked))
    return [say("dossier_timeline", language, steps="; ".join(steps))]


def detail_texts(found: Found, meaning: StatusMeaning | None, language: str) -> list[str]:
    """What only an identified owner or representative is told: the papers asked for, fees, where the result is."""
    if found.details is None:
        return []
    texts = [_supplement_text(found.details.supplement, language)] if found.details.supplement else []
    texts += [line for line in (_fees_text(found.details.fees, language),) if line]
    finished = meaning is not None and not meaning.flattened and meaning.status.citizen_text == _FINISHED
    if finished and found.dossier.result_method == "counter" and found.dossier.result_place:
        texts.append(say("dossier_result_place", language, place=free_text(found.dossier.result_place)))
    return texts


def _supplement_text(supplement: SupplementDetails, language: str) -> str:
    lines = [say("dossier_supplement_papers", language)]
    for paper in supplement.papers[:_MOST_PAPERS]:
        note = f" ({free_text(paper.note)})" if paper.note else ""
        lines.append(f"- {free_text(paper.name)}{note}")
    if len(supplement.papers) > _MOST_PAPERS:
        lines.append(say("dossier_supplement_more", language, count=len(supplement.papers) - _MOST_PAPERS))
    if supplement.request_text:
        lines.append(say("dossier_supplement_reason", language, text=free_text(supplement.request_text)))
    if supplement.fee:
        lines.append(say("dossier_supplement_fee", language, amount=spoken_money(supplement.fee)))
    return "\n".join(lines)


def _fees_text(fees: ProcedureFees | None, language: str) -> str:
    """The procedure's fees where they are certain; what this dossier owes stands in the agency's own notice."""
    if fees is None:
        return ""
    sums = [(terms.channel, terms.total_fee) for terms in fees.channels]
    spoken = [say(f"dossier_fee_{channel}", language, amount=spoken_money(total)) for channel, total in sums if total is not None]
    return say("dossier_fees", language, fees="; ".join(spoken)) if spoken else ""
