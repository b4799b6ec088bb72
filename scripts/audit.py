"""Known vulnerabilities of the lock files: what pip-audit's service says, beside requirements/known-vulnerabilities.yml.

``python scripts/audit.py``: 0 where every finding is answered, 1 where one is not. Packages that the service does not know were
not audited, which is said aloud; with ``--strict`` it is a 3. ``--page`` writes docs/security/known-vulnerabilities.md anew.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("app", "dev", "engine")
ANSWERS = ROOT / "requirements" / "known-vulnerabilities.yml"
PAGE = ROOT / "docs" / "security" / "known-vulnerabilities.md"
_SECONDS = 240
_PAGE = """# Known vulnerabilities

Looked at on {looked_at}. {how}

Made of `requirements/known-vulnerabilities.yml` by `python scripts/audit.py --page`. `make audit` asks a vulnerability service
and ends with 1 where it knows something that is not answered here; where the service cannot be reached, or does not know the
packages, it says so and audits nothing.

| id | package | weakness | what it needs | why it is no danger here |
|---|---|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class Audited:
    """What a service said of one lock file: (package, version, ids of one finding) and the packages it did not know."""

    looked_up: int
    not_looked_up: tuple[str, ...]
    findings: tuple[tuple[str, str, frozenset[str]], ...]


def audited(report: Mapping[str, Any]) -> Audited:
    """pip-audit's JSON. A package with ``skip_reason`` was not audited, whatever the exit status says."""
    rows = report["dependencies"]
    findings = tuple(
        (row["name"], row["version"], frozenset([found["id"], *found.get("aliases", ())]))
        for row in rows
        for found in row.get("vulns", ())
    )
    skipped = tuple(row["name"] for row in rows if "skip_reason" in row)
    return Audited(len(rows) - len(skipped), skipped, findings)


def unanswered(found: Audited, answers: Mapping[str, Any]) -> list[str]:
    """Findings without an answer, as lines."""
    known = {(one["package"].lower(), vulnerability) for one in answers["findings"] for vulnerability in one["ids"]}
    return [
        f"{name} {version}: {', '.join(sorted(ids))}"
        for name, version, ids in found.findings
        if not any((name.lower(), one) in known for one in ids)
    ]


def page(answers: Mapping[str, Any]) -> str:
    """The page of the answers."""
    rows = []
    for one in answers["findings"]:
        named = f"{one['package']} {one['affected'].replace('<', '&lt;')}"
        rows.append(f"| {', '.join(one['ids'])} | {named} | {one['weakness']} | {one['needs']} | {one['answer']} |")
    return _PAGE.format(looked_at=answers["looked_at"], how=answers["looked_up_how"].strip(), rows="\n".join(rows))


def _asked(lock: str) -> Audited | str:
    command = [sys.executable, "-m", "pip_audit", "-r", f"requirements/{lock}.lock", "--disable-pip", "--no-deps", "-f", "json"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False)
        return audited(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS} s"
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no report"])[-1]


def main(arguments: Iterable[str]) -> int:
    """Asks for each lock file."""
    answers = yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))
    if "--page" in arguments:
        PAGE.write_text(page(answers), encoding="utf-8")
        return 0
    open_findings, incomplete = [], False
    for lock in LOCKS:
        found = _asked(lock)
        if isinstance(found, str):
            print(f"{lock}.lock: NOT AUDITED: {found}")
            incomplete = True
            continue
        print(f"{lock}.lock: {found.looked_up} packages looked up, {len(found.findings)} findings")
        if found.not_looked_up:
            print(f"{lock}.lock: NOT AUDITED: the service does not know {len(found.not_looked_up)} packages")
            incomplete = True
        open_findings += [f"{lock}.lock: {line}" for line in unanswered(found, answers)]
    print(f"answered by hand: {len(answers['findings'])} entries, looked at on {answers['looked_at']}")
    for line in open_findings:
        print(f"NOT ANSWERED: {line}")
    return 1 if open_findings else 3 if incomplete and "--strict" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
