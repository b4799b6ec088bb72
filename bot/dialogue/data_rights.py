"""The citizen's rights in the talk: what is held, the file of it, deletion in two steps, consent per purpose, requests."""

import re
from collections.abc import Sequence

from bot.catalogue.answers.facts import person_button
from bot.clock import VIETNAM_TIME
from bot.dialogue.rights_words import RightsWish, rights_wish
from bot.dialogue.services import DataRights, HeldLine, Services
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.rights.kinds import PURPOSES, Purpose, RequestKind
from bot.texts import say

RIGHTS_INTENT = "data_rights"
"""The intent of this module's buttons; ``do`` says what is wanted, ``value`` of which."""

ABOUT_DELETION = "delete_my_data"

_YES = re.compile(r"^\W*(?:co|vang|u|ok|dong y|chac(?: chan)?|xac nhan|dung|xoa)(?: (?:xoa|di|het|nhe|nha|a|luon|chac))*\W*$")
_NO = re.compile(r"^\W*(?:khong|thoi|ko|k|dung|huy)(?: (?:xoa|nua|can|a|nhe|nha))*\W*$")
_REQUESTS: tuple[RequestKind, ...] = ("correct", "object", "complaint")


def rights_reply(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """What a turn means for the citizen's own data; None where it means nothing for them."""
    rights = services.rights
    if rights is None:
        return None
    if turn.is_act:
        return _pressed(turn, state, rights) if turn.intent == RIGHTS_INTENT else None
    if state.pending is not None and state.pending.about == ABOUT_DELETION:
        answer = _answered(turn, state, rights)
        if answer is not None:
            return answer
    wish = rights_wish(turn.text)
    return _wished(wish, turn, state, rights) if wish is not None else None


def _button(title: str, do: str, value: str = "") -> Button:
    return Button(title, RIGHTS_INTENT, {"do": do, "value": value} if value else {"do": do})


def _pressed(turn: Turn, state: DialogueState, rights: DataRights) -> Reply:
    do, value = turn.entities.get("do", ""), turn.entities.get("value", "")
    match do:
        case "export":
            return _exported(turn, state, rights)
        case "delete":
            return _ask_deletion(state)
        case "delete_confirmed":
            # An old button deletes nothing: the question must be the last thing that was asked.
            asked = state.pending is not None and state.pending.about == ABOUT_DELETION
            return _deleted(turn, rights) if asked else _ask_deletion(state)
        case "delete_cancelled":
            return _said("delete_cancelled", state)
        case "give" | "withdraw":
            purposes = tuple(one for one in PURPOSES if value in (one, "all"))
            return _consented(turn, state, rights, purposes, given=do == "give", how="button")
        case "say_give" | "say_withdraw":
            named = tuple(one for one in PURPOSES if one in value.split(","))
            return _consented(turn, state, rights, named, given=do == "say_give", how="words")
        case "consents":
            return _consent_card(turn, state, rights)
    return _held(turn, state, rights)


def _answered(turn: Turn, state: DialogueState, rights: DataRights) -> Reply | None:
    """Yes or no to the deletion. Anything else is no yes: it is answered as what it is."""
    words = fold(turn.text)
    if turn.intent == "deny" or (_NO.match(words) and not _YES.match(words)):
        return _said("delete_cancelled", state)
    if _YES.match(words) or (turn.intent == "affirm" and turn.confidence >= 0.8 and len(words) <= 30):
        return _deleted(turn, rights)
    return None


def _wished(wish: RightsWish, turn: Turn, state: DialogueState, rights: DataRights) -> Reply:
    match wish.wish:
        case "view":
            return _held(turn, state, rights)
        case "delete":
            return _ask_deletion(state)
        case "consents":
            return _consent_card(turn, state, rights)
        case "give" | "withdraw":
            return _consented(turn, state, rights, wish.purposes, given=wish.wish == "give", how="words")
    assert wish.wish in _REQUESTS
    ticket = rights.open_request(turn.conversation_id, wish.wish, turn.text)
    text = say(
        "rights_ticket", number=ticket.number, what=say(f"rights_what_{wish.wish}"), day=f"{ticket.acknowledge_by:%d/%m/%Y}"
    )
    return Reply((BotMessage(text, kind="notice", buttons=(person_button(),)),), _settled(state))


def _held(turn: Turn, state: DialogueState, rights: DataRights) -> Reply:
    lines = rights.held(turn.conversation_id)
    if not lines:
        return _said("held_nothing", state)
    text = "\n".join((say("held_intro"), *(_held_line(line) for line in lines), say("held_outro")))
    buttons = (
        _button(say("button_my_data_file"), "export"),
        _button(say("button_my_data_delete"), "delete"),
        _button(say("button_my_consents"), "consents"),
    )
    return Reply((BotMessage(text, kind="notice", buttons=buttons),), _settled(state))


def _held_line(line: HeldLine) -> str:
    first, last = (f"{moment.astimezone(VIETNAM_TIME):%d/%m/%Y}" for moment in (line.first, line.last))
    if line.ends_by_itself:
        span, kept = say("held_span_until", last=last), say("held_kept_own")
    else:
        span = say("held_span_day", first=first) if first == last else say("held_span", first=first, last=last)
        kept = say("held_kept_days", days=line.kept_days)
    return say("held_line", what=say(f"held_{line.kind}"), count=line.count, span=span, kept=kept)


def _exported(turn: Turn, state: DialogueState, rights: DataRights) -> Reply:
    url = rights.export_link(turn.conversation_id)
    buttons = (Button(say("button_open_my_data"), url=url),) if url.startswith("https://") else ()
    return Reply((BotMessage(say("my_data_link", url=url), kind="notice", buttons=buttons),), _settled(state))


def _ask_deletion(state: DialogueState) -> Reply:
    buttons = (
        _button(say("button_delete_confirm"), "delete_confirmed"),
        _button(say("button_delete_cancel"), "delete_cancelled"),
    )
    asked = BotMessage(say("delete_ask"), kind="question", buttons=buttons)
    pending = Pending("confirm", about=ABOUT_DELETION)
    return Reply((BotMessage(say("delete_explain"), kind="notice"), asked), state.evolve(pending=pending, misses=0))


def _deleted(turn: Turn, rights: DataRights) -> Reply:
    reference = rights.ask_deletion(turn.conversation_id)
    return Reply((BotMessage(say("delete_noted", reference=reference), kind="notice"),), DialogueState())


def _consent_card(turn: Turn, state: DialogueState, rights: DataRights) -> Reply:
    given = rights.consents(turn.conversation_id)
    lines = [
        say(
            "consent_line",
            number=number,
            what=say(f"consent_{purpose}"),
            state=say("consent_given_mark" if given.get(purpose) else "consent_not_given_mark"),
        )
        for number, purpose in enumerate(PURPOSES, start=1)
    ]
    buttons = [_toggle(purpose, given=bool(given.get(purpose))) for purpose in PURPOSES]
    if any(given.values()):
        buttons.append(_button(say("button_consent_withdraw_all"), "withdraw", "all"))
    text = "\n".join((say("consent_card"), *lines))
    return Reply((BotMessage(text, kind="question", buttons=tuple(buttons)),), _settled(state))


def _toggle(purpose: Purpose, *, given: bool) -> Button:
    name = say(f"consent_name_{purpose}")
    if given:
        return _button(say("button_consent_withdraw", name=name), "withdraw", purpose)
    return _button(say("button_consent_give", name=name), "give", purpose)


def _consented(
    turn: Turn, state: DialogueState, rights: DataRights, purposes: Sequence[Purpose], *, given: bool, how: str
) -> Reply:
    """A word for several purposes at once is only taken as a no; a yes is given for each by itself."""
    if not purposes or (given and len(purposes) > 1):
        return _consent_card(turn, state, rights)
    rights.set_consents(turn.conversation_id, purposes, given=given, how="button" if how == "button" else "words")
    names = ", ".join(say(f"consent_name_{purpose}") for purpose in purposes)
    text = say("consent_noted_given" if given else "consent_noted_withdrawn", names=names)
    buttons = (_button(say("button_my_consents"), "consents"),)
    return Reply((BotMessage(text, kind="notice", buttons=buttons),), _settled(state))


def _said(key: str, state: DialogueState) -> Reply:
    return Reply((BotMessage(say(key), kind="notice"),), _settled(state))


def _settled(state: DialogueState) -> DialogueState:
    return state.evolve(pending=None, misses=0)
