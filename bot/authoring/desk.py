"""What everybody who edits works with: the workspace, the proposals, the checks, and the draft into which one's edits gather."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.accounts.audit import SYSTEM
from bot.authoring.archives import read_project
from bot.authoring.checking import Checker
from bot.authoring.checks import with_changes
from bot.authoring.faults import Fault, errors_in
from bot.authoring.git import Git
from bot.authoring.importing import ImportPlan, ImportRefusedError, Row, plan_import
from bot.authoring.kinds import Kind
from bot.authoring.labels import example_line
from bot.authoring.merging import Side
from bot.authoring.proposals import Person, Proposal, ProposalRefusedError, Proposals
from bot.authoring.shipped import Shipped
from bot.authoring.structure_checks import domain_of
from bot.authoring.workspace import Workspace, WorkspaceError
from bot.conversations.clock import Clock
from bot.labelling.settled import give_back, mark_taken_in, settled_examples
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.database import SessionFactory

_NEVER_KEPT = frozenset(
    ("too_large", "not_utf8", "odd_letters", "too_deep", "too_many_nodes", "anchor", "tag", "private_number", "several_documents")
)
"""Faults with which a text is not even kept as a draft: what could hurt a reader, and citizens' numbers."""


MOST_TOLD = 300
PRODUCT = Person("motcua", "Một Cửa", SYSTEM)
"""Whoever lists a release's lines that contradict a trainer's."""


class NotKeptError(ValueError):
    """The texts are not kept, not even as a draft."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Desk:
    """What a person edits: the texts by path as they are with the person's open draft, and the commit that they rest on."""

    base: str
    texts: Mapping[str, str]
    draft: Proposal | None


