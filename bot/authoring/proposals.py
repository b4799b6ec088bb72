"""Proposed changes: kept, checked, approved by a second person where that is needed, and committed with their author's name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.accounts.audit import Actor, record_audit
from bot.authoring.faults import Fault, errors_in
from bot.authoring.git import Signature
from bot.authoring.kinds import Kind, needs_second_person
from bot.authoring.workspace import HeadMovedError, Workspace, safe_path
from bot.conversations.clock import Clock
from bot.officers.notes import without_numbers
from bot.storage.authoring_models import ChangeProposal, ProposedFile, WorkspaceTurn
from bot.storage.database import SessionFactory, writing

LONGEST_TITLE = 200
LONGEST_NOTE = 2_000
MOST_FILES = 300
_TURN = "trainers"
_TRIES = 4

Verify = Callable[[Mapping[str, str | None]], Sequence[Fault]]
"""Our own checks of merged texts by path: what they find, at once."""
Also = Callable[[Session, int], None]
"""What else belongs into the transaction; it is given the number of the proposal."""


@dataclass(frozen=True)
class Person:
    """Who proposes or decides."""

    login: str
    name: str
    actor: Actor


class ProposalRefusedError(ValueError):
    """The act is not possible (any more). ``reason`` is the key of the text ``authoring_refused_<reason>``; ``faults``: what the
    checks found where they are the reason."""

    def __init__(self, reason: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(reason)
        self.reason, self.faults = reason, tuple(faults)


@dataclass(frozen=True)
class Proposal:
    """A proposal as it is read: its row and the new texts by path (None: the file is to go)."""

    row: ChangeProposal
    files: Mapping[str, str | None]

    @property
    def checked(self) -> bool:
        """Whether the checks passed for just these texts."""
        return self.row.checks.get("state") == "passed" and self.row.checks.get("revision") == self.row.revision


class Proposals:
    """``verify``: the checks that a result must pass once more at its commit, where others' changes were merged into it."""

    def __init__(self, sessions: SessionFactory, workspace: Workspace, verify: Verify, clock: Clock) -> None:
        self._sessions, self._workspace, self._verify, self._clock = sessions, workspace, verify, clock

    def draft(
        self,
        person: Person,
        kind: Kind,
        title: str,
        base: str,
        files: Mapping[str, str | None],
        *,
        note: str = "",
        source: Mapping[str, Any] | None = None,
        also: Also | None = None,
    ) -> int:
        """Keeps a new draft and returns its number. ``base``: the commit that the texts were written against. Private numbers in
        ``title`` and ``note`` are masked. Raises ``ProposalRefusedError`` and ``WorkspaceError``."""
        now = self._clock()
        paths = _checked_paths(files)
        row = ChangeProposal(
            kind=kind.value,
            title=_title(title),
            note=without_numbers(note.strip())[:LONGEST_NOTE],
            author_account=person.login,
            author_name=person.name,
            base_commit=base,
            state="draft",
            needs_second=needs_second_person(paths),
            checks={},
            source=dict(source or {}),
            created_at=now,
            updated_at=now,
            reason="",
        )
        with writing(self._sessions) as session:
            session.add(row)
            session.flush()
            session.add_all(ProposedFile(proposal_id=row.id, path=path, text=text) for path, text in files.items())
            if also is not None:
                also(session, row.id)
            self._audit(session, person, "proposed", row, paths=len(paths))
        return row.id

    def replace(self, person: Person, number: int, revision: int, base: str, files: Mapping[str, str | None]) -> None:
        """Other texts for a draft of one's own; a submitted or refused one becomes a draft again, and must be checked anew.
        Raises ``ProposalRefusedError`` (``changed_meanwhile`` where it is no longer at ``revision``)."""
        paths = _checked_paths(files)
        with writing(self._sessions) as session:
            row = self._own(session, person, number, ("draft", "submitted", "refused"))
            if row.revision != revision:
                raise ProposalRefusedError("changed_meanwhile")
            session.execute(delete(ProposedFile).where(ProposedFile.proposal_id == number))
            session.add_all(ProposedFile(proposal_id=number, path=path, text=text) for path, text in files.items())
            row.base_commit, row.state, row.needs_second = base, "draft", needs_second_person(paths)
            row.revision, row.checks, row.updated_at = revision + 1, {}, self._clock()
            row.decided_at = row.decided_by = row.decided_name = None
            self._audit(session, person, "changed", row, revision=row.revision)

    def note_checks(self, number: int, revision: int, state: str, faults: Sequence[Fault], **more: Any) -> None:
        """Keeps what the checks of a revision found (``state``: ``running``, ``passed``, ``failed`` or ``broken``); of an older
        revision nothing is kept."""
        with writing(self._sessions) as session:
            row = self._locked(session, number)
            if row.revision == revision:
                found = [fault.to_json() for fault in faults[:200]]
                row.checks = {"state": state, "revision": revision, "faults": found, "at": self._clock().isoformat()} | more

    def submit(self, person: Person, number: int) -> str | None:
        """The author is done: the change waits for a second person, or is committed at once where it needs none; then the commit
        is returned. Raises ``ProposalRefusedError`` (``not_checked`` …) and the workspace's errors."""
        proposal = self.read(number)
        if not proposal.checked:
            raise ProposalRefusedError("not_checked")
        if proposal.row.needs_second:
            with writing(self._sessions) as session:
                row = self._own(session, person, number, ("draft",))
                if row.revision != proposal.row.revision:
                    raise ProposalRefusedError("changed_meanwhile")
                row.state, row.submitted_at, row.updated_at = "submitted", self._clock(), self._clock()
                self._audit(session, person, "submitted", row)
            return None
        return self._commit(person, proposal, "draft")

    def approve(self, person: Person, number: int, revision: int) -> str:
        """A second person lets the change through: it is committed, and the commit's name returned. Raises
        ``ProposalRefusedError`` (``own_change`` for its author, ``changed_meanwhile`` …), ``ConflictError`` and the like."""
        proposal = self.read(number)
        if proposal.row.author_account == person.login:
            raise ProposalRefusedError("own_change")
        if proposal.row.revision != revision:
            raise ProposalRefusedError("changed_meanwhile")
        return self._commit(person, proposal, "submitted")

    def refuse(self, person: Person, number: int, reason: str) -> None:
        """A second person gives the change back with a reason."""
        if not reason.strip():
            raise ProposalRefusedError("no_reason")
        with writing(self._sessions) as session:
            row = self._in_state(session, number, ("submitted",))
            if row.author_account == person.login:
                raise ProposalRefusedError("own_change")
            self._decide(row, person, "refused", reason)
            self._audit(session, person, "refused", row)

    def withdraw(self, person: Person, number: int, also: Also | None = None) -> None:
        """The author no longer wants the change."""
        with writing(self._sessions) as session:
            row = self._own(session, person, number, ("draft", "submitted", "refused"))
            self._decide(row, person, "withdrawn", "")
            if also is not None:
                also(session, number)
            self._audit(session, person, "withdrawn", row)

    def read(self, number: int) -> Proposal:
        """One proposal. Raises ``ProposalRefusedError`` (``unknown``)."""
        with self._sessions() as session:
            row = session.get(ChangeProposal, number)
            if row is None:
                raise ProposalRefusedError("unknown")
            files = session.execute(
                select(ProposedFile.path, ProposedFile.text).where(ProposedFile.proposal_id == number).order_by(ProposedFile.path)
            )
            return Proposal(row, {row.path: row.text for row in files})

    def listed(self, states: Sequence[str] = (), author: str | None = None, limit: int = 100) -> list[ChangeProposal]:
        """Proposals, newest change first."""
        found = select(ChangeProposal).order_by(ChangeProposal.updated_at.desc(), ChangeProposal.id.desc()).limit(limit)
        if states:
            found = found.where(ChangeProposal.state.in_(states))
        if author is not None:
            found = found.where(ChangeProposal.author_account == author)
        with self._sessions() as session:
            return list(session.scalars(found))

    def _commit(self, person: Person, proposal: Proposal, from_state: str) -> str:
        """Merges, checks the result where others' changes went into it, and commits; anew where another commit comes first."""
        if not proposal.checked:
            raise ProposalRefusedError("not_checked")
        for _ in range(_TRIES):
            try:
                return self._commit_onto(person, proposal, from_state)
            except HeadMovedError:
                continue
        raise ProposalRefusedError("busy")

    def _commit_onto(self, person: Person, proposal: Proposal, from_state: str) -> str:
        number, onto = proposal.row.id, None
        if self._workspace.commit_of_proposal(number) is None:
            onto, merged = self._workspace.preview(proposal.row.base_commit, proposal.files)
            if onto != proposal.row.checks.get("head") and (faults := errors_in(list(self._verify(merged)))):
                raise ProposalRefusedError("merged_faulty", faults)
        with writing(self._sessions) as session:
            self._take_turn(session)
            row = self._in_state(session, number, (from_state,))
            if row.revision != proposal.row.revision:
                raise ProposalRefusedError("changed_meanwhile")
            if from_state == "draft" and row.author_account != person.login:
                raise ProposalRefusedError("not_yours")
            author = Signature(row.author_name, row.author_account, self._clock())
            sha = self._workspace.commit_change(
                row.base_commit, proposal.files, author, _message(row, person), proposal=number, onto=onto
            )
            self._decide(row, person, "approved", "")
            row.commit_sha = sha
            self._turn_taken(session, sha)
            self._audit(session, person, "approved", row, commit=sha)
            return sha

    def _take_turn(self, session: Session) -> None:
        row = session.get(WorkspaceTurn, _TURN, with_for_update=True)
        if row is None:
            session.add(WorkspaceTurn(name=_TURN, head=None, moved_at=self._clock()))
            session.flush()

    def _turn_taken(self, session: Session, sha: str) -> None:
        row = session.get(WorkspaceTurn, _TURN)
        if row is not None:
            row.head, row.moved_at = sha, self._clock()

    def _locked(self, session: Session, number: int) -> ChangeProposal:
        row = session.get(ChangeProposal, number, with_for_update=True, populate_existing=True)
        if row is None:
            raise ProposalRefusedError("unknown")
        return row

    def _in_state(self, session: Session, number: int, states: Sequence[str]) -> ChangeProposal:
        row = self._locked(session, number)
        if row.state not in states:
            raise ProposalRefusedError(f"is_{row.state}")
        return row

    def _own(self, session: Session, person: Person, number: int, states: Sequence[str]) -> ChangeProposal:
        row = self._in_state(session, number, states)
        if row.author_account != person.login:
            raise ProposalRefusedError("not_yours")
        return row

    def _decide(self, row: ChangeProposal, person: Person, state: str, reason: str) -> None:
        now: datetime = self._clock()
        row.state, row.decided_at, row.updated_at = state, now, now
        row.decided_by, row.decided_name, row.reason = person.login, person.name, without_numbers(reason.strip())[:LONGEST_NOTE]

    def _audit(self, session: Session, person: Person, act: str, row: ChangeProposal, **details: Any) -> None:
        said = {"kind": row.kind, "title": row.title} | details
        record_audit(session, person.actor, f"training_data.{act}", f"proposal:{row.id}", said, now=self._clock())


def _checked_paths(files: Mapping[str, str | None]) -> list[str]:
    if not files:
        raise ProposalRefusedError("nothing_changed")
    if len(files) > MOST_FILES:
        raise ProposalRefusedError("too_many_files")
    return [safe_path(path) for path in files]


def _title(title: str) -> str:
    said = " ".join(without_numbers(title).split())[:LONGEST_TITLE]
    if not said:
        raise ProposalRefusedError("no_title")
    return said


def _message(row: ChangeProposal, decided: Person) -> str:
    """The commit's message: title, reason, and who let it through."""
    lines = [row.title, "", row.note] if row.note else [row.title]
    if decided.login != row.author_account:
        lines += ["", f"Approved-by: {decided.name} ({decided.login})"]
    return "\n".join(lines)
