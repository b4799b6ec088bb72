"""Which draft is gone on with: of several in this conversation, or one that was left in another conversation. The latter only for
somebody whose identity was confirmed; a number that is typed opens nothing."""

import re

from bot.dialogue.identity import need_identity
from bot.dialogue.services import FormTurn, OpenDraft, Services
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.eforms.asking import button
from bot.eforms.commands import asks_something
from bot.language.normalise import fold
from bot.messages import BotMessage
from bot.texts import say

RESUME_ERRAND = "resume_draft"
LONGEST_WISH = 12
"""A message of more words is a story, and not the wish to go on with a draft."""

_GO_ON = re.compile(
    r"\b(?:lam|khai|dien|nop) tiep\b|\btiep tuc (?:khai|nop|dien|lam|ho so|to khai|don)\b"
    r"|\b(?:ho so|to khai|don|ban nhap|nhap) (?:dang )?(?:lam |khai )?do(?: dang)?\b|\bmo lai (?:ho so|to khai|don|ban nhap)\b"
)
_NAMES = re.compile(
    r"^\W*(?:(?:thoi|the|gio|bay gio|vay|cho|toi|em|minh|xin|muon|quay|tro|lui)\W+)*"
    r"(?:lam|khai|dien|quay|tro|lui|chuyen|mo|ve|lai|sang|qua|tiep)\b"
)
_COMMON = frozenset(
    fold(
        "đăng ký thủ tục cấp giấy xác nhận hồ sơ tờ khai đơn làm khai điền tiếp quay lại trở về cho tôi em mình cái kia trước"
        " sang qua chuyển mở bản nháp thôi thế giờ và của với ở đi nhé nha à tại các một"
    ).split()
)
_WORD = re.compile(r"[a-z0-9]+")


def asks_to_go_on(text: str) -> bool:
    """Whether a message wants a draft to be gone on with."""
    return _GO_ON.search(fold(text)) is not None


def offer_drafts(drafts: tuple[OpenDraft, ...], state: DialogueState, key: str, do: str) -> Reply:
    """Asks which of several drafts is meant."""
    buttons = tuple(button(one.title, do, draft=one.draft_id) for one in drafts)
    return Reply((BotMessage(say(key), kind="question", buttons=buttons),), state.evolve(pending=None))


def take_up(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """Nothing is left open in this conversation: drafts of other conversations, once it is known who asks."""
    if not turn.is_act and (len(turn.text.split()) > LONGEST_WISH or asks_something(turn.text)):
        return None
    return adopt_again(turn, state, services)


def adopt_again(turn: Turn, state: DialogueState, services: Services) -> Reply:
    """Offers the drafts that a confirmed person left elsewhere; asks for the login where nobody is confirmed."""
    assert services.submissions is not None
    drafts = services.submissions.drafts_elsewhere(turn.conversation_id)
    if drafts is None:
        return need_identity(state, RESUME_ERRAND, "submission_resume_needs_identity")
    if not drafts:
        return Reply((BotMessage(say("submission_none_elsewhere"), kind="notice"),), state.evolve(pending=None, errand="status"))
    return offer_drafts(drafts, state.evolve(errand="status"), "submission_which_elsewhere", "adopt")


def resume_elsewhere(turn: Turn, state: DialogueState, services: Services, _dossier_ref: str, _proof_ref: str) -> Reply:
    """The errand ``resume_draft``, once the identity is confirmed: no dossier is needed for it."""
    return adopt_again(turn, state, services)


def takes_up_named(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """ "Quay lại hồ sơ tạm trú": the one other draft of this conversation whose name has the words."""
    words = fold(turn.text)
    if turn.is_act or services.submissions is None or len(words.split()) > LONGEST_WISH:
        return None
    if not (_NAMES.match(words) or asks_to_go_on(turn.text)) or asks_something(turn.text):
        return None
    telling = set(_WORD.findall(words)) - _COMMON
    if not telling:
        return None
    drafts = [one for one in services.submissions.open_drafts(turn.conversation_id) if one.draft_id != state.draft_id]
    named = [one for one in drafts if telling <= set(_WORD.findall(fold(one.title)))]
    if len(named) != 1:
        return None
    return _taken_up(services.submissions.take_up(turn.conversation_id, named[0].draft_id), state)


def _taken_up(made: FormTurn, state: DialogueState) -> Reply | None:
    if made.draft_id is None:
        return None
    return Reply(made.messages, state.evolve(draft_id=made.draft_id, pending=None, misses=0))
