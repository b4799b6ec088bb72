"""When a page may write: 24 hours after the person's last act, 7 days for a human, always with an approved template."""

from dataclasses import dataclass

from simulators.messenger.graph_errors import OUTSIDE_WINDOW, GraphError, outside_window
from simulators.messenger.send_request import SendRequest

STANDARD_SECONDS = 24 * 3600
HUMAN_AGENT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class PagePermissions:
    """What App Review has granted the application."""

    human_agent_feature: bool = False
    page_utility_messaging: bool = True


def check_window(
    request: SendRequest,
    seconds_since_last_act: float | None,
    permissions: PagePermissions,
    *,
    standard_seconds: float = STANDARD_SECONDS,
    subcode: int = OUTSIDE_WINDOW,
) -> None:
    """Raises error 10 (or 200) where the platform would not let the message through now.

    ``seconds_since_last_act`` None: the person never wrote. ``standard_seconds`` is longer for threads begun from an ad."""
    if request.messaging_type == "UTILITY":
        if not permissions.page_utility_messaging:
            raise GraphError(200, "Requires page_utility_messaging permission to manage the object")
        return
    limit = standard_seconds
    if request.tag == "HUMAN_AGENT":
        if not permissions.human_agent_feature:
            raise GraphError(10, "To use 'Human Agent', your use of this endpoint must be reviewed and approved by Facebook.")
        limit = max(standard_seconds, HUMAN_AGENT_SECONDS)
    if seconds_since_last_act is None or seconds_since_last_act > limit:
        raise outside_window(subcode)
