"""The rules of the yearly review, read from a file, and what they make of a service's figures. Pure but for the reading."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.service_reviews.figures import COUNTS, SHARES, YearFigures

Verdict = Literal["stop_candidate", "online_only_candidate"]
Outcome = Literal["met", "not_met", "too_few"]


class BrokenRulesError(ValueError):
    """The file of rules cannot be used; the message names the place."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Named(_Part):
    """A name in both languages."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Condition(_Part):
    """One bound on a count or on a share (from 0 to 1). Shares are judged from ``least`` cases on."""

    count: str | None = None
    share: str | None = None
    at_most: int | None = None
    at_least: int | None = None
    above: float | None = Field(None, ge=0, le=1)
    below: float | None = Field(None, ge=0, le=1)
    from_: float | None = Field(None, ge=0, le=1, alias="from")
    least: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        of_count = [bound for bound in (self.at_most, self.at_least) if bound is not None]
        of_share = [bound for bound in (self.above, self.below, self.from_) if bound is not None]
        if (self.count is None) == (self.share is None):
            raise ValueError("a condition names either a count or a share")
        if self.count is not None and (self.count not in COUNTS or len(of_count) != 1 or of_share):
            raise ValueError(f"a count of {', '.join(COUNTS)} with either at_most or at_least")
        if self.share is not None and (self.share not in SHARES or len(of_share) != 1 or of_count):
            raise ValueError(f"a share of {', '.join(SHARES)} with one of above, below and from")
        return self

    @property
    def threshold(self) -> float:
        """The bound."""
        bounds = (self.at_most, self.at_least, self.above, self.below, self.from_)
        return next(float(bound) for bound in bounds if bound is not None)


class Rule(_Part):
    """All conditions together suggest the verdict. ``applies``: ``published_online`` or every service."""

    id: str = Field(pattern=r"^[a-z_]{3,40}$")
    verdict: Verdict
    applies: Literal["published_online", "all"] = "all"
    name: Named
    conditions: tuple[Condition, ...] = Field(min_length=1)
    source: str = Field(min_length=1)


class _File(_Part):
    version: str = Field(min_length=1, max_length=20)
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError("two rules share one id")
        return self


@dataclass(frozen=True)
class ReviewRules:
    """The rules in force. ``sha256``: of the file, kept with every review that was made by it."""

    version: str
    rules: tuple[Rule, ...]
    sha256: str


@dataclass(frozen=True)
class JudgedCondition:
    """``clear``: the whole interval lies on the side of the threshold on which the value does (always so for counts)."""

    condition: Condition
    outcome: Outcome
    clear: bool


@dataclass(frozen=True)
class JudgedRule:
    """A rule over the figures. ``too_few``: it might be met, but some share stands on too few cases to be judged."""

    rule: Rule
    outcome: Outcome
    clear: bool
    conditions: tuple[JudgedCondition, ...]


def read_rules(path: Path) -> ReviewRules:
    """The rules of a file. Raises ``BrokenRulesError``."""
    try:
        raw = path.read_bytes()
        found = _File.model_validate(yaml.safe_load(raw))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BrokenRulesError(f"{path.name}: {place}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BrokenRulesError(f"{path.name}: cannot be read ({type(error).__name__})") from error
    return ReviewRules(found.version, found.rules, hashlib.sha256(raw).hexdigest())


def judge(rules: Sequence[Rule], figures: YearFigures, *, published_online: bool) -> tuple[JudgedRule, ...]:
    """Every rule that applies to the service, over its figures."""
    applying = (rule for rule in rules if rule.applies == "all" or published_online)
    return tuple(_judged(rule, figures) for rule in applying)


def _judged(rule: Rule, figures: YearFigures) -> JudgedRule:
    conditions = tuple(_condition(one, figures) for one in rule.conditions)
    outcomes = {one.outcome for one in conditions}
    outcome: Outcome = "not_met" if "not_met" in outcomes else "too_few" if "too_few" in outcomes else "met"
    return JudgedRule(rule, outcome, outcome == "met" and all(one.clear for one in conditions), conditions)


def _condition(condition: Condition, figures: YearFigures) -> JudgedCondition:
    if condition.count is not None:
        value = figures.count(condition.count)
        met = value <= condition.at_most if condition.at_most is not None else value >= condition.threshold
        return JudgedCondition(condition, "met" if met else "not_met", clear=True)
    share = figures.share(condition.share or "")
    if share.value is None or share.interval is None or share.whole < condition.least:
        return JudgedCondition(condition, "too_few", clear=False)
    met = _holds(condition, share.value)
    clear = all(_holds(condition, end) == met for end in share.interval)
    return JudgedCondition(condition, "met" if met else "not_met", clear)


def _holds(condition: Condition, value: float) -> bool:
    if condition.above is not None:
        return value > condition.above
    if condition.below is not None:
        return value < condition.below
    return value >= condition.threshold
