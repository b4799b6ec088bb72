"""What a training job measured of a candidate model, as it is kept beside it and read by the gate and the pages.

Everything is figures and masked texts. ``live_…`` is the same measure of the model that was live when the job ran, None where
there was none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Measured(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Understood(_Measured):
    """How a model understood a text. ``intent``: the intent of the message; ``confidence``: 0 to 1."""

    intent: str
    confidence: float = Field(ge=0, le=1)


class Case(_Measured):
    """One text of a fixed set, what it must be understood as, and what the two models made of it."""

    text: str
    expected: str
    got: str
    confidence: float = 0.0
    live_got: str | None = None


class FixedSet(_Measured):
    """A set of texts that never changes with the training data. ``broken``: the texts that the candidate gets wrong and the live
    model gets right (for a protected set: all that the candidate gets wrong)."""

    total: int = Field(ge=0)
    right: int = Field(ge=0)
    live_right: int | None = None
    broken: Sequence[Case] = ()


class IntentFigures(_Measured):
    """One intent on the regression set. ``support``: how many texts expect it."""

    intent: str
    support: int
    precision: float
    recall: float
    f1: float
    live_f1: float | None = None


class Confusion(_Measured):
    """How often a text of one intent was taken for another."""

    expected: str
    got: str
    count: int


class CrossValidation(_Measured):
    """The training data measured on itself, in ``folds`` parts held out in turn."""

    folds: int
    accuracy: float
    macro_f1: float


class ReliabilityBin(_Measured):
    """Among the answers whose confidence lies between the two limits: how sure they were on average, and how often right."""

    lower: float
    upper: float
    count: int
    confidence: float
    accuracy: float


class Reliability(_Measured):
    """Whether the confidence means what it says. ``error``: expected calibration error; ``wrong_and_sure``: the share of all
    texts that was answered wrong with a confidence of .7 and more; ``live_wrong_and_sure``: the same of the live model."""

    error: float
    wrong_and_sure: float
    live_wrong_and_sure: float | None = None
    bins: Sequence[ReliabilityBin] = ()


class ConversationTests(_Measured):
    """Whole conversations, turn by turn, through the candidate. ``failed``: their names with what went wrong."""

    total: int
    passed: int
    failed: Mapping[str, str] = Field(default_factory=dict)


class ChangedAnswer(_Measured):
    """A masked text of real traffic that the candidate understands otherwise. ``count``: how often it was written."""

    text: str
    live: Understood
    candidate: Understood
    count: int = 1


class Replay(_Measured):
    """Real traffic of ``since`` to ``until`` (ISO moments) replayed against both models. ``messages``: how many were typed then;
    ``texts``: how many different ones; ``tried``: how many of these were tried (a very busy day is sampled);
    ``messages_changed``: how many messages the changed texts stand for. The changed texts themselves are kept beside the figures
    (``bot.training.candidates.results_of`` puts them in)."""

    since: str
    until: str
    messages: int
    texts: int = 0
    tried: int = 0
    texts_changed: int = 0
    messages_changed: int = 0
    changed: Sequence[ChangedAnswer] = ()


class Results(_Measured):
    """Everything that a job measured. A part that it could not measure is None and named in ``not_measured`` with the reason."""

    regression: FixedSet | None = None
    protected: FixedSet | None = None
    cross_validation: CrossValidation | None = None
    conversations: ConversationTests | None = None
    intents: Sequence[IntentFigures] = ()
    confusions: Sequence[Confusion] = ()
    reliability: Reliability | None = None
    replay: Replay | None = None
    not_measured: Mapping[str, str] = Field(default_factory=dict)


def results_from(stored: Mapping[str, Any]) -> Results:
    """The results as they were stored (JSON). Raises pydantic's ``ValidationError`` (a ``ValueError``)."""
    return Results.model_validate(stored)
