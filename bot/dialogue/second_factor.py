"""The talk towards the second proof of a dossier: look-up code, one-time code to the telephone on file, or a login.

Like ``status``, with references only. A way ends in ``proved``: then the proof's reference is handed on.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue.services import SecondFactors, Services
from bot.dialogue.turn import DialogueState, Pending, PendingKind, Reply, Turn
from bot.dossiers.asking import (
    ACT,
    INTENT,
    FactorStep,
    ask_code,
    ask_digits,
    ask_factor,
    ask_login,
    failed,
    login_waits,
    other_ways,
)
from bot.language.masking import placeholders_in
from bot.language.normalise import fold
from bot.messages import BotMessage
from bot.texts import say

OPEN_KINDS: frozenset[PendingKind] = frozenset({"phone_digits", "one_time_code", "login"})
"""Our questions towards a second proof, beside that for the look-up code."""

WITH_PROOF = Callable[[DialogueState, str], Reply]

_AGAIN = re.compile(
    r"\bgui lai\b|\b(?:chua|khong|ko|k) (?:nhan duoc|thay|co|nhan)\b"
    r"|\bma (?:khac|moi)\b|\bhet han\b|\bqua han\b|\bxin (?:lai )?ma\b"
)
_OTHER = re.compile(r"\bcach khac\b|\b(?:so|sdt|dien thoai)\b.*\b(?:doi|mat|khong dung|ko dung|khac)\b|\b(?:thoi|huy|bo qua)\b")
_DONE = re.compile(r"\b(?:xong|roi|da dang nhap|dang nhap duoc|ok|oke|okie)\b")
_NOT_DONE = re.compile(
    r"\b(?:chua|khong|ko|k) (?:dang nhap|vao|mo|duoc|xong|thay)\b|\bloi\b|\bhet han\b|\blink (?:khac|moi)\b|\bgui lai\b"
)
_FEW_WORDS = 12
_SURE = 0.8
"""Below this the engine's guess counts less than words that name one of the ways."""

_PERSON = re.compile(r"\b(?:can bo|nhan vien|nguoi|tong dai|goi|gap)\b")
_BY_PHONE = re.compile(r"\b(?:dien thoai|sdt|sms|otp|tin nhan)\b")
_BY_LOGIN = re.compile(r"\b(?:vneid|vne id|dinh danh|dang nhap)\b")
_DIRECT = frozenset({"inform", "nlu_fallback", "affirm", "deny", "check_status", "technical_problem", "ask_login_account"})
"""Intents under which a text may answer our question towards a second proof."""


def ask_second_factor(state: DialogueState, code: str, services: Services) -> Reply:
    """Asks for the second proof; ``code`` is masked."""
    ways = services.factors.ways if services.factors else frozenset()
    return _asking(state.evolve(misses=0), ask_factor(code, ways), "lookup_code")


def second_factor_reply(turn: Turn, state: DialogueState, services: Services, go_on: WITH_PROOF) -> Reply | None:
    """The next step of a way that was begun or chosen; None where the turn is about something else. ``go_on`` does what the
    proof was asked for."""
    factors = services.factors
    if factors is None:
        return None
    if turn.is_act:
        return _pressed(turn, state, factors, go_on) if turn.intent == INTENT and ACT in turn.entities else None
    pending = state.pending
    given = dict(placeholders_in(turn.text))
    if pending is None or given.keys() & {"dossier_code", "lookup_code"}:
        return None
    words = fold(turn.text)
    match pending.kind:
        case "lookup_code":
            return _chosen_in_words(turn, words, state, factors)
        case "phone_digits":
            return _digits(turn, given, words, state, factors)
        case "one_time_code":
            return _code(turn, given, words, state, factors, go_on)
        case "login":
            return _logged_in(turn, words, state, factors, go_on)
    return None


def has_other_ways(services: Services) -> bool:
    """Whether the portal takes more than the look-up code."""
    return services.factors is not None and bool(services.factors.ways)


def offer_other_ways(state: DialogueState, services: Services) -> Reply:
    """For whom one way does not work."""
    ways = services.factors.ways if services.factors else frozenset()
    return _asking(state.evolve(misses=0), other_ways(ways), "lookup_code")


def _asking(state: DialogueState, message: BotMessage, kind: PendingKind, ref: str = "") -> Reply:
    return Reply((message,), state.evolve(pending=Pending(kind, about=ref)))


def _pressed(turn: Turn, state: DialogueState, factors: SecondFactors, go_on: WITH_PROOF) -> Reply | None:
    do, pending = turn.entities[ACT], state.pending
    ref = pending.about if pending else ""
    if do == "phone" and "phone" in factors.ways and state.dossier_ref:
        return _asking(state.evolve(misses=0), ask_digits(), "phone_digits")
    if do == "login" and "login" in factors.ways:
        return _begin_login(turn, state, factors)
    if do == "send_again" and pending and pending.kind == "one_time_code":
        return _sent(factors.send_again(ref, turn.conversation_id), state, factors, "factor_code_sent_again")
    if do == "logged_in" and pending and pending.kind == "login":
        return _login_result(turn, state, factors, go_on)
    if not state.dossier_ref:
        return None
    # An old button, or the wish for another way: all ways are offered anew.
    return _asking(state.evolve(misses=0), other_ways(factors.ways), "lookup_code")


