"""The errand ``withdraw``: a reason (which may be left out), a confirmation, and one request, however often it is tried."""

import hashlib
import re
from dataclasses import replace

from bot.dialogue.identity import need_identity
from bot.dialogue.services import Services
from bot.dialogue.supplement import at_rest, refused
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.eforms.commands import command_in
from bot.eforms.yes_no import yes_or_no
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.texts import say

LONGEST_REASON = 500
SURE_OTHERWISE = 0.8
"""From here on the engine's word that a message is another matter counts more than our open question."""

_MAY_BE_A_REASON = frozenset({"inform", "nlu_fallback", "affirm", "deny", "withdraw_dossier", "find_procedure", "out_of_scope"})

_WITHDRAW_NOW = re.compile(
    r"^\W*(?:(?:co|u|uh|da|vang|dong y|ok|oke|xac nhan|toi|em|minh|muon|cu|thi)\W+)*"
    r"rut(?: (?:di|luon|ho so|lai|nhe|nha|a|thoi|that))*\W*$"
)


def begin_withdrawal(turn: Turn, state: DialogueState, services: Services, dossier_ref: str, proof_ref: str) -> Reply:
    """Both proofs are there: asks for the reason, or for a stronger proof."""
    state = state.evolve(dossier_ref=dossier_ref, proof_ref=proof_ref, errand="withdraw", misses=0)
    if services.filed is None or not services.filed.strong_enough(proof_ref, turn.conversation_id):
        return need_identity(state.evolve(proof_ref=None), "withdraw", "withdraw_needs_identity", phone=True)
    code = services.dossiers.masked_code(dossier_ref, turn.conversation_id) or "***"
    buttons = (Button(say("withdraw_button_no_reason"), "inform", {"value": "no_reason"}), _no())
    message = BotMessage(say("withdraw_ask_reason", code=code), kind="question", buttons=buttons)
    return Reply((message,), state.evolve(pending=Pending("withdraw_reason")))


def withdrawal_reply(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The turn as the answer to one of our two questions; None where it is something else."""
    pending = state.pending
    if pending is None or services.filed is None or state.dossier_ref is None or state.proof_ref is None:
        return None
    if pending.kind == "withdraw_reason":
        return _reason(turn, state, services)
    if pending.kind == "withdraw_confirm":
        return _confirmed(turn, state, services, pending)
    return None


def _reason(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    if turn.intent == "deny" and turn.is_act:
        return _left(state)
    skips = turn.is_act or command_in(turn.text) == "skip" or yes_or_no(turn.text) is False
    if turn.is_act and turn.entities.get("value") != "no_reason":
        return None
    if command_in(turn.text) in ("cancel", "pause", "back"):
        return _left(state)
    if not skips and turn.confidence >= SURE_OTHERWISE and turn.intent not in _MAY_BE_A_REASON:
        return None
    reason = say("withdraw_no_reason") if skips else turn.text.strip()[:LONGEST_REASON]
    code = services.dossiers.masked_code(state.dossier_ref or "", turn.conversation_id) or "***"
    lines = [say("withdraw_confirm", code=code)]
    if not skips:
        lines.insert(0, say("withdraw_reason_noted", reason=reason))
    buttons = (Button(say("withdraw_button_yes"), "affirm"), _no())
    message = BotMessage("\n".join(lines), kind="question", buttons=buttons)
    return Reply((message,), state.evolve(pending=Pending("withdraw_confirm", about=reason), misses=0))


def _confirmed(turn: Turn, state: DialogueState, services: Services, pending: Pending) -> Reply | None:
    said = {"affirm": True, "deny": False}.get(turn.intent) if turn.is_act else yes_or_no(turn.text)
    if said is None and not turn.is_act and _WITHDRAW_NOW.match(fold(turn.text)):
        said = True
    if said is None and not turn.is_act and command_in(turn.text) in ("cancel", "pause", "back"):
        # "huỷ" and "thôi" here are about the withdrawal, and never a yes to it.
        said = False
    if said is None:
        return None
    if not said:
        return _left(state)
    assert services.filed is not None
    dossier, proof = state.dossier_ref or "", state.proof_ref or ""
    key = withdrawal_key(dossier, proof)
    outcome = services.filed.withdraw(dossier, proof, pending.about, key, turn.conversation_id)
    if outcome == "asked":
        buttons = (Button(say("button_status"), "check_status"),)
        return Reply((BotMessage(say("withdraw_done"), kind="status", buttons=buttons),), at_rest(state))
    if outcome == "away":
        # The question stays open with its reason: the same request is sent again under the same key.
        again = (Button(say("submission_try_again"), "affirm"), _no())
        message = BotMessage(say("withdraw_portal_away"), kind="apology", buttons=again)
        return Reply((message,), state.evolve(pending=replace(pending)))
    return refused(outcome, "withdraw", "withdraw_not_possible", state)


def withdrawal_key(dossier_ref: str, proof_ref: str) -> str:
    """The idempotency key of withdrawing this dossier with these proofs."""
    return "withdraw-" + hashlib.sha256(f"{dossier_ref}|{proof_ref}".encode()).hexdigest()[:40]


def _no() -> Button:
    return Button(say("withdraw_button_no"), "deny")


def _left(state: DialogueState) -> Reply:
    return Reply((BotMessage(say("withdraw_left"), kind="notice"),), at_rest(state))
