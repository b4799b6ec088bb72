"""Everything that changes the reviewed catalogue: proposals of procedures, a second person's approval, publishing at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.audit import record_audit
from bot.authoring.faults import Fault
from bot.authoring.kinds import Kind
from bot.authoring.proposals import Also, Person, ProposalRefusedError, Proposals
from bot.authoring.workspace import Workspace
from bot.catalogue.editing.checking import Checked, check_change
from bot.catalogue.editing.differences import reopen_of_proposal
from bot.catalogue.editing.told import Told
from bot.catalogue.publishing.archive import fingerprints, unpack
from bot.catalogue.publishing.content import ReviewedSource
from bot.catalogue.publishing.releases import ReleaseChangedError, go_back, live_release, live_state, packed_files, publish
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.storage.authoring_models import ChangeProposal, ProposedFile
from bot.storage.database import SessionFactory, writing

UNDER = "data/catalogue/"
_TRIES = 4
KINDS = (Kind.CATALOGUE.value,)


class FaultyChangeError(ValueError):
    """The catalogue would not pass its checks; ``told`` says why."""

    def __init__(self, told: Sequence[Told]) -> None:
        super().__init__("the catalogue would not pass its checks")
        self.told = tuple(told)


@dataclass(frozen=True)
class Standing:
    """Whether what was approved is what is spoken. ``waiting``: files whose approved text is not live."""

    head: str
    waiting: tuple[str, ...]


class CatalogueDesk:
    """``clock`` gives the moment; the checks go by Vietnam's date. ``open_workspace``: the newest commit, after the files of a
    newer product were taken in, so that publishing never brings back what the product has mended."""

    def __init__(
        self,
        sessions: SessionFactory,
        workspace: Workspace,
        source: ReviewedSource,
        clock: Clock,
        *,
        open_workspace: Callable[[], str],
    ) -> None:
        self._sessions, self.workspace, self._source, self._clock = sessions, workspace, source, clock
        self._open = open_workspace
        self.proposals = Proposals(sessions, workspace, self._verify, clock)

    def today(self) -> date:
        """The date in Vietnam."""
        return self._clock().astimezone(VIETNAM_TIME).date()

    def head(self) -> str:
        """The newest approved commit."""
        return self._open()

    def texts(self, commit: str | None = None) -> dict[str, str]:
        """The catalogue's files as approved (at a commit, else the newest), by path below its folder."""
        return {path.removeprefix(UNDER): text for path, text in self.workspace.texts(commit or self.head(), UNDER).items()}

    def check(self, changed: Mapping[str, str], commit: str | None = None) -> Checked:
        """What our checks say of changed files, by path below the catalogue's folder."""
        return check_change(self.texts(commit), changed, self.today())

    def propose(
        self,
        person: Person,
        base: str,
        changed: Mapping[str, str],
        title: str,
        note: str,
        *,
        source: Mapping[str, Any] | None = None,
        also: Also | None = None,
    ) -> int:
        """A proposal that waits for a second person; its number. ``changed``: new texts by path below the catalogue's folder,
        written against the commit ``base``. Raises ``FaultyChangeError``, ``ProposalRefusedError`` and the workspace's errors."""
        files: dict[str, str | None] = {UNDER + path: text for path, text in changed.items()}
        head, merged = self.workspace.preview(base, files)
        faulty = self.check(_inside(merged), head).errors
        if faulty:
            raise FaultyChangeError(faulty)
        number = self.proposals.draft(person, Kind.CATALOGUE, title, base, files, note=note, source=source, also=also)
        self.proposals.note_checks(number, 1, "passed", (), head=head)
        self.proposals.submit(person, number)
        return number

    def listed(self, states: Sequence[str]) -> list[ChangeProposal]:
        """Proposals on the catalogue, newest first."""
        return [row for row in self.proposals.listed(states, limit=300) if row.kind in KINDS]

    def waiting_for(self, code: str) -> list[ChangeProposal]:
        """Proposals on one procedure that wait for a second person."""
        path = f"{UNDER}procedures/{code}.yml"
        wanted = (
            select(ChangeProposal)
            .join(ProposedFile, ProposedFile.proposal_id == ChangeProposal.id)
            .where(ProposedFile.path == path, ChangeProposal.state == "submitted")
            .order_by(ChangeProposal.id)
        )
        with self._sessions() as session:
            return list(session.scalars(wanted))

    def approve(self, person: Person, number: int, revision: int) -> int:
        """A second person's yes: the change is committed and at once published; the release's number. Raises as
        ``Proposals.approve`` does, and ``FaultyChangeError``."""
        proposal = self.proposals.read(number)
        if proposal.row.kind not in KINDS:
            raise ProposalRefusedError("unknown")
        self.proposals.approve(person, number, revision)
        return self.publish(person, proposal.row.title)

    def refuse(self, person: Person, number: int, reason: str) -> None:
        """A second person's no; differences that it was to settle are open again."""
        self.proposals.refuse(person, number, reason)
        self.ask_again(number)

    def withdraw(self, person: Person, number: int) -> None:
        """The author takes the proposal back."""
        self.proposals.withdraw(person, number)
        self.ask_again(number)

    def publish(self, person: Person, reason: str) -> int:
        """Makes the approved catalogue the one that is spoken; the release's number. Where others publish at the same moment, the
        newest commit is what stands in the end. Raises ``FaultyChangeError`` and ``ReleaseChangedError``."""
        for left in reversed(range(_TRIES)):
            try:
                return self._publish(person, reason)
            except ReleaseChangedError:
                if not left:
                    raise
        raise AssertionError

    def _publish(self, person: Person, reason: str) -> int:
        with self._sessions() as session:
            seen = live_state(session)
        head = self.head()
        texts = self.texts(head)
        faulty = check_change(texts, {}, self.today()).errors
        if faulty:
            raise FaultyChangeError(faulty)
        shipped = self._source.shipped_files
        beside = {name: content for name, content in shipped.items() if not name.endswith(".yml")}
        files = beside | {path: text.encode() for path, text in texts.items()}

        def record(session: Session, release: int) -> None:
            details = {"commit": head, "reason": reason[:200]}
            record_audit(session, person.actor, "catalogue.published", f"release:{release}", details, now=self._clock())

        now = self._clock()
        return publish(
            self._sessions, files, shipped, commit=head, by=person.login, reason=reason, now=now, seen=seen, also=record
        )

    def go_back(self, person: Person, seen_changes: int, reason: str) -> int | None:
        """Returns to the release before; see ``bot.catalogue.publishing.releases.go_back``. ``seen_changes``: what the person's
        page showed."""
        with self._sessions() as session:
            seen = live_state(session)
        if seen.changes != seen_changes:
            raise ReleaseChangedError("another release is live now")

        def record(session: Session, release: int) -> None:
            record_audit(
                session, person.actor, "catalogue.returned", f"release:{release}", {"reason": reason[:200]}, now=self._clock()
            )

        return go_back(self._sessions, seen, by=person.login, reason=reason, now=self._clock(), also=record)

    def standing(self) -> Standing:
        """Whether an approved change is not spoken: it was approved elsewhere, or an earlier release was returned to."""
        head = self.head()
        approved = fingerprints({path: text.encode() for path, text in self.texts(head).items()})
        with self._sessions() as session:
            release = live_release(session)
            held = release is not None and release.archive_sha256 is not None
            spoken = unpack(packed_files(session, release)) if release and held else self._source.shipped_files
        live = {name: sha for name, sha in fingerprints(spoken).items() if name.endswith(".yml")}
        changed = (path for path in sorted({*approved, *live}) if approved.get(path) != live.get(path))
        return Standing(head, tuple(changed))

    def ask_again(self, number: int) -> None:
        """Differences that a proposal was to settle are open again, because it came to nothing."""
        with writing(self._sessions) as session:
            reopen_of_proposal(session, number)

    def _verify(self, files: Mapping[str, str | None]) -> list[Fault]:
        """Our checks of merged texts, for ``Proposals``."""
        errors = self.check(_inside(files)).errors
        return [Fault(UNDER + f"procedures/{one.code}.yml", one.line, "catalogue", {"problem": one.key}) for one in errors]


def _inside(files: Mapping[str, str | None]) -> dict[str, str]:
    """The texts of the catalogue by path below its folder; removed files are left to the checks of what refers to them."""
    return {path.removeprefix(UNDER): text for path, text in files.items() if path.startswith(UNDER) and text is not None}
