"""What ends a turn that needs no engine, by its step, and what the engine is asked in one that does. Pure: no I/O, no clock."""

from collections.abc import Callable, Mapping

from bot.conversations.turns import Claim, Conclusion
from connectors.gateway import people_rules, turn_rules
from connectors.gateway.engine_client import EngineTurn
from connectors.gateway.rights_desk import typed_wish
from connectors.gateway.talk_ratings import talk_rated

CONCLUSIONS: Mapping[turn_rules.Step, Callable[[Claim], Conclusion]] = {
    "return_to_bot": turn_rules.returned,
    "already_with_bot": lambda _claim: turn_rules.already_with_bot(),
    "wait_for_officer": turn_rules.waiting,
    "stay_silent": turn_rules.silent,
    "give_up": lambda _claim: turn_rules.failed("attempts_used_up"),
    "greet": lambda _claim: turn_rules.greeted(),
    "stale_button": lambda _claim: turn_rules.stale_button(),
    "ask_whether_to_leave_officer": people_rules.asks_whether_to_leave_officer,
    "wait_longer": people_rules.waits_longer,
    "leave_ticket": people_rules.leaves_ticket,
    "rate": people_rules.rated,
    "rate_talk": talk_rated,
}


def engine_turn(claim: Claim) -> EngineTurn:
    """The turn as the engine is asked; a typed wish for a right goes as the act that the dialogue knows."""
    metadata = {"conversation_id": claim.conversation_id, "channel": claim.channel, "seq": claim.seq}
    if address := claim.circumstances.get("address"):
        metadata["address"] = address
    wish = typed_wish(claim.text) if claim.act is None else None
    return EngineTurn(
        turn_id=claim.turn_id,
        conversation=claim.engine_conversation,
        text=claim.text if wish is None else None,
        act=claim.act or wish,
        metadata=metadata,
    )
