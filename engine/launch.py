"""Starts Rasa as this product needs it: ``python -m engine.launch {run|train|validate|parse|test-nlu|cross-validate|version}``.

Installs the import stub, checks the versions, keeps citizens' text out of the logs, applies the patches and then calls Rasa's
own command line. Every refusal is one line on stderr and exit code 1. Settings: docs/developers/engine.md.
"""

import argparse
import importlib
import json
import os
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from engine import project as projects
from engine import slots
from engine.environment import MisconfiguredError, number_setting, port_setting, secrets_setting, setting
from engine.import_stub import install_import_stub, stubbed_modules
from engine.logs import keep_texts_out_of_rasa_logs, line_of_progress, outline_exceptions_everywhere, quiet_level
from engine.metrics import BUILD_INFO, tell_model
from engine.metrics_port import EngineState, open_port
from engine.one_log import write_one_line_each
from engine.project import CODE_ROOT, MODEL_SUFFIX, Project
from engine.start import begin_to_load, begin_to_serve
from engine.tracing import configure_tracing, watch_rasa
from engine.version_check import RASA_VERSION, require_pinned_versions

# A process that dies in the middle of a turn holds its conversation's lock in Redis for this long (Rasa's default: 60).
_LOCK_SECONDS = "15"


def say(text: str) -> None:
    """One line of progress."""
    print(f"engine: {text}", flush=True)


def log(text: str) -> None:
    """One line of a serving process, like all lines of its log."""
    print(line_of_progress(text), flush=True)


def refuse(text: str) -> NoReturn:
    """One line on stderr, exit code 1."""
    sys.exit(f"engine: {text}")


def prepare_process() -> None:
    """Everything that must be true before ``rasa`` is imported."""
    require_pinned_versions()
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    os.environ["SANIC_WORKERS"] = "1"  # scale is more processes, each with its own port
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"  # training data stays out of .rasa/cache; it does not see changes of our code either
    os.environ.setdefault("TICKET_LOCK_LIFETIME", _LOCK_SECONDS)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    quiet_level(os.environ)
    outline_exceptions_everywhere()
    install_import_stub()
    if str(CODE_ROOT) not in sys.path:
        sys.path.insert(0, str(CODE_ROOT))
    # These libraries are pinned, so their deprecations are no news; sanic switches the warnings on when it is imported.
    with warnings.catch_warnings():
        for module in ("sanic", "rasa.shared.utils.io", "rasa.__main__", "rasa.core.run"):
            warnings.simplefilter("ignore")
            imported = importlib.import_module(module)
            if module == "rasa.shared.utils.io" and not sys.stderr.isatty():
                # Rasa asks this before it draws progress bars, which fill a log with hundreds of lines.
                imported.is_logging_disabled = lambda: True  # type: ignore[attr-defined]
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    keep_texts_out_of_rasa_logs(os.environ)


def rasa_cli(arguments: Sequence[str]) -> None:
    """Rasa's own command line; exits as Rasa does."""
    import rasa.__main__

    sys.argv = ["rasa", *arguments]
    rasa.__main__.main()


