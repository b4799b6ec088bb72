"""Conversation tests of a model: ``python -m motcua.training.conversations MODEL CASES OUT``.

Starts a product of its own that speaks with this model (own ports, own ledger, simulated portal), holds the conversations of
the file as a citizen over the web chat, and writes ``bot.training.results.ConversationTests`` as JSON."""

import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.settings import Settings
from bot.storage.database import open_database
from bot.training.results import ConversationTests
from motcua import stack
from motcua.doctor import gateway_url
from motcua.evaluation import dialogue_run
from motcua.evaluation.dialogue_files import Dialogue, read_dialogues
from motcua.evaluation.dialogue_verdict import verdict_line
from motcua.evaluation.labelled_files import EvaluationFileError
from motcua.evaluation.outcomes import Judged
from motcua.preparation import child_environment, migrate_ledger
from motcua.processes import ProcessSpec, engine_environment, local_url, product_processes
from motcua.supervisor import StartFailedError, Supervisor
from motcua.webchat_client import ChatError, WebchatClient

_NEEDED = ("portal", "actions", "engine", "worker", "gateway")


def needed_processes(settings: Settings, model: Path) -> list[ProcessSpec]:
    """The processes that a conversation over the web chat needs; the engine serves ``model``."""
    specs = [spec for spec in product_processes(settings) if spec.name in _NEEDED]
    return [_serving(spec, settings, model) if spec.name == "engine" else spec for spec in specs]


def _serving(spec: ProcessSpec, settings: Settings, model: Path) -> ProcessSpec:
    """The engine with a model that it is given by name: no slot, no model server to ask."""
    health = local_url(settings.engine_port, "/webhooks/motcua/health")
    environment = {**engine_environment(settings), "ENGINE_PORT": str(settings.engine_port)}
    return replace(spec, command=(*spec.command, "--model", str(model)), health_url=health, environment=environment)


@contextmanager
def product_with(model: Path, settings: Settings) -> Iterator[Settings]:
    """A product of its own that speaks with this model, for the length of the block. Raises ``StartFailedError``."""
    with tempfile.TemporaryDirectory(prefix="motcua-training-") as folder:
        own = stack.private_settings(settings, Path(folder))
        migrate_ledger(own)
        supervisor = Supervisor(needed_processes(own, model), own.var_dir / "log", child_environment(own), _tell)
        supervisor.start()
        try:
            supervisor.wait_healthy()
            yield own
        finally:
            supervisor.stop()


def hold(dialogues: Sequence[Dialogue], settings: Settings) -> ConversationTests:
    """Holds the conversations, one after the other. Raises ``ChatError`` where the product cannot be reached."""
    database = open_database(settings.database_url)
    witness = dialogue_run.LedgerWitness(database.sessions)
    failed: dict[str, str] = {}
    for number, dialogue in enumerate(dialogues, start=1):
        citizen = dialogue_run.opened(lambda: WebchatClient(gateway_url(settings)))
        try:
            wrong = [turn for turn in dialogue_run.held(dialogue, citizen, witness) if not turn.right]
        finally:
            citizen.close()
        if wrong:
            failed[dialogue.name] = what_went_wrong(wrong)
        _tell(f"[{number}/{len(dialogues)}] {'✗' if wrong else '✓'} {dialogue.name}")
    database.engine.dispose()
    return ConversationTests(total=len(dialogues), passed=len(dialogues) - len(failed), failed=failed)


def what_went_wrong(turns: Sequence[Judged]) -> str:
    """The failed turns of a conversation, a line each."""
    return "\n".join(verdict_line(turn) for turn in turns)


def _tell(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str]) -> None:
    """Holds the conversations; exits with 1 and the reason where that is not possible."""
    model, cases, out = (Path(one) for one in arguments)
    # The supervisor's processes are groups of their own: a signal must lead through its end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        dialogues = read_dialogues(cases)
        # The same at any hour: a model is not worse because officers have their lunch.
        fixed = {"channels": "", "team_hours": "always"}
        with product_with(model, stack.with_simulators(Settings()).model_copy(update=fixed)) as settings:
            found = hold(dialogues, settings)
    except (EvaluationFileError, StartFailedError, ChatError, OSError) as error:
        sys.exit(str(error))
    out.write_text(found.model_dump_json(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
