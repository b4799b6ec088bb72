"""A concluded turn as metrics."""

from datetime import datetime

from bot.conversations.turns import Claim, Conclusion, ConclusionResult
from bot.metrics.declared import CONCLUSIONS, OUTCOME_SECONDS, OUTCOMES


def concluded(claim: Claim, conclusion: Conclusion, result: ConclusionResult, now: datetime) -> None:
    """Counts how the turn ended, and how long the citizen waited for it where it was written."""
    CONCLUSIONS.labels(result).inc()
    if result not in ("written", "dropped"):
        return
    OUTCOMES.labels(claim.channel, conclusion.outcome if result == "written" else "waiting_for_officer").inc()
    if claim.received_at is not None:
        OUTCOME_SECONDS.labels(claim.channel).observe(max(0.0, (now - claim.received_at).total_seconds()))
