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
_HARMLESS = re.compile(r"The utterance '\w+' is not used in any story or rule|Validating|Project validation completed")
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


def rasa_faults(engine_python: Path, texts: Mapping[str, str], timeout_seconds: float = TIMEOUT_SECONDS) -> list[Fault]:
    """What Rasa finds wrong with the project of these texts by path; empty where it is content. Its own words are kept for what
    has no Vietnamese ones. Raises ``OSError`` where it cannot be started, ``subprocess.TimeoutExpired``."""
    with tempfile.TemporaryDirectory(prefix="validate-") as folder:
        for path, text in texts.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        environment |= {"PYTHONPATH": str(PROJECT_ROOT), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        # Rasa opens its endpoints' addresses only when it serves; the names in them must exist.
        environment |= {"ACTIONS_URL": "http://127.0.0.1:5055/webhook"}
        ended = subprocess.run(
            [str(engine_python), "-m", "engine.launch", "--project", folder, "validate"],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_seconds,
            check=False,
        )
    output = ended.stdout.decode(errors="replace")
    found = list({fault.message: fault for fault in findings(output)}.values())
    if ended.returncode == 0:
        return [replace(fault, severity="warning") for fault in found]
    return found or [Fault("", 0, "rasa", {"problem": output.strip()[-300:]})]


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
