"""Messages that belong to a person at once, and abuse: by a short, reviewed list of words (``data/sensitive_words.yml``)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.language.normalise import fold, nfc

SUBJECTS = ("self_harm", "violence", "bribery")
_ABUSE = "abuse"


class SensitiveWordsError(ValueError):
    """The list cannot be used; the text says what is wrong with it."""


@dataclass(frozen=True)
class Alarm:
    """What a message set off: ``abuse``, or one of ``SUBJECTS`` with the telephone numbers to tell."""

    kind: str
    numbers: str = ""


@dataclass(frozen=True)
class _Rule:
    kind: str
    marked: re.Pattern[str] | None
    unmarked: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    numbers: str

    def fits(self, marked: str, folded: str) -> bool:
        """Whether the message sets it off. Words with marks count as typed: without marks, half of them are other words."""
        hit = (self.marked and self.marked.search(marked)) or (self.unmarked and self.unmarked.search(folded))
        return bool(hit) and not (self.unless and self.unless.search(marked))


class SensitiveWords:
    """The list, ready to be asked. Subjects come before abuse: who is in need may curse."""

    def __init__(self, rules: Sequence[_Rule], checked: date) -> None:
        self._rules = tuple(rules)
        self.checked = checked

    def alarm(self, text: str) -> Alarm | None:
        """What the text sets off, or None."""
        marked, folded = " ".join(nfc(text).lower().split()), fold(text)
        return next((Alarm(rule.kind, rule.numbers) for rule in self._rules if rule.fits(marked, folded)), None)


def load_sensitive_words(data_dir: Path) -> SensitiveWords:
    """The list in ``data_dir``. Raises ``SensitiveWordsError`` where it is missing or not as it must be."""
    path = data_dir / "sensitive_words.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = [_rule(str(subject["id"]), subject) for subject in content["subjects"]]
        rules.append(_rule(_ABUSE, content["abuse"]))
        checked = content["checked"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise SensitiveWordsError(f"{path.name}: {type(error).__name__}: {error}") from error
    unknown = {rule.kind for rule in rules} - {*SUBJECTS, _ABUSE}
    if unknown or not isinstance(checked, date):
        raise SensitiveWordsError(f"{path.name}: unknown subject {sorted(unknown)} or no date in 'checked'")
    return SensitiveWords(rules, checked)


def _rule(kind: str, entry: Mapping[str, Any]) -> _Rule:
    unmarked = [str(word) for word in entry.get("unmarked") or ()]
    if wrong := [word for word in unmarked if fold(word) != word]:
        raise SensitiveWordsError(f"{kind}: {wrong[0]!r} under 'unmarked' has marks or capitals")
    return _Rule(
        kind, _any_of(entry["words"]), _any_of(unmarked), _any_of(entry.get("unless") or ()), str(entry.get("numbers") or "")
    )


def _any_of(words: Iterable[object]) -> re.Pattern[str] | None:
    found = sorted({nfc(str(word)).lower() for word in words}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, found)) + r")(?!\w)") if found else None
