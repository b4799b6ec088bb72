"""Whether a candidate may go live: a pure judgement of what was measured, with every reason.

A finding of level ``refuse`` stops the promotion. Those of ``HARD`` stop it for everybody; the others an administrator may
overrule with a written reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.texts import say
from bot.training.results import Case, FixedSet, Results
from bot.training.rules import GateRules

Level = Literal["refuse", "warn", "pass"]
HARD = frozenset({"file_missing", "file_changed", "results_missing"})
"""No reason makes a file right that is not the one that was measured."""


@dataclass(frozen=True)
class Finding:
    """One thing the gate looked at. ``code`` names its text (``gate_<code>``), ``values`` fill it; ``items``: details, one a
    line."""

    code: str
    level: Level
    values: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[str] = ()

    def text(self, language: str = "vi") -> str:
        """The finding in a sentence."""
        return say(f"gate_{self.code}", language, **self.values)

    def to_json(self) -> dict[str, Any]:
        """The finding as it is stored."""
        return {"code": self.code, "level": self.level, "values": dict(self.values), "items": list(self.items)}


@dataclass(frozen=True)
class Verdict:
    """Everything that the gate found, in the order in which it looked."""

    findings: Sequence[Finding]

    @property
    def passed(self) -> bool:
        """Whether nothing stops the promotion."""
        return not self.refusals

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """What stops it."""
        return tuple(one for one in self.findings if one.level == "refuse")

    @property
    def may_be_overruled(self) -> bool:
        """Whether an administrator may let it through all the same."""
        return not any(one.code in HARD for one in self.refusals)

    def to_json(self) -> dict[str, Any]:
        """The verdict as it is stored."""
        return {"passed": self.passed, "findings": [one.to_json() for one in self.findings]}


def verdict_from(stored: Mapping[str, Any]) -> Verdict:
    """The verdict as it was stored."""
    return Verdict([Finding(one["code"], one["level"], one["values"], one["items"]) for one in stored.get("findings", ())])


@dataclass(frozen=True)
class Circumstances:
    """What is known besides the measurements. ``found_sha256``: of the file as it lies there now, None where it is gone.
    ``measured_against``, ``live_sha256``: the model that was live at the measuring, and the one that is now (None: not known).
    ``head_commit``: the newest commit of the trainers' data, None where not known."""

    stated_sha256: str
    found_sha256: str | None
    measured_against: str | None = None
    live_sha256: str | None = None
    commit: str | None = None
    head_commit: str | None = None
    live_wrong_and_sure: float | None = None


def judge(results: Results | None, known: Circumstances, rules: GateRules) -> Verdict:
    """The verdict on a candidate. ``results``: None where nothing was measured."""
    findings = [*_file(known)]
    if results is None:
        return Verdict([*findings, Finding("results_missing", "refuse")])
    findings += [
        *_protected(results.protected, results, rules),
        *_regression(results.regression, results, rules),
        *_intents(results, rules),
        *_wrong_and_sure(results, known, rules),
        *_conversations(results, rules),
        *_age(known),
    ]
    return Verdict(findings)


def _file(known: Circumstances) -> list[Finding]:
    if known.found_sha256 is None:
        return [Finding("file_missing", "refuse")]
    if known.found_sha256 != known.stated_sha256:
        return [Finding("file_changed", "refuse", {"stated": known.stated_sha256[:12], "found": known.found_sha256[:12]})]
    return [Finding("file_as_measured", "pass", {"sha": known.stated_sha256[:12]})]


def _not_measured(part: str, results: Results) -> Finding:
    return Finding(f"{part}_not_measured", "refuse", {"reason": results.not_measured.get(part) or say("gate_no_reason")})


def _protected(measured: FixedSet | None, results: Results, rules: GateRules) -> list[Finding]:
    if measured is None or measured.total == 0:
        return [_not_measured("protected", results)]
    broken = measured.total - measured.right
    values = {"broken": broken, "total": measured.total}
    if broken > rules.protected_may_break:
        return [Finding("protected_broken", "refuse", values, _cases(measured.broken, rules))]
    return [Finding("protected_kept", "pass", values)]


