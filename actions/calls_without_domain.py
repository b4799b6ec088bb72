"""Calls of actions that bring no domain: the engine sends it only to actions that ask for it, and none of ours does."""

from typing import Any

from rasa_sdk.executor import ActionExecutor


class DomainlessExecutor(ActionExecutor):  # type: ignore[misc] # rasa-sdk ships no types
    """Runs actions without a domain, where the library's own answers 449 until the whole domain was sent once."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:  # noqa: ARG002 (rasa-sdk)
        """The domain of the call, or an empty one; nothing is kept."""
        return payload.get("domain") or {}
