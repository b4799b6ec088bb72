"""A trainer whose engine is a quick stand-in, with a ledger of its own."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.storage.database import Database, open_database, writing
from bot.storage.models import Conversation, Inbound
from bot.training.jobs import JobOptions, ask_for_training
from bot.training.live import newest_model
from motcua.training.commands import Limits
from motcua.training.runner import Runner
from motcua.training.workshop import Workshop
from tests.databases import one_ledger
from tests.moving_clock import MovingClock

FAKE_ENGINE = str(Path(__file__).with_name("fake_engine.py"))
CASES = "text\tintent\twriting\nchào nhé\tgreet\tmarks\nphí bao nhiêu\task_fee\tmarks\nnộp đâu\task_place\tmarks\n"


class Folder:
    """A source of training data that behaves as it is told."""

    def __init__(self, behaviour: str = "") -> None:
        self.behaviour = behaviour
        self.examples = ""

    def export(self, commit: str, folder: Path) -> None:
        """Writes a project. Raises ``ValueError`` for the commit ``gone``."""
        if commit == "gone":
            raise ValueError("no such commit")
        folder.mkdir(parents=True)
        (folder / "config.yml").touch()
        (folder / "data" / "nlu").mkdir(parents=True)
        (folder / "data" / "nlu" / "fee.yml").write_text(self.examples, encoding="utf-8")
        (folder / "behaviour").write_text(self.behaviour, encoding="utf-8")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A ledger on SQLite: what differs between databases is tested where the statements stand."""
    ledger = open_database(one_ledger(tmp_path / "ledger.sqlite3"))
    yield ledger
    ledger.engine.dispose()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def source() -> Folder:
    return Folder()


@pytest.fixture
def workshop(tmp_path: Path, source: Folder) -> Workshop:
    """Everything in a temporary folder; a model is live."""
    models, regression = tmp_path / "models", tmp_path / "regression"
    models.mkdir()
    regression.mkdir()
    (models / "live.tar.gz").write_bytes(b"the live one")
    (regression / "cases.tsv").write_text(CASES, encoding="utf-8")
    (regression / "protected.tsv").write_text("text\tintent\twriting\nchào gấp\ttalk_to_officer\tmarks\n", encoding="utf-8")

    def command(project: Path, arguments: Sequence[str]) -> Sequence[str]:
        return (sys.executable, FAKE_ENGINE, str(project), *arguments)

    return Workshop(
        models_dir=models,
        folder=tmp_path / "jobs",
        regression=regression,
        environment=dict(os.environ),
        limits=Limits(seconds=60, memory_mb=2_048),
        source=source,
        live_model=lambda _session: newest_model(models),
        command=command,
        conversations=lambda _model, cases, out: (sys.executable, FAKE_ENGINE, str(cases.parent), "converse", str(out)),
    )


def runner_for(database: Database, workshop: Workshop, clock: MovingClock, name: str = "one") -> Runner:
    """A trainer of this name."""
    return Runner(database.sessions, workshop, clock, name=name)


def ask(database: Database, clock: MovingClock, commit: str = "c" * 40, **options: object) -> int:
    """A job that waits; its id."""
    with writing(database.sessions) as session:
        return ask_for_training(session, commit, JobOptions.model_validate(options), "hoa", "Hoa", clock()).id


def write_yesterday(database: Database, clock: MovingClock, texts: Sequence[str]) -> None:
    """Citizens wrote these yesterday."""
    at = clock() - timedelta(days=1)
    with writing(database.sessions) as session:
        session.add(Conversation(id="c", channel="webchat", account="web", external_id="c", opened_at=at))
        session.flush()
        session.add_all(
            Inbound(
                conversation_id="c", channel="webchat", account="web", event_id=f"e{n}", seq=n, received_at=at, text=text,
                outcome="answered", finished_at=at,
            )
            for n, text in enumerate(texts, start=1)
        )  # fmt: skip


def without_live(workshop: Workshop) -> Workshop:
    """The same, where no model is live."""
    return replace(workshop, live_model=lambda _session: None)