def _regression(measured: FixedSet | None, results: Results, rules: GateRules) -> list[Finding]:
    if measured is None or measured.total == 0 or measured.live_right is None:
        return [_not_measured("regression", results)]
    fall = measured.live_right - measured.right
    values = {"right": measured.right, "live_right": measured.live_right, "total": measured.total, "fall": max(0, fall)}
    items = _cases(measured.broken, rules)
    if fall > rules.regression_may_fall:
        return [Finding("regression_fell", "refuse", values, items)]
    if measured.broken:
        return [Finding("regression_swapped", "warn", values | {"broken": len(measured.broken)}, items)]
    return [Finding("regression_kept", "pass", values)]


def _cases(broken: Sequence[Case], rules: GateRules) -> tuple[str, ...]:
    shown = [say("gate_case", text=one.text, expected=one.expected, got=one.got) for one in broken[: rules.listed]]
    more = len(broken) - len(shown)
    return (*shown, say("gate_more_cases", count=more)) if more > 0 else tuple(shown)


def _intents(results: Results, rules: GateRules) -> list[Finding]:
    compared = [one for one in results.intents if one.live_f1 is not None and one.support >= rules.intent_min_support]
    if not compared:
        return [Finding("intents_not_compared", "warn", {"support": rules.intent_min_support})]
    fallen = [one for one in compared if (one.live_f1 or 0) - one.f1 > rules.intent_f1_may_fall]
    values = {"count": len(fallen), "compared": len(compared), "limit": _points(rules.intent_f1_may_fall)}
    if not fallen:
        return [Finding("intents_kept", "pass", values)]
    items = [
        say("gate_intent", intent=one.intent, live=_number(one.live_f1 or 0), candidate=_number(one.f1), support=one.support)
        for one in sorted(fallen, key=lambda one: one.f1 - (one.live_f1 or 0))
    ]
    return [Finding("intents_fell", "refuse", values, items)]


def _wrong_and_sure(results: Results, known: Circumstances, rules: GateRules) -> list[Finding]:
    if results.reliability is None:
        return [_not_measured("reliability", results)]
    share, live = results.reliability.wrong_and_sure, known.live_wrong_and_sure
    values = {"share": _percent(share), "most": _percent(rules.wrong_and_sure_at_most)}
    if share > rules.wrong_and_sure_at_most:
        return [Finding("wrong_and_sure_high", "refuse", values)]
    if live is None:
        return [Finding("wrong_and_sure_alone", "warn", values)]
    values |= {"live": _percent(live), "rise": _points(rules.wrong_and_sure_may_rise)}
    rose = share - live > rules.wrong_and_sure_may_rise + 1e-9
    return [Finding("wrong_and_sure_rose", "refuse", values) if rose else Finding("wrong_and_sure_kept", "pass", values)]


def _conversations(results: Results, rules: GateRules) -> list[Finding]:
    tests = results.conversations
    if tests is None:
        return [Finding("conversations_not_measured", "warn", {"reason": results.not_measured.get("conversations", "–")})]
    failed = tests.total - tests.passed
    values = {"failed": failed, "total": tests.total}
    if failed > rules.conversations_may_fail:
        items = [f"{name}: {what}" for name, what in list(tests.failed.items())[: rules.listed]]
        return [Finding("conversations_failed", "warn", values, items)]
    return [Finding("conversations_kept", "pass", values)]


def _age(known: Circumstances) -> list[Finding]:
    findings = []
    if known.live_sha256 is not None and known.measured_against != known.live_sha256:
        findings.append(Finding("measured_against_another", "refuse", {"live": known.live_sha256[:12]}))
    if known.head_commit is not None and known.commit is not None and known.commit != known.head_commit:
        findings.append(Finding("older_than_data", "warn", {"commit": known.commit[:8], "head": known.head_commit[:8]}))
    return findings


def _number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _percent(value: float) -> str:
    return f"{value * 100:.1f}".replace(".", ",")


def _points(value: float) -> str:
    return f"{value * 100:g}".replace(".", ",")