def port_is_free(host: str, port: int) -> bool:
    """Whether the address can be listened on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def chosen_model(project: Project, named: str | None) -> Path:
    """The model file to serve: the named one, else the newest. Refuses where there is none."""
    if named:
        model = Path(named)
        if not model.is_file():
            refuse(f"there is no model file {model}")
        return model
    found = projects.models(project.models_dir)
    if not found:
        refuse(f"there is no model in {project.models_dir}: train one with `python -m engine.launch train`")
    return found[0]


def serve_only_with_agent(
    state: EngineState, watch: slots.SlotWatch | None = None, *, pulls: bool = False, unpatched: bool = False
) -> None:
    """Makes Rasa's server end with exit code 1 where stock Rasa would serve without a model or forget conversations.

    ``state`` is told the agent. ``pulls``: the model comes from the model server (``models:`` in endpoints.yml) instead of a
    file. ``unpatched``: with Rasa's own tracker store, whatever endpoints.yml names."""
    import rasa.core.run

    from engine.short_history import components_of, history_of
    from engine.tracker_store import LoudTrackerStore
    from engine.turn_output import response_problems

    stock = rasa.core.run.load_agent_on_start

    async def load_agent_on_start(model_path: Any, endpoints: Any, remote_storage: Any, app: Any, loop: Any) -> Any:
        if not pulls:
            endpoints.model = None
        if unpatched:
            endpoints.tracker_store, endpoints.lock_store = stock_store(), stock_locks()
            endpoints.action.kwargs.pop("enable_selective_domain", None)
            log("UNPATCHED, for measurements only: Rasa as it comes forgets conversations when its database is away")
        agent = await stock(model_path, endpoints, remote_storage, app, loop)
        if agent is None or not agent.is_ready():
            refuse(f"the model {model_path} could not be loaded (the reason stands above)")
        if not unpatched and not isinstance(agent.tracker_store, LoudTrackerStore):
            refuse("endpoints.yml must name engine.tracker_store.LoudTrackerStore as tracker_store")
        if isinstance(agent.tracker_store, LoudTrackerStore):
            agent.tracker_store.history = history_of(components_of(agent.processor.graph_runner))
        problems = response_problems(agent.domain.responses)
        if problems:
            refuse("buttons that cannot be shown: " + "; ".join(problems))
        await agent.parse_message("xin chào")  # reads the language tables now and not in the first citizen's turn
        if not unpatched:
            begin_to_serve()
        log(f"serving {slots.SERVED.name or agent.model_name}")
        state.serve(agent)
        tell_model(slots.SERVED.slot, slots.SERVED.name or str(agent.model_name), slots.SERVED.sha256)
        state.beating = loop.create_task(state.beat())
        if watch is not None:
            watch.start()
        return agent

    rasa.core.run.load_agent_on_start = load_agent_on_start


def run(project: Project, options: argparse.Namespace) -> None:
    """Serves the private channel until a signal ends it."""
    host, port = listening_address()
    secrets_setting("ENGINE_SECRET")
    slot = None if options.model else slots.configured_slot(project.models_dir)
    duty = slots.ask_patiently(slot) if slot is not None else "local"
    if duty == "wait":
        slots.begin_anew()
    pulls = duty == "pull"
    model = None if pulls else local_model(project, options.model, slot if duty == "away" else None)
    if not port_is_free(host, port):
        refuse(f"port {port} on {host} is taken: end the other process or set ENGINE_PORT")
    os.environ["ACTIONS_URL"] = actions_webhook()
    os.environ["MODEL_URL"] = slot.model_url if slot is not None else "none"
    os.environ["MODEL_AUTHORIZATION"] = slot.authorization if slot is not None else "none"
    log(f"loading {model.name if model is not None else 'the model of the model server'} for {host}:{port}")
    from engine.patches import apply_patches, check_pulled_models

    apply_patches(number_setting("ENGINE_ACTION_TIMEOUT", 6.0), for_speed=not options.unpatched)
    if slot is not None:
        slots.SERVED.slot = slot.name
        check_pulled_models(slot)
    end_tracing = configure_tracing("engine" if slot is None else f"engine-{slot.name}")
    watch_rasa()
    watch = slots.SlotWatch(slot) if slot is not None else None
    serve_only_with_agent(options.state, watch, pulls=pulls, unpatched=options.unpatched)
    arguments = ["run", "--interface", host, "--port", str(port), *(["--model", str(model)] if model is not None else [])]
    write_one_line_each(os.environ)
    try:
        rasa_cli([*arguments, "--credentials", "credentials.yml", "--endpoints", "endpoints.yml"])
    finally:
        end_tracing()
    if watch is not None and watch.due:
        slots.begin_anew()


def stock_store() -> Any:
    """Rasa's own ``SQLTrackerStore`` over the same database, as ``endpoints.yml`` would name it."""
    from rasa.utils.endpoints import EndpointConfig

    from engine.tracker_database import database_url
    from engine.tracker_store import DEFAULT_URL

    url = database_url(setting("TRACKER_URL", DEFAULT_URL))
    return EndpointConfig(url.render_as_string(hide_password=False), type="SQL")


def stock_locks() -> Any:
    """Rasa's own ``RedisLockStore`` where ``REDIS_URL`` is set; None, which is this process's memory, otherwise."""
    from rasa.utils.endpoints import EndpointConfig
    from redis.connection import parse_url

    if not (url := setting("REDIS_URL")):
        return None
    place = parse_url(url)
    named = {name: place.get(name) for name in ("port", "username", "password") if place.get(name) is not None}
    return EndpointConfig(place.get("host", "localhost"), type="redis", db=place.get("db", 0), **named)


