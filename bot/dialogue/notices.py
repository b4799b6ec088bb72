"""Following a dossier: "báo cho tôi khi có thay đổi", the consent, what is followed, and the end of it in one word."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot.catalogue.answers.facts import person_button
from bot.dialogue.choices import chosen_option
from bot.dialogue.services import Notices, Services, WatchedDossier
from bot.dialogue.status import Errand, status_reply
from bot.dialogue.sureness import SURE
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.eforms.yes_no import yes_or_no
from bot.language.masking import names_a_dossier
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.texts import say

WATCH, STOP = "subscribe_updates", "unsubscribe"
ALL = "all"

_POLITE = r"(?:\W+(?:a|ak|di|nhe|nha|ban|em|anh|chi|ad|roi|nua|luon|giup|gium|toi|minh|cho|het|tat ca))*"
_WHAT = r"(?: (?:thong bao|bao tin|tin nhan|nhan tin|gui tin|gui thong bao|nhan thong bao|theo doi|bao|tin|nhan|gui))"
_STOPPING = r"(?:huy(?: bo)?|dung|ngung|thoi|tat|bo|stop|ngat)"
_ONE_WORD = re.compile(rf"\W*(?:{_STOPPING}{_WHAT}?|unsubscribe|khong (?:nhan|bao|nhan tin|can bao|gui))(?: lai)?{_POLITE}\W*")
"""How people answer a notice that they want no more, folded."""

_PLAIN_STOP = re.compile(rf"\W*(?:{_STOPPING}{_WHAT}|stop|unsubscribe){_POLITE}\W*")
"""The same where nothing was said before that it could answer: the word alone would mean too much."""

_NOT_DUNG = re.compile(r"\b(?:đúng|đừng|dùng|đứng)\b", re.IGNORECASE)
_LIST = re.compile(
    r"\btheo doi (?:nhung |cac )?(?:ho so|ma) (?:nao|gi)\b|\b(?:ho so|ma) nao dang (?:duoc )?theo doi\b"
    r"|\b(?:danh sach|nhung|cac) (?:ho so )?(?:dang |toi dang |duoc )?theo doi\b|\bdang theo doi (?:may|bao nhieu|gi|nhung gi)\b"
)
_ALL_OF_THEM = re.compile(r"\b(?:tat ca|het|ca hai|toan bo|moi ho so)\b")


def notices_reply(turn: Turn, state: DialogueState, services: Services, carry_out: Errand) -> Reply | None:
    """What a turn means for notices; None where it means nothing for them. A form that is open stays open."""
    notices = services.notices
    if notices is None:
        return None
    if turn.is_act:
        return _pressed(turn, state, services, notices, carry_out)
    reply = _answered(turn, state, notices)
    if reply is not None:
        return reply
    if _LIST.search(fold(turn.text)):
        return _list(turn, state, notices)
    if state.draft_id is not None:
        # "Dừng" leaves the form here, and other words may be its answer.
        sure = turn.intent == WATCH and turn.confidence >= SURE and len(turn.clauses) < 2
        return _watch(turn, state, services, notices, carry_out) if sure else None
    if _says(_PLAIN_STOP, turn.text) or (turn.intent == STOP and turn.confidence >= SURE and len(turn.clauses) < 2):
        return _stop(turn, state, notices)
    if turn.intent == WATCH and len(turn.clauses) < 2:
        return _watch(turn, state, services, notices, carry_out)
    return None


def ask_consent(turn: Turn, state: DialogueState, services: Services, dossier_ref: str, proof_ref: str) -> Reply:
    """The errand ``watch``: both proofs are there, now the citizen's consent is asked for."""
    notices = services.notices
    if notices is None or not notices.offered:
        return _not_offered(state)
    step = notices.prepare(dossier_ref, proof_ref, turn.conversation_id, turn.address)
    state = state.evolve(misses=0, status_shown=False, facets=())
    match step.outcome:
        case "ask":
            pending = Pending("watch_consent", about=step.consent)
            return Reply(step.messages, state.evolve(pending=pending, dossier_ref=dossier_ref, proof_ref=proof_ref))
        case "refused":
            return Reply(step.messages, _refused(state, step.messages))
        case _:
            return Reply(step.messages, state.evolve(pending=None, errand="status"))


