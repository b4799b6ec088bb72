"""How far a job is and how long it will still take, from how long its steps took before."""

from collections.abc import Mapping, Sequence
from statistics import median

STEPS = ("prepare", "check", "train", "understand", "replay", "cross_validation", "conversations")
"""The steps of a job, in order."""

FIRST_GUESS: Mapping[str, float] = {
    "prepare": 2,
    "check": 10,
    "train": 90,
    "understand": 15,
    "replay": 15,
    "cross_validation": 150,
    "conversations": 90,
}
"""Seconds a step takes on a small machine, for the first job."""


def usual_seconds(earlier: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    """Per step the median of the earlier jobs, else the first guess."""
    found = {step: [float(job[step]) for job in earlier if step in job] for step in STEPS}
    return {step: median(times) if times else FIRST_GUESS[step] for step, times in found.items()}


def overall(step: str, share: float, usual: Mapping[str, float], steps: Sequence[str] = STEPS) -> float:
    """The progress of the whole job, 0 to 1, when ``share`` (0 to 1) of this step is done."""
    total = sum(usual[one] for one in steps) or 1.0
    before = sum(usual[one] for one in steps[: steps.index(step)])
    return min(1.0, (before + min(1.0, max(0.0, share)) * usual[step]) / total)


def seconds_left(progress: float, usual: Mapping[str, float], steps: Sequence[str] = STEPS) -> float:
    """How long the rest of the job usually takes."""
    return (1.0 - min(1.0, max(0.0, progress))) * sum(usual[one] for one in steps)


def steps_of(*, cross_validation: bool, conversations: bool) -> tuple[str, ...]:
    """The steps of a job that leaves some out."""
    left_out = {"cross_validation": not cross_validation, "conversations": not conversations}
    return tuple(step for step in STEPS if not left_out.get(step, False))