class Authoring:
    """The pages and commands of editing work with this. Makes the workspace and takes a new release in at the first use."""

    def __init__(self, workspace: Workspace, sessions: SessionFactory, checker: Checker, clock: Clock) -> None:
        self.workspace, self.checker, self._clock, self._sessions = workspace, checker, clock, sessions
        self.proposals = Proposals(sessions, workspace, checker.verify, clock)
        self._up_to_date = False

    @property
    def git(self) -> Git:
        """The repository, for merges of texts."""
        return self.workspace.git

    def open(self) -> str:
        """The head; at the first use after the shipped files of a release, with what they bring."""
        if not self._up_to_date:
            taken = self.workspace.take_in_release(self._clock())
            self._up_to_date = True
            if taken is not None and taken.conflicts:
                self._list_conflicts(taken.head, taken.release_wins)
        return self.workspace.head()

    def desk_of(self, person: Person) -> Desk:
        """What the person edits now."""
        head = self.open()
        draft = self._open_draft(person)
        if draft is None:
            return Desk(head, self.workspace.texts(head), None)
        texts = with_changes(self.workspace.texts(draft.row.base_commit), draft.files)
        return Desk(draft.row.base_commit, texts, draft)

    def edit(
        self,
        person: Person,
        kind: Kind,
        title: str,
        edits: Callable[[Mapping[str, str]], Mapping[str, str | None]],
        note: str = "",
    ) -> int:
        """Applies an edit (from all texts to new ones by path) to what the person edits, keeps it in their open draft or a new
        one, and begins the checks. Returns the draft's number. Raises ``NotKeptError``, ``ProposalRefusedError``."""
        desk = self.desk_of(person)
        files = dict(edits(desk.texts))
        self._refuse_dangerous(desk.base, desk.texts, files)
        if desk.draft is None:
            return self.propose(person, kind, title, desk.base, files, note=note, source={"gathers": True})
        row = desk.draft.row
        self.proposals.replace(person, row.id, row.revision, row.base_commit, {**desk.draft.files, **files})
        self.checker.start(self.proposals, row.id)
        return row.id

    def propose(
        self,
        person: Person,
        kind: Kind,
        title: str,
        base: str,
        files: Mapping[str, str | None],
        *,
        note: str = "",
        source: Mapping[str, Any] | None = None,
        also: Callable[[Session, int], None] | None = None,
    ) -> int:
        """A proposal of its own, its checks begun. Raises ``NotKeptError``, ``ProposalRefusedError``, ``WorkspaceError``."""
        self._refuse_dangerous(base, self.workspace.texts(base), files)
        number = self.proposals.draft(person, kind, title, base, files, note=note, source=source, also=also)
        self.checker.start(self.proposals, number)
        return number

    def rebase(self, person: Person, proposal: Proposal, head: str, decide: Callable[[str, int], Side]) -> None:
        """The author has decided about the places where others changed the same lines: the texts now rest on ``head``, and are
        checked anew. Raises ``NotKeptError``, ``ProposalRefusedError``, ``WorkspaceError``."""
        files = self.workspace.settle(proposal.row.base_commit, head, proposal.files, decide)
        self._refuse_dangerous(head, self.workspace.texts(head), files)
        self.proposals.replace(person, proposal.row.id, proposal.row.revision, head, files)
        self.checker.start(self.proposals, proposal.row.id)

    def take_over(self, person: Person, proposal: Proposal) -> int:
        """A person makes the lines of a release, which were kept back for a trainer's, their own proposal; returns its number."""
        row = proposal.row
        number = self.propose(person, Kind.RELEASE, row.title, row.base_commit, proposal.files, source={"release": row.id})
        self.proposals.withdraw(PRODUCT, row.id)
        return number

    def revert(self, person: Person, sha: str, title: str, note: str = "") -> int:
        """A proposal that takes a commit back and keeps what came after it; returns its number. Raises ``WorkspaceError``."""
        before = self.workspace.parent_of(sha)
        if before is None:
            raise WorkspaceError("the first commit cannot be taken back")
        texts = self.workspace.texts(before)
        files = {path: texts.get(path) for path in self.workspace.changed_paths(before, sha)}
        return self.propose(person, Kind.REVERT, title, sha, files, note=note, source={"reverts": sha})

    def waiting_labels(self) -> int:
        """How many settled labels are not in the training data yet, at most 5,000."""
        with self._sessions() as session:
            return len(settled_examples(session))

    def take_in_labels(self, person: Person, title: str) -> int:
        """A proposal that adds the settled labels' messages to their intents; doubles are folded, what contradicts the data
        is left out and told beside the proposal. Returns its number. Raises ``ImportRefusedError`` where nothing is left."""
        head = self.open()
        with self._sessions() as session:
            labels = settled_examples(session)
        rows = [Row(label.label_id, label.intent, example_line(label)) for label in labels]
        plan = self.plan(head, rows)
        # What stays out for a reason waits for a trainer; what is there already is done with.
        left = {told.number for told in plan.told if told.fate in ("fault", "contradiction")}
        ids = [label.label_id for label in labels if label.label_id not in left]

        def mark(session: Session, number: int) -> None:
            if mark_taken_in(session, ids, number, self._clock()) < len(ids):
                raise ProposalRefusedError("changed_meanwhile")

        return self._propose_plan(person, Kind.LABELS, title, head, plan, mark)

    def plan(self, head: str, rows: Sequence[Row]) -> ImportPlan:
        """What taking these rows in would do."""
        texts = self.workspace.texts(head)
        return plan_import(self.git, texts, rows, self.checker.tests, domain_of(texts).entities)

    def import_rows(self, person: Person, title: str, rows: Sequence[Row]) -> int:
        """A proposal that adds the rows; returns its number. Raises ``ImportRefusedError`` where nothing is left to add."""
        head = self.open()
        return self._propose_plan(person, Kind.IMPORT, title, head, self.plan(head, rows), None)

    def import_project(self, person: Person, title: str, raw: bytes) -> int:
        """A proposal with what differs in a Rasa project's zip file; files that it lacks stay. Returns its number. Raises
        ``ImportRefusedError``, ``NotKeptError``."""
        read = read_project(raw)
        head = self.open()
        texts = self.workspace.texts(head)
        files = {path: text for path, text in read.texts.items() if texts.get(path) != text}
        if not files:
            raise ImportRefusedError("nothing_new")
        source = {"import": {"files": len(files), "passed_over": list(read.passed_over[:50])}}
        return self.propose(person, Kind.IMPORT, title, head, files, source=source)

    def withdraw(self, person: Person, number: int) -> None:
        """The author no longer wants the change; labels that it held are free again. Raises ``ProposalRefusedError``."""
        self.proposals.withdraw(person, number, also=_give_labels_back)

    def _propose_plan(
        self, person: Person, kind: Kind, title: str, head: str, plan: ImportPlan, also: Callable[[Session, int], None] | None
    ) -> int:
        if not plan.files:
            raise ImportRefusedError("nothing_new")
        counts = {fate: plan.count(fate) for fate in ("folded", "contradiction", "fault")}
        told = sorted(plan.told, key=lambda one: (one.fate == "folded", one.number))[:MOST_TOLD]
        rows = [{"number": one.number, "fate": one.fate, "code": one.code, "values": dict(one.values)} for one in told]
        source = {"import": {"rows": plan.rows, "added": plan.added, **counts, "told": rows}}
        return self.propose(person, kind, title, head, plan.files, source=source, also=also)

    def _refuse_dangerous(self, base: str, texts: Mapping[str, str], files: Mapping[str, str | None]) -> None:
        changed = {path: text for path, text in files.items() if text != texts.get(path)}
        faults = [fault for fault in errors_in(self.checker.faults_of(base, changed)) if fault.code in _NEVER_KEPT]
        if faults:
            raise NotKeptError(faults)

    def _open_draft(self, person: Person) -> Proposal | None:
        mine = self.proposals.listed(("draft",), person.login, 20)
        gathering = next((row for row in mine if row.source.get("gathers")), None)
        return self.proposals.read(gathering.id) if gathering is not None else None

    def _list_conflicts(self, head: str, files: Mapping[str, str | None]) -> None:
        title = "Bản phát hành mới sửa cùng chỗ với cán bộ huấn luyện"
        self.propose(PRODUCT, Kind.RELEASE, title, head, files, source={"release": True})


def _give_labels_back(session: Session, number: int) -> None:
    give_back(session, number)


def authoring_of(settings: Settings, sessions: SessionFactory, clock: Clock) -> Authoring:
    """The authoring of these settings; touches nothing on the disk yet."""
    workspace = Workspace(settings.training_folder / "workspace", Shipped(PROJECT_ROOT, settings.data_dir))
    return Authoring(workspace, sessions, Checker(workspace, settings.data_dir, settings.engine_python, clock), clock)
