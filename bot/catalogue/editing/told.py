"""What the checks of the catalogue say, as the key of a text in plain words: who edits reads no English and no paths."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.catalogue.yaml_files import Problem, Severity


@dataclass(frozen=True)
class Told:
    """One problem in words: ``key`` and ``values`` name the text (``catalogue_check_<key>``), ``part`` the part of the procedure
    and ``row`` its row (from 1) where the problem has one, ``code`` the procedure whose file it stands in."""

    key: str
    severity: Severity
    values: Mapping[str, str] = field(default_factory=dict)
    part: str | None = None
    row: int | None = None
    code: str | None = None
    line: int = 1


_LOCATED = re.compile(r"(?P<path>[a-z_]+(?:\.(?:[a-z_]+|\d+))*): (?P<said>.*)", re.DOTALL)
_FILE = re.compile(r"procedures/(?P<code>\d\.\d{6})\.yml")

_SAID: tuple[tuple[str, str], ...] = (
    (r"case\(s\) not listed under 'cases': (?P<cases>.*)", "case_missing"),
    (r"two cases share one id", "case_twice"),
    (r"alias written twice: (?P<words>.*)", "alias_twice"),
    (r"(?P<words>'.*'|\".*\") is also in (?P<file>\S+); what fits several.*", "words_of_another"),
    (r"(?P<words>'.*'|\".*\") names (?P<code>\S+), which is another matter", "words_of_another_matter"),
    (r"(?P<words>'.*'|\".*\") is in ambiguous\.yml and cannot.*", "words_asked_back"),
    (r"phrase (?P<words>.*) is written twice", "phrase_twice"),
    (r"agency (?P<agency>\S+) is not in agencies\.yml", "agency_missing"),
    (r"related procedure (?P<code>\S+) is not in the catalogue", "related_missing"),
    (r"a procedure is not related to itself", "related_to_itself"),
    (r"procedure (?P<code>\S+) is not in the catalogue", "code_missing"),
    (r"code (?P<code>\S+) is already in (?P<file>\S+)", "code_twice"),
    (r"code (?P<code>\S+) belongs into a file named \S+", "code_of_another_file"),
    (r"old code (?P<code>\S+) is already in (?P<file>\S+)", "code_twice"),
    (r"id (?P<id>\S+) is used twice", "id_twice"),
    (r"a fact that is not 'unknown' needs its text", "text_needed"),
    (r"a fact to 'check' needs a note.*", "note_needed"),
    (r"is to be checked, but no note says.*", "note_needed"),
    (r"amount_vnd belongs to kind 'amount'.*", "amount_of_other_kind"),
    (r"an unknown fee is never 'free'", "unknown_is_not_free"),
    (r"valid_to is before valid_from", "ends_before_it_begins"),
    (r"must be non-empty and must not begin.*", "blank"),
    (r"the procedure's validity ended on (?P<day>\S+):.*", "procedure_ended"),
    (r"(?:the fee's|its) validity ended on (?P<day>\S+):.*", "fact_ended"),
    (r"a newer publication exists: (?P<code>\S+)", "newer_code"),
    (r"has a certainty but lists no paper", "no_paper"),
    (r"has no typical question", "no_question"),
    (r"case (?P<case>\S+) has no cue.*", "no_cue"),
    (r"nobody has looked at (?P<link>\S+) yet", "link_never_seen"),
    (r"(?P<link>\S+) was last looked at on (?P<day>\S+)", "link_seen_long_ago"),
    (r"the data are of (?P<month>\S+), more than (?P<months>\d+) months old", "data_old"),
    (r"the days off of (?P<year>\d+) are missing", "days_off_missing"),
    (r"Field required", "needed"),
    (r"Extra inputs are not permitted", "unknown_key"),
    (r"String should match pattern.*", "wrong_shape"),
    (r"Input should be greater than.*", "number_above_zero"),
    (r"Input should be a valid (?:date|string|integer|number|boolean|dictionary|tuple|list).*", "wrong_kind"),
    (r"Input should be '.*", "not_offered"),
    (r"Tuple should have at least (?P<count>\d+) items?.*", "too_few"),
    (r"Tuple should have at most (?P<count>\d+) items?.*", "too_many"),
    (r"not valid YAML: (?P<detail>.*)", "no_yaml"),
    (r"is larger than (?P<bytes>\d+) bytes", "file_too_large"),
    (r"is nested too deeply", "nested"),
    (r"has letters in decomposed form.*", "decomposed"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in _SAID)

_PARTS = {
    "documents": "papers", "times": "times", "fees": "fees", "steps": "steps", "steps_source": "steps", "handled_by": "place",
    "receiving_agency": "place", "deciding_agency": "place", "conditions": "conditions", "result": "result",
    "legal_basis": "legal_basis", "legal_basis_source": "legal_basis", "online": "online", "official_link": "online",
    "aliases": "words", "questions": "words", "name": "general", "official_name": "general", "field": "general",
    "valid_from": "general", "valid_to": "general", "source": "general", "newer_code": "general",
}  # fmt: skip


def in_words(problem: Problem) -> Told:
    """The problem as a text's key; ``other`` with the check's own words where no text fits."""
    file, located = _FILE.fullmatch(problem.file), _LOCATED.fullmatch(problem.message)
    path = located["path"].split(".") if located else []
    said = located["said"].removeprefix("Value error, ") if located else problem.message.removeprefix("Value error, ")
    key, values = _matched(said)
    return Told(
        key,
        problem.severity,
        values,
        _PARTS.get(path[0]) if path else None,
        int(path[1]) + 1 if len(path) > 1 and path[1].isdigit() else None,
        file["code"] if file else None,
        problem.line,
    )


def _matched(said: str) -> tuple[str, dict[str, str]]:
    for pattern, key in _PATTERNS:
        if found := pattern.fullmatch(said):
            values = {name: value.strip("'\"") for name, value in found.groupdict().items() if value is not None}
            if "file" in values and (code := _FILE.fullmatch(values["file"])):
                values["file"] = code["code"]
            return key, values
    return "other", {"said": said[:300]}