def _chosen_in_words(turn: Turn, words: str, state: DialogueState, factors: SecondFactors) -> Reply | None:
    """ "qua điện thoại", "vneid": a way named in a few words of one's own."""
    if turn.intent not in _DIRECT and not names_a_way(turn, state):
        return None
    if len(words.split()) > _FEW_WORDS:
        return None
    if "phone" in factors.ways and _BY_PHONE.search(words):
        return _asking(state.evolve(misses=0), ask_digits(), "phone_digits")
    if "login" in factors.ways and _BY_LOGIN.search(words):
        return _begin_login(turn, state, factors)
    return None


def names_a_way(turn: Turn, state: DialogueState) -> bool:
    """Whether a message that the engine is unsure of names one of the ways that were just offered."""
    words = fold(turn.text)
    if state.pending is None or state.pending.kind != "lookup_code" or turn.confidence >= _SURE or _PERSON.search(words):
        return False
    return len(words.split()) <= _FEW_WORDS and bool(_BY_PHONE.search(words) or _BY_LOGIN.search(words))


def _digits(turn: Turn, given: dict[str, str], words: str, state: DialogueState, factors: SecondFactors) -> Reply | None:
    digits = given.get("phone_digits") or given.get("phone")
    if digits and state.dossier_ref:
        step = factors.send_code(state.dossier_ref, digits, turn.conversation_id)
        if step.outcome == "gone":
            return _asking(state, ask_digits(again=True), "phone_digits")
        return _sent(step, state, factors, "factor_code_sent")
    if turn.intent not in _DIRECT:
        return None
    if state.misses or _OTHER.search(words) or re.search(r"\b(?:khong nho|quen|khong biet|khong co)\b", words):
        return _asking(state.evolve(misses=0), other_ways(factors.ways), "lookup_code")
    return _asking(state.evolve(misses=state.misses + 1), ask_digits(again=True), "phone_digits")


def _code(
    turn: Turn, given: dict[str, str], words: str, state: DialogueState, factors: SecondFactors, go_on: WITH_PROOF
) -> Reply | None:
    challenge = state.pending.about if state.pending else ""
    if code := given.get("one_time_code"):
        step = factors.confirm_code(challenge, code, turn.conversation_id, turn.address)
        if step.outcome == "refused":
            return _asking(state, ask_code("factor_code_refused"), "one_time_code", challenge)
        return _went(step, state, factors, go_on)
    if turn.intent in ("talk_to_officer", "complaint"):
        return None
    if _AGAIN.search(words):
        return _sent(factors.send_again(challenge, turn.conversation_id), state, factors, "factor_code_sent_again")
    if _OTHER.search(words):
        return _asking(state.evolve(misses=0), other_ways(factors.ways), "lookup_code")
    if turn.intent not in _DIRECT:
        return None
    return _asking(state, ask_code("factor_code_missing"), "one_time_code", challenge)


def _logged_in(turn: Turn, words: str, state: DialogueState, factors: SecondFactors, go_on: WITH_PROOF) -> Reply | None:
    if turn.intent in ("talk_to_officer", "complaint"):
        return None
    if _NOT_DONE.search(words) or _OTHER.search(words):
        if re.search(r"\bhet han\b|\blink\b|\bgui lai\b", words):
            return _begin_login(turn, state, factors, renewed=True)
        return _asking(state.evolve(misses=0), other_ways(factors.ways), "lookup_code")
    if turn.intent == "affirm" or _DONE.search(words):
        return _login_result(turn, state, factors, go_on)
    if turn.intent not in _DIRECT:
        return None
    return _asking(state, login_waits(), "login", state.pending.about if state.pending else "")


def _begin_login(turn: Turn, state: DialogueState, factors: SecondFactors, *, renewed: bool = False) -> Reply:
    step = factors.begin_login(turn.conversation_id)
    if step.outcome != "asked":
        return _stopped(step, state, factors)
    return _asking(state.evolve(misses=0), ask_login(step, renewed=renewed), "login", step.ref)


def _login_result(turn: Turn, state: DialogueState, factors: SecondFactors, go_on: WITH_PROOF) -> Reply:
    ref = state.pending.about if state.pending else ""
    step = factors.finish_login(ref, turn.conversation_id)
    if step.outcome == "gone":
        return _begin_login(turn, state, factors, renewed=True)
    if step.outcome == "waiting":
        return _asking(state, login_waits(), "login", ref)
    reply = _went(step, state, factors, go_on)
    if step.outcome != "proved":
        return reply
    return replace(reply, messages=(BotMessage(say("factor_logged_in"), kind="notice"), *reply.messages))


def _sent(step: FactorStep, state: DialogueState, factors: SecondFactors, key: str) -> Reply:
    if step.outcome == "asked":
        return _asking(state.evolve(misses=0), ask_code(key), "one_time_code", step.ref)
    return _stopped(step, state, factors)


def _went(step: FactorStep, state: DialogueState, factors: SecondFactors, go_on: WITH_PROOF) -> Reply:
    if step.outcome == "proved":
        return go_on(state.evolve(pending=None, misses=0), step.ref)
    return _stopped(step, state, factors)


def _stopped(step: FactorStep, state: DialogueState, factors: SecondFactors) -> Reply:
    """Locked: nothing more is asked. Away, or what it was about is gone: all ways stay open."""
    if step.outcome == "locked":
        return Reply((failed(step, factors.ways),), state.evolve(pending=None))
    if step.outcome == "gone":
        return _asking(state.evolve(misses=0), other_ways(factors.ways), "lookup_code")
    return _asking(state, failed(step, factors.ways), "lookup_code")