def listening_address() -> tuple[str, int]:
    """Where the private channel listens. Raises ``MisconfiguredError``."""
    return setting("ENGINE_HOST", "127.0.0.1"), port_setting("ENGINE_PORT", 5005)


def actions_webhook() -> str:
    """The address that Rasa calls actions at: ``ACTIONS_URL``, with or without ``/webhook``, else a port on this machine."""
    address = setting("ACTIONS_URL") or f"http://127.0.0.1:{port_setting('ACTIONS_PORT', 5055)}"
    return address.rstrip("/").removesuffix("/webhook") + "/webhook"


def local_model(project: Project, named: str | None, without_server: slots.Slot | None) -> Path:
    """The model file to serve: the named one; in a slot whose model server is away the one that it pulled last; else the newest.
    Refuses where there is none."""
    kept = slots.kept_model(without_server) if without_server is not None else None
    if kept is not None:
        model, about = kept
        slots.SERVED.sha256, slots.SERVED.name = str(about["sha256"]), str(about["name"])
        log(f"the model server is away: serving {about['name']}, which was pulled last")
        return model
    if without_server is not None:
        log("the model server is away: serving the newest local model")
    model = chosen_model(project, named)
    slots.SERVED.sha256 = slots.sha256_of(model)
    return model


def train(project: Project, options: argparse.Namespace) -> None:
    """Trains a model from the project's files and puts it, with its description, into the folder of models."""
    projects.refuse_tensorflow_components(project)
    wanted = projects.fingerprint(project)
    existing = projects.model_with(wanted, project.models_dir)
    if options.if_needed and existing is not None:
        say(f"model is up to date: {existing.name}")
        return
    now = datetime.now(UTC)
    name = options.name or f"motcua-{now:%Y%m%d-%H%M%S}-{wanted[:8]}"
    say(f"training {name}{MODEL_SUFFIX} (fingerprint {wanted[:12]})")
    started = time.monotonic()
    project.models_dir.mkdir(parents=True, exist_ok=True)
    # Trained beside and then renamed: a reader of the folder never sees half a model.
    with tempfile.TemporaryDirectory(prefix=".training-", dir=project.models_dir) as unfinished:
        files = ["--config", "config.yml", "--domain", "domain", "--data", *project.training_folders()]
        rasa_cli(["train", *files, "--out", unfinished, "--fixed-model-name", name, "--force"])
        made = Path(unfinished, name + MODEL_SUFFIX)
        if not made.is_file():
            refuse("training ended without a model (the reason stands above)")
        Path(unfinished, name + ".json").write_text(projects.describe_model(name, wanted, now), encoding="utf-8")
        Path(unfinished, name + ".json").replace(project.models_dir / f"{name}.json")
        made.replace(project.models_dir / made.name)
    say(f"trained {project.models_dir / made.name} in {time.monotonic() - started:.0f} s")


def validate(project: Project, _options: argparse.Namespace) -> None:
    """Rasa's check of domain and data, where warnings count as failures, and ours of the buttons."""
    from rasa.shared.core.domain import Domain

    from engine.turn_output import response_problems

    projects.refuse_tensorflow_components(project)
    problems = response_problems(Domain.load("domain").responses)
    if problems:
        refuse("buttons that cannot be shown: " + "; ".join(problems))
    data = ["--data", *project.training_folders()]
    rasa_cli(["data", "validate", "--config", "config.yml", "--domain", "domain", *data, "--fail-on-warnings"])


def test_nlu(project: Project, options: argparse.Namespace) -> None:
    """Rasa's test of the NLU: ``test-nlu FILE [--out FOLDER]`` against the newest or the named model."""
    model = chosen_model(project, options.model)
    rasa_cli(["test", "nlu", "--nlu", options.nlu, "--model", str(model), "--out", options.out, "--no-plot"])


def parse(project: Project, options: argparse.Namespace) -> None:
    """Understands messages from standard input as a turn would: JSON lines in, JSON lines out (``engine.batch_parse``)."""
    from engine.batch_parse import MalformedLineError, answers_only_on, parsed_lines

    model = chosen_model(project, options.model)
    sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # type: ignore[union-attr]
    with answers_only_on(sys.stdout.fileno()) as out:
        try:
            for line in parsed_lines(model, sys.stdin, projects.fingerprint(project)):
                print(json.dumps(line, ensure_ascii=False), file=out)
        except (MalformedLineError, UnicodeDecodeError) as error:
            refuse(f"the input cannot be read: {error}")