def with_watch_offer(reply: Reply, turn: Turn, services: Services) -> Reply:
    """A status that was shown offers to tell of changes, where the portal does and nobody is told yet."""
    notices, state = services.notices, reply.state
    shown = state.status_shown and any(message.kind == "status" for message in reply.messages)
    if notices is None or not shown or not state.dossier_ref or not state.proof_ref or reply.handoff:
        return reply
    last = reply.messages[-1]
    if any(button.intent == WATCH for message in reply.messages for button in message.buttons):
        return reply
    if not notices.may_offer(state.dossier_ref, state.proof_ref, turn.conversation_id):
        return reply
    offer = Button(say("button_watch"), WATCH)
    return replace(reply, messages=(*reply.messages[:-1], replace(last, buttons=(offer, *last.buttons))))


def _pressed(turn: Turn, state: DialogueState, services: Services, notices: Notices, carry_out: Errand) -> Reply | None:
    asked = state.pending is not None and state.pending.kind == "watch_consent"
    match turn.intent:
        case "affirm" if asked:
            return _agreed(turn, state, notices)
        case "deny" if asked:
            return _declined(state)
        case "unsubscribe":
            return _stop(turn, state, notices, turn.entities.get("refs"))
        case "subscribe_updates" if not turn.entities:
            return _watch(turn, state, services, notices, carry_out)
    return None


def _answered(turn: Turn, state: DialogueState, notices: Notices) -> Reply | None:
    """The answer to a question of ours on notices, or to a notice."""
    pending = state.pending
    kind = pending.kind if pending else None
    said = yes_or_no(turn.text)
    if kind == "watch_consent" and (said is not None or turn.intent in ("affirm", "deny")):
        agreed = said if said is not None else turn.intent == "affirm"
        return _agreed(turn, state, notices) if agreed else _declined(state)
    if kind == "which_watch" and pending is not None:
        if _ALL_OF_THEM.search(fold(turn.text)):
            return _stopped(state, notices.stop(turn.conversation_id, list(pending.options)), ())
        if chosen := chosen_option(turn.text, pending.options):
            return _stop(turn, state, notices, chosen)
        if said is False:
            return _declined(state)
    if kind == "confirm" and pending is not None and pending.about == STOP and (turn.intent == "affirm" or said):
        return _stop(turn, state, notices)
    if _says(_ONE_WORD, turn.text) and (watch_id := notices.of_last_message(turn.conversation_id)):
        return _stop(turn, state, notices, watch_id)
    return None


def _says(pattern: re.Pattern[str], text: str) -> bool:
    """Without marks "đừng" and "dừng" are one word; with marks they are not."""
    return pattern.fullmatch(fold(text)) is not None and _NOT_DUNG.search(text) is None


def _watch(turn: Turn, state: DialogueState, services: Services, notices: Notices, carry_out: Errand) -> Reply:
    """Of the dossier that was just shown (or could not be: a button under the apology), else proofs are asked for."""
    if not notices.offered:
        return _not_offered(state)
    state = state.evolve(errand="watch")
    names_one = names_a_dossier(turn.text)
    at_hand = state.status_shown or turn.is_act
    if at_hand and state.dossier_ref and state.proof_ref and not names_one:
        return carry_out(turn, state, services, state.dossier_ref, state.proof_ref)
    fresh = state.evolve(pending=None, dossier_ref=None, proof_ref=None, status_shown=False, misses=0)
    asked = status_reply(replace(turn, intent="check_status"), fresh, services, carry_out)
    assert asked is not None
    if names_one or asked.handoff:
        return asked
    first = asked.messages[0]
    told = replace(first, text=say("watch_begin") + " " + first.text)
    return replace(asked, messages=(told, *asked.messages[1:]))


