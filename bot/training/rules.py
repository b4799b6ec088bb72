"""The rules of the gate and of canaries, read from ``promotion_rules.yml`` beside this file."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

SHIPPED = Path(__file__).with_name("promotion_rules.yml")


class RulesFileError(ValueError):
    """The file of rules cannot be used; the message names what is wrong in it."""


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GateRules(_Rules):
    """What a candidate must reach. Shares are 0 to 1, counts are texts."""

    regression_may_fall: int = Field(ge=0)
    protected_may_break: int = Field(ge=0)
    wrong_and_sure_may_rise: float = Field(ge=0, le=1)
    wrong_and_sure_at_most: float = Field(ge=0, le=1)
    intent_f1_may_fall: float = Field(ge=0, le=1)
    intent_min_support: int = Field(ge=1)
    conversations_may_fail: int = Field(ge=0)
    listed: int = Field(ge=1, le=200)


class CanaryRules(_Rules):
    """How a candidate is tried. ``steps``: percent; ``level``: of the one-sided test."""

    steps: tuple[int, ...]
    min_conversations: int = Field(ge=1)
    min_conversations_failures: int = Field(ge=1)
    level: float = Field(gt=0, lt=0.5)
    finish_after_hours: float = Field(gt=0)
    finish_min_conversations: int = Field(ge=1)
    ready_seconds: float = Field(gt=0)
    return_shown_days: int = Field(ge=0)

    @field_validator("steps")
    @classmethod
    def _rise_to_everybody(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if list(steps) != sorted(set(steps)) or not steps or steps[0] < 1 or steps[-1] != 100:
            raise ValueError("steps must rise, begin at 1 or more and end with 100")
        return steps


class PromotionRules(_Rules):
    """All rules together. ``smoke``: what is said to a model before any citizen hears it."""

    gate: GateRules
    canary: CanaryRules
    smoke: tuple[str, ...] = Field(min_length=1)


def load_rules(path: Path = SHIPPED) -> PromotionRules:
    """The rules in this file. Raises ``RulesFileError``."""
    try:
        return PromotionRules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise RulesFileError(f"{path}: {error}") from error


@cache
def shipped_rules() -> PromotionRules:
    """The rules of this installation. Raises ``RulesFileError``."""
    return load_rules()
