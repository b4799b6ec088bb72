"""Events that are no message: receipts, thread control, reactions, referrals and notices."""

from bot.conversations.citizen_text import carriable
from bot.conversations.events import AccountNotice, ContactChange, DeliveryReceipt, IgnoredEvent, PlatformEvent, ThreadControl
from connectors.facebook.webhook_item import Item
from connectors.facebook.webhook_json import JsonObject, UnreadableError, id_in, list_in, message_id_in, moment_in, text_in

_LONGEST_NOTICE = 160


def read_delivery(item: Item, delivery: JsonObject) -> PlatformEvent:
    """Messages of ours arrived: those named, or all up to the watermark. Either may be missing."""
    mids = [message_id_in({"mid": mid}) for mid in list_in(delivery, "mids")]
    watermark = moment_in(delivery, "watermark")
    if not mids and watermark is None:
        raise UnreadableError("delivery names neither messages nor a time")
    return DeliveryReceipt(item.origin(), item.citizen, "delivered", tuple(mid for mid in mids if mid), watermark)


def read_read(item: Item, read: JsonObject) -> PlatformEvent:
    """The citizen read everything up to the watermark."""
    watermark = moment_in(read, "watermark")
    if watermark is None:
        raise UnreadableError("read names no time")
    return DeliveryReceipt(item.origin(), item.citizen, "read", watermark=watermark)


def read_control_change(item: Item, change: JsonObject) -> PlatformEvent:
    """The thread was passed or taken; ``new_owner_app_id`` is empty where the page's inbox does not name itself."""
    owner = id_in(change, "new_owner_app_id")
    return ThreadControl(item.origin(), item.citizen, "bot" if owner == item.account.app_id else "person")


def read_referral(item: Item, _referral: JsonObject) -> PlatformEvent:
    """The citizen came back to the thread by a link: one of the acts that open the window anew."""
    return ContactChange(item.origin(), item.citizen, "reachable", "referral", acted=True)


def read_reaction(item: Item, reaction: JsonObject) -> PlatformEvent:
    """A reaction opens the window anew and asks for no answer."""
    if text_in(reaction, "action") != "react":
        return IgnoredEvent(item.origin(), "reaction_taken_back", item.citizen)
    return ContactChange(item.origin(), item.citizen, "reachable", "reaction", acted=True)


def read_policy(item: Item, policy: JsonObject) -> PlatformEvent:
    """The platform acts against our page or app."""
    words = [text_in(policy, "action") or "unknown", text_in(policy, "reason") or ""]
    return AccountNotice(item.origin(), notice("policy_enforcement", *words))


def read_template_status(item: Item, value: JsonObject) -> PlatformEvent:
    """A message template was reviewed; only bad news has to be seen."""
    if text_in(value, "event") == "APPROVED":
        return item.ignored("template_approved")
    words = [str(value.get(key) or "") for key in ("event", "message_template_name", "reason")]
    return AccountNotice(item.origin(), notice("message_template", *words))


def notice(*words: str) -> str:
    """The words as one line for people."""
    return " ".join(" ".join(carriable(word) for word in words).split())[:_LONGEST_NOTICE]


def read_nothing(item: Item, _part: JsonObject) -> PlatformEvent:
    """A known event that we have no use for."""
    return item.ignored()
