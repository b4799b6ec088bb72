"""What the pages of editing share: who acts, why an act is refused, a difference line by line, the checks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.authoring.desk import Authoring, Desk, NotKeptError
from bot.authoring.documents import DocumentError
from bot.authoring.faults import Fault, fault_from
from bot.authoring.kinds import approving_permission
from bot.authoring.proposals import Person, Proposal, ProposalRefusedError
from bot.authoring.workspace import WorkspaceError
from bot.texts import say
from console.services import Services

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
MOST_DIFF_LINES = 3_000
REFUSALS = (ProposalRefusedError, NotKeptError, DocumentError)


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference. ``kind``: ``added``, ``removed``, ``same`` or ``skip`` (lines left out); ``old``, ``new``: its
    number on either side; ``pieces``: its text, each piece with whether it differs from the other side's line."""

    kind: str
    old: int | None
    new: int | None
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class FileDiff:
    """What becomes of one file."""

    path: str
    lines: tuple[DiffLine, ...]
    added: int
    removed: int
    cut: bool


def person_of(account: AccountView) -> Person:
    """The account as the author of changes."""
    return Person(account.login, account.display_name, account.actor)


def desk_of(services: Services, account: AccountView) -> Desk:
    """What the account edits now."""
    return services.authoring.desk_of(person_of(account))


def words_of_refusal(error: Exception) -> str:
    """Why an act is not possible and what to do, in Vietnamese."""
    if isinstance(error, ProposalRefusedError):
        return say(f"authoring_refused_{error.reason}")
    if isinstance(error, NotKeptError):
        return " ".join(f"{fault.message}" for fault in error.faults[:5])
    if isinstance(error, DocumentError):
        return say(f"authoring_edit_{error}")
    return str(error)


def to_proposal(number: int, done: str = "") -> Response:
    """On to a proposal's page."""
    return RedirectResponse(f"/proposals/{number}" + (f"?done={done}" if done else ""), 303)


def may_decide(account: AccountView, proposal: Proposal) -> bool:
    """Whether the account may approve or refuse the change."""
    permission: Permission = approving_permission(proposal.files)
    return account.may(permission) and account.login != proposal.row.author_account


def faults_of(row_checks: Mapping[str, Any]) -> list[Fault]:
    """What the checks of a proposal found, errors first."""
    found = [fault_from(one) for one in row_checks.get("faults", ())]
    return sorted(found, key=lambda fault: (fault.severity != "error", fault.path, fault.line))


def proposal_diffs(authoring: Authoring, proposal: Proposal) -> list[FileDiff]:
    """The change file by file: against the commit it rests on; of an approved one, what was committed."""
    base = proposal.row.base_commit
    try:
        before = authoring.workspace.texts(base)
    except WorkspaceError:
        before = {}
    return list(_bounded((path, before.get(path, ""), text or "") for path, text in proposal.files.items()))


def commit_diffs(authoring: Authoring, older: str, newer: str) -> list[FileDiff]:
    """What a commit changed, file by file."""
    workspace = authoring.workspace
    before, after = workspace.texts(older), workspace.texts(newer)
    paths = workspace.changed_paths(older, newer)
    return list(_bounded((path, before.get(path, ""), after.get(path, "")) for path in paths))


def _bounded(changed: Iterable[tuple[str, str, str]]) -> Iterator[FileDiff]:
    """The differences, all together within what a page can show."""
    left = MOST_DIFF_LINES
    for path, before, after in changed:
        diff = file_diff(path, before, after, left)
        left -= len(diff.lines)
        yield diff


def file_diff(path: str, before: str, after: str, most: int = MOST_DIFF_LINES) -> FileDiff:
    """The difference of two texts, three lines around each place, at most so many lines."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return FileDiff(path, tuple(_numbered(lines[:most])), added, removed, len(lines) > most)


def _numbered(lines: list[str]) -> Iterator[DiffLine]:
    old = new = 0
    for at, line in enumerate(lines):
        if match := _HUNK.match(line):
            old, new = int(match[1]), int(match[2])
            if at:
                yield DiffLine("skip", None, None, (("⋯", False),))
        elif line.startswith("-"):
            yield DiffLine("removed", old, None, _pieces(line[1:], _partner(lines, at, 1)))
            old += 1
        elif line.startswith("+"):
            yield DiffLine("added", None, new, _pieces(line[1:], _partner(lines, at, -1)))
            new += 1
        else:
            yield DiffLine("same", old, new, ((line[1:], False),))
            old, new = old + 1, new + 1


def _partner(lines: list[str], at: int, step: int) -> str | None:
    """The line on the other side that this one replaces, where one line stands for one."""
    mine, other = lines[at][0], lines[at + step] if 0 <= at + step < len(lines) else ""
    beyond = lines[at + 2 * step] if 0 <= at + 2 * step < len(lines) else ""
    behind = lines[at - step] if 0 <= at - step < len(lines) else ""
    if other[:1] in ("+", "-") and other[:1] != mine and beyond[:1] != other[:1] and behind[:1] != mine:
        return other[1:]
    return None


def _pieces(line: str, partner: str | None) -> tuple[tuple[str, bool], ...]:
    if partner is None:
        return ((line, False),)
    matcher = SequenceMatcher(None, line.split(" "), partner.split(" "), autojunk=False)
    if matcher.ratio() < 0.3:
        return ((line, False),)
    words = line.split(" ")
    pieces: list[tuple[str, bool]] = []
    for tag, start, end, _, _ in matcher.get_opcodes():
        if start < end:
            pieces.append((" ".join(words[start:end]) + (" " if end < len(words) else ""), tag != "equal"))
    return tuple(pieces)


def answer_refusal(request: Request, services: Services, error: Exception, template: str, **values: Any) -> Response:
    """The page again, with why the act was not possible."""
    return services.pages.show(request, template, status=409, fault=words_of_refusal(error), **values)
