"""``rasa data validate`` on a proposed project, in the engine's environment; frequent findings are said in Vietnamese."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bot.authoring.faults import Fault
from bot.settings import PROJECT_ROOT

TIMEOUT_SECONDS = 240
CONCERNS = ("config.yml", "domain/", "data/nlu/", "data/rules/", "data/stories/")
"""The files that Rasa reads."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SAID = re.compile(
    r"UserWarning: (?P<warning>.+)|(?:ERROR|CRITICAL)\s+\S+\s+- (?P<error>.+)|^engine: (?P<refusal>.+)"
    r"|^\w+(?:\.\w+)*(?:Error|Exception): (?P<raised>.+)"
)
_HARMLESS = re.compile(
    r"Slot auto-fill has been removed|The utterance '\w+' is not used in any story or rule|Validating"
    r"|Project validation completed"
)
"""What Rasa says of every project of ours."""
_KNOWN = (
    (r"The intent '(?P<name>[^']+)' is listed in the domain file, but is not found in the NLU training data", "rasa_no_examples"),
    (r".*labeled with intent '(?P<name>[^']+)'.*not listed in your domain.*", "unknown_intent"),
    (r".*intent '(?P<name>[^']+)' is used in your stories.*not listed in the domain.*", "unknown_intent"),
    (r"The utterance '(?P<name>[^']+)' is used .*not listed in the domain.*", "unknown_action"),
    (r"The action '(?P<name>[^']+)' is used .*not listed in the domain.*", "unknown_action"),
    (r".*[Cc]ontradicting rules or stories found.*", "rasa_contradicting_rules"),
    (r".*Story structure conflict after.*", "rasa_contradicting_rules"),
    (r"The example '(?P<example>[^']+)' was found labeled with multiple different intents.*", "rasa_two_intents"),
)


class StoppedError(RuntimeError):
    """The check was ended because this process ends."""


class RasaCheck:
    """One check at a time, with the engine's Python. ``stop`` ends the one that runs, from another thread."""

    def __init__(self, engine_python: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._engine_python, self._timeout = engine_python, timeout_seconds
        self._running: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def stop(self) -> None:
        """Ends what runs; nothing is begun any more."""
        self._stopped = True
        if (running := self._running) is not None:
            running.kill()

    def faults(self, texts: Mapping[str, str]) -> list[Fault]:
        """What Rasa finds wrong with the project of these texts by path; empty where it is content. Its own words are kept for
        what has no Vietnamese ones. Raises ``OSError`` where it cannot be started, ``subprocess.TimeoutExpired``,
        ``StoppedError``."""
        with tempfile.TemporaryDirectory(prefix="validate-") as folder:
            for path, text in texts.items():
                target = Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            status, output = self._run(folder)
        found = list({fault.message: fault for fault in findings(output)}.values())
        if status == 0:
            return [replace(fault, severity="warning") for fault in found]
        return found or [Fault("", 0, "rasa", {"problem": output.strip()[-300:]})]

    def _run(self, folder: str) -> tuple[int, str]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        environment |= {"PYTHONPATH": str(PROJECT_ROOT), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        # The names in the endpoints must exist; nothing is opened before Rasa serves.
        environment |= {"ACTIONS_URL": "http://127.0.0.1:5055/webhook"}
        command = [str(self._engine_python), "-m", "engine.launch", "--project", folder, "validate"]
        with subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as running:
            self._running = running
            try:
                if self._stopped:
                    running.kill()
                output, _ = running.communicate(timeout=self._timeout)
            except subprocess.TimeoutExpired:
                running.kill()
                raise
            finally:
                self._running = None
        if self._stopped:
            raise StoppedError("this process ends")
        return running.returncode, output.decode(errors="replace")


def findings(output: str) -> Iterator[Fault]:
    """The findings in what Rasa printed."""
    for line in _COLOURS.sub("", output).splitlines():
        match = _SAID.search(line)
        if match is None:
            continue
        said = next(part for part in match.groups() if part is not None).strip()
        if _HARMLESS.match(said):
            continue
        yield _in_words(said)


def _in_words(said: str) -> Fault:
    for pattern, code in _KNOWN:
        if match := re.match(pattern, said):
            return Fault("", 0, code, match.groupdict())
    return Fault("", 0, "rasa", {"problem": said[:300]})
