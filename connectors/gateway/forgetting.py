"""What a worker deletes beside its turns."""

from collections.abc import Callable

from bot.conversations.clock import utc_now
from bot.conversations.identity_links import forget_expired_links
from bot.dossiers.known import forget_expired_known
from bot.dossiers.shared_attempts import forget_old_attempts
from bot.storage.database import SessionFactory, writing


def forget_dossiers(sessions: SessionFactory) -> Callable[[], int]:
    """What is deleted of look-ups once it is past its time: tries, last known states, links to persons."""

    def forget() -> int:
        now = utc_now()
        with writing(sessions) as session:
            return forget_old_attempts(session, now) + forget_expired_known(session, now) + forget_expired_links(session, now)

    return forget