def cross_validate(project: Project, options: argparse.Namespace) -> None:
    """Measures the intent model on its own training data and prints a table to choose the threshold from."""
    from rasa.shared.nlu.training_data.loading import load_data

    from engine.nlu.classifier import learnable
    from engine.nlu.cross_validation import figures, held_out_answers, report
    from engine.nlu.intent_model import TrainingOptions

    pairs = list(learnable(load_data(str(project.root / "data" / "nlu")).intent_examples))
    print(f"{len(pairs)} examples, {len({intent for _, intent in pairs})} intents, {options.folds} folds")
    answers = held_out_answers(pairs, TrainingOptions(), options.folds)
    print(report(answers))
    if options.json is not None:
        options.json.write_text(json.dumps(figures(answers, options.folds)) + "\n", encoding="utf-8")


def show_version(project: Project, _options: argparse.Namespace) -> None:
    """Versions, the models there are, and the libraries that are placeholders."""
    import rasa.__main__

    del rasa
    newest = next(iter(projects.models(project.models_dir)), None)
    print(f"rasa {RASA_VERSION}, Python {sys.version.split()[0]}")
    print(f"newest model: {newest.name if newest else 'none'}")
    fits = projects.model_with(projects.fingerprint(project), project.models_dir) is not None
    print(f"a model fits data and code: {'yes' if fits else 'no'}")
    print("placeholders: " + ", ".join(sorted({name.partition(".")[0] for name in stubbed_modules()})))


def _absolute(path: str) -> Path:
    # The project's folder becomes the working directory after the command line was read.
    return Path(path).resolve()


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m engine.launch", description=__doc__)
    parser.add_argument("--project", type=Path, default=CODE_ROOT, help="folder of config.yml, domain/ and data/")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("run", help="serve the private channel")
    command.add_argument("--model", help="model file; the newest in MODELS_DIR where left out")
    command.add_argument("--unpatched", action="store_true", help="for measurements only: without the patches for speed")
    command.set_defaults(do=run)
    command = commands.add_parser("train", help="train a model")
    command.add_argument("--if-needed", action="store_true", help="only when no model has the current fingerprint")
    command.add_argument("--name", help="name of the model file, without .tar.gz")
    command.set_defaults(do=train)
    command = commands.add_parser("validate", help="check domain and training data")
    command.set_defaults(do=validate)
    command = commands.add_parser("test-nlu", help="measure the NLU on labelled examples")
    command.add_argument("nlu", help="file or folder of labelled examples in Rasa's format")
    command.add_argument("--model", help="model file; the newest in MODELS_DIR where left out")
    command.add_argument("--out", default="var/test-nlu", help="folder of the reports")
    command.set_defaults(do=test_nlu)
    command = commands.add_parser("parse", help="understand messages: JSON lines on standard input and output")
    command.add_argument("--model", help="model file; the newest in MODELS_DIR where left out")
    command.set_defaults(do=parse)
    command = commands.add_parser("cross-validate", help="measure the intent model on its own training data")
    command.add_argument("--folds", type=int, default=5, help="number of parts that are held out in turn")
    command.add_argument("--json", type=_absolute, help="file for the figures as JSON")
    command.set_defaults(do=cross_validate)
    command = commands.add_parser("version", help="show versions")
    command.set_defaults(do=show_version)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Runs one command in the project's folder."""
    options = parsed(arguments)
    root = options.project.resolve()
    try:
        os.chdir(root)
        project = Project(root, Path(setting("MODELS_DIR", "models")).resolve())
        if options.do is run:
            BUILD_INFO.labels(RASA_VERSION, setting("BUILD_COMMIT")[:12]).set(1)
            options.state = EngineState()
            open_port(options.state)  # a slot that waits says so there too
            if not options.model and (slot := slots.configured_slot(project.models_dir)) is not None:
                slots.wait_until_needed(slot, *listening_address())  # before anything large is imported
            if not options.unpatched:
                begin_to_load()
        prepare_process()
        options.do(project, options)
    except MisconfiguredError as error:
        refuse(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