def _agreed(turn: Turn, state: DialogueState, notices: Notices) -> Reply:
    if not state.dossier_ref or not state.proof_ref:
        message = BotMessage(say("status_code_expired"), kind="question", expects="dossier_code")
        return Reply((message,), _refused(state, (message,)))
    consent = state.pending.about if state.pending else ""
    how: Literal["button", "words"] = "button" if turn.is_act else "words"
    step = notices.begin(state.dossier_ref, state.proof_ref, turn.conversation_id, consent, turn.address, how)
    state = state.evolve(misses=0)
    if step.outcome == "ask":
        return Reply(step.messages, state.evolve(pending=Pending("watch_consent", about=step.consent)))
    if step.outcome == "refused":
        return Reply(step.messages, _refused(state, step.messages))
    return Reply(step.messages, state.evolve(pending=None, errand="status"))


def _refused(state: DialogueState, messages: Sequence[BotMessage]) -> DialogueState:
    """What may be sent again is waited for; the errand stays."""
    match messages[-1].expects:
        case "lookup_code":
            return state.evolve(pending=Pending("lookup_code"), proof_ref=None)
        case "dossier_code":
            return state.evolve(pending=Pending("dossier_code"), dossier_ref=None, proof_ref=None)
    return state.evolve(pending=None, errand="status", proof_ref=None)


def _declined(state: DialogueState) -> Reply:
    message = BotMessage(say("watch_declined"))
    return Reply((message,), state.evolve(pending=None, errand="status", misses=0))


def _not_offered(state: DialogueState) -> Reply:
    buttons = (Button(say("button_status"), "check_status"), person_button())
    message = BotMessage(say("watch_not_offered"), kind="notice", buttons=buttons)
    return Reply((message,), state.evolve(pending=None, errand="status", misses=0))


def _list(turn: Turn, state: DialogueState, notices: Notices) -> Reply:
    watched = notices.watched(turn.conversation_id)
    state = state.evolve(pending=None, misses=0)
    if not watched:
        buttons = (Button(say("button_watch"), WATCH),) if notices.offered else ()
        return Reply((BotMessage(say("watch_none"), buttons=buttons),), state)
    codes = ", ".join(one.shown for one in watched)
    return Reply((BotMessage(say("watch_list", codes=codes), buttons=(Button(say("notice_button_stop"), STOP),)),), state)


def _stop(turn: Turn, state: DialogueState, notices: Notices, which: str | None = None) -> Reply:
    """Ends one, all, or asks which."""
    watched = notices.watched(turn.conversation_id)
    if which is None and len(watched) > 1:
        return _which(state, watched)
    wanted = [one.watch_id for one in watched] if which is None or which == ALL else [which]
    stopped = notices.stop(turn.conversation_id, wanted) if wanted else ()
    left = [one for one in watched if one.watch_id not in {gone.watch_id for gone in stopped}]
    return _stopped(state, stopped, left)


def _stopped(state: DialogueState, stopped: Sequence[WatchedDossier], left: Sequence[WatchedDossier]) -> Reply:
    state = state.evolve(pending=None, misses=0)
    rest = (Button(say("watch_button_stop_all"), STOP, {"refs": ALL}),) if left else ()
    if not stopped:
        key = "watch_nothing_to_stop" if not left else "watch_not_this_one"
        return Reply((BotMessage(say(key), buttons=rest),), state)
    lines = [say("watch_stopped", codes=", ".join(one.shown for one in stopped))]
    if left:
        lines.append(say("watch_still", codes=", ".join(one.shown for one in left)))
    return Reply((BotMessage(" ".join(lines), kind="notice", buttons=rest),), state)


def _which(state: DialogueState, watched: Sequence[WatchedDossier]) -> Reply:
    buttons = [Button(say("watch_button_one", code=one.shown), STOP, {"refs": one.watch_id}) for one in watched]
    buttons.append(Button(say("watch_button_all"), STOP, {"refs": ALL}))
    options = {one.watch_id: one.shown for one in watched}
    message = BotMessage(say("watch_which"), kind="question", buttons=tuple(buttons))
    return Reply((message,), state.evolve(pending=Pending("which_watch", options), misses=0))
