"""Whether a citizen can be written to now, as the ledger knows it."""

from sqlalchemy.orm import Session

from bot.conversations.windows import Reach
from bot.storage.channel_models import ChannelAccount
from bot.storage.models import Conversation


def reach_of(session: Session, conversation: Conversation) -> Reach:
    """What is known of the citizen's reachability now."""
    account = session.get(ChannelAccount, (conversation.channel, conversation.account))
    return Reach(
        conversation.channel,
        conversation.acted_at,
        conversation.unavailable_reason,
        account.quota_left if account is not None else None,
    )
