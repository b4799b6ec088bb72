"""The small crash test: gateway, worker and sender are killed while citizens write on three platforms.

The platforms are their simulators, the engine is the tests' own. The real one, with Rasa and more of everything: ``make chaos``.
"""

import dataclasses
import secrets
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from benchmarks.chaos.evidence import Citizen, Evidence
from benchmarks.chaos.plan import Size, plan_of
from benchmarks.chaos.product import shake
from benchmarks.chaos.verdict import judge
from bot.settings import PLATFORMS, Settings
from motcua.local_secrets import SIMULATED_NAMES, new_secret
from motcua.processes import ProcessSpec, product_processes
from motcua.stack import private_settings
from tests.connectors.fake_engine import SECRET, FakeEngine

SIZE = Size(citizens=9, messages=3, kills=6, seconds=10, seed=20261126, at_work=1)
ANSWER = "Trả lời: "
KILLED = ("gateway", "worker", "sender")


@pytest.fixture
def shaken(tmp_path: Path, engine: FakeEngine, database_url: str) -> Settings:
    """Settings with all platforms on, spoken by their simulators."""
    platforms = {name.lower(): new_secret(name) for name in SIMULATED_NAMES}
    base = Settings(
        channels=",".join(PLATFORMS),
        engine_secret=SECRET,
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret=secrets.token_urlsafe(32),
        portal_token="unused",
        **platforms,
    )
    own = private_settings(base, tmp_path)
    return own.model_copy(update={"database_url": database_url, "engine_port": engine.port})


def processes(settings: Settings) -> list[ProcessSpec]:
    """The product's own, without the dialogue's, and with short leases."""
    kept = [spec for spec in product_processes(settings) if spec.name in KILLED or spec.name.endswith("-simulator")]
    short = (sys.executable, "-m", "tests.connectors.chaos.short_leases")
    return [
        dataclasses.replace(spec, command=(*short, spec.name)) if spec.name in ("worker", "sender") else spec for spec in kept
    ]


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("database")
def test_no_crash_loses_doubles_or_swaps_a_message(shaken: Settings) -> None:
    told: list[str] = []
    run = shake(shaken, processes(shaken), plan_of(SIZE, KILLED), 120, told.append)
    found = judge(run.evidence)
    assert not found.broken(), (found, told)
    assert (found.said, found.stored) == (27, 27)
    assert run.killed == {"gateway": 2, "worker": 2, "sender": 2}
    assert set(found.outcomes) == {"answered"}, found
    assert not found.dead, found
    for citizen in run.evidence.citizens:
        check_the_screen_alone(citizen, run.evidence)


def check_the_screen_alone(citizen: Citizen, evidence: Evidence) -> None:
    """Without the chain of ids: the engine's answer repeats the question, so the screen itself shows each once and in order."""
    answered = [one.text.removeprefix(ANSWER) for one in citizen.shown if one.text.startswith(ANSWER)]
    unknown = [
        part.text.removeprefix(ANSWER) for part in evidence.parts if part.citizen == citizen.key and part.state == "ambiguous"
    ]
    late = {turn.text for turn in evidence.turns if turn.citizen == citizen.key and turn.late}
    assert len(answered) == len(set(answered))
    assert set(citizen.said) - set(unknown) <= set(answered) <= set(citizen.said)
    in_order = [text for text in answered if text not in late]
    assert in_order == sorted(in_order, key=citizen.said.index)
