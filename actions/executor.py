"""rasa-sdk's executor for actions that need no domain: the engine sends none along (endpoints.yml: ``enable_selective_domain``),
and rasa-sdk would refuse a call without one (HTTP 449), which Rasa 3.6 takes for a failed action."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk.executor import ActionExecutor


class DomainlessExecutor(ActionExecutor):  # type: ignore[misc] # rasa-sdk ships no types
    """Runs our actions, none of which looks at the domain."""

    def update_and_return_domain(self, payload: Mapping[str, Any], action_name: str) -> dict[str, Any]:  # noqa: ARG002 (rasa-sdk)
        """The domain that came along, else an empty one."""
        return payload.get("domain") or {}
