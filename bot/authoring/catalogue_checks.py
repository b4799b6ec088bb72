"""The check of the whole catalogue on a changed one, with its findings in Vietnamese where they are frequent."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from bot.authoring.faults import Fault
from bot.catalogue.check import check_catalogue_texts
from bot.language.sensitive import SensitiveWordsError, load_sensitive_words

FOLDER = "data/catalogue/"
SENSITIVE = "data/sensitive_words.yml"
_KNOWN = (
    (r"(?P<wording>'.*'|\".*\") also names (?P<other>'.*'|\".*\"): what fits two belongs under 'shared'", "alias_of_two"),
    (r"(?P<wording>'.*'|\".*\") is a shared phrase and cannot be won by one matter", "alias_shared"),
    (r"(?P<name>'.*'|\".*\") is named in fewer than (?P<fewest>\d+) different ways", "alias_few"),
    (r"code (?P<code_of>\S+) is already in the matter (?P<other>.*)", "alias_code"),
    (r"the shared phrase (?P<wording>.*) is written twice", "alias_shared_twice"),
)


def catalogue_faults(texts: Mapping[str, str], changed: frozenset[str], today: date) -> Iterator[Fault]:
    """Errors anywhere in the catalogue, warnings of the changed files. ``texts``: all files by path."""
    catalogue = {path.removeprefix(FOLDER): text for path, text in texts.items() if path.startswith(FOLDER)}
    for problem in check_catalogue_texts(catalogue, today):
        path = FOLDER + problem.file
        if problem.severity == "error" or path in changed:
            code, values = _in_words(problem.message)
            yield Fault(path, problem.line, code, values, problem.severity)


def sensitive_faults(text: str) -> Iterator[Fault]:
    """What is wrong with the list of sensitive words."""
    with tempfile.TemporaryDirectory(prefix="words-") as folder:
        Path(folder, "sensitive_words.yml").write_text(text, encoding="utf-8")
        try:
            load_sensitive_words(Path(folder))
        except SensitiveWordsError as error:
            yield Fault(SENSITIVE, 1, "catalogue", {"problem": str(error).rpartition("sensitive_words.yml")[2][:300]})


def _in_words(message: str) -> tuple[str, dict[str, str]]:
    for pattern, code in _KNOWN:
        if match := re.fullmatch(pattern, message):
            return code, {name: value.strip("'\"") for name, value in match.groupdict().items()}
    return "catalogue", {"problem": message[:300]}
