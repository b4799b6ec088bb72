"""The trainers' Git workspace: Rasa project and catalogue as they are edited, every change a commit with its author's name.

``main`` holds what each release shipped, ``trainers`` what people made of it. The repository is bare: there is no working tree
that could be stale. Writers take turns at a lock on the disk; readers never wait.
"""

import fcntl
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path

from bot.authoring.git import Git, GitError, Signature
from bot.authoring.merging import Merged, Side, keep_ours, merge_texts
from bot.authoring.shipped import Shipped

SHIPPED_BRANCH = "main"
TRAINERS_BRANCH = "trainers"
_LARGEST_FILE = 4_000_000
_PATH = re.compile(
    r"(?:(?:domain|data)/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*|(?:config|credentials|endpoints)\.yml)"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FIELD, _RECORD = "\x1f", "\x1e"
_DIGEST_TRAILER = "Shipped-Digest: "
PROPOSAL_TRAILER = "Proposal: "


class WorkspaceError(ValueError):
    """The workspace cannot do what was asked; the message says why."""


@dataclass(frozen=True)
class Conflict:
    """One file that somebody else changed in the same place meanwhile. ``base``: what the change began from; ``now``: what stands
    in the workspace; ``wanted``: what was to be saved; empty texts for a file that is not there. ``places``: pairs of what stands
    and what was wanted."""

    path: str
    base: str
    now: str
    wanted: str
    places: tuple[tuple[str, str], ...]


class ConflictError(WorkspaceError):
    """Others changed the same lines. Nothing was written."""

    def __init__(self, head: str, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__("changed meanwhile: " + ", ".join(conflict.path for conflict in conflicts))
        self.head, self.conflicts = head, conflicts


class HeadMovedError(WorkspaceError):
    """Another change came first; what was checked must be checked again."""


class NothingToSaveError(WorkspaceError):
    """The change changes nothing (any more)."""


@dataclass(frozen=True)
class Commit:
    """One entry of the history. ``reason``: the message below its title, without the trailers. ``proposal``: its number."""

    sha: str
    at: datetime
    author: str
    login: str
    title: str
    reason: str
    proposal: int | None


@dataclass(frozen=True)
class ReleaseTaken:
    """What the arrival of a release's files did. ``conflicts``: files where trainers' lines were kept against the release's;
    ``release_wins``: what those files would read with the release's lines."""

    head: str
    conflicts: tuple[Conflict, ...] = ()
    release_wins: Mapping[str, str | None] = field(default_factory=dict)


def safe_path(path: str) -> str:
    """The path, where a file of the workspace may have it. Raises ``WorkspaceError``."""
    if not _PATH.fullmatch(path) or len(path) > 200:
        raise WorkspaceError(f"{path[:80]!r} is no path of the workspace")
    return path


class Workspace:
    """The workspace in ``folder`` (made at first use). ``shipped``: the files of this release."""

    def __init__(self, folder: Path, shipped: Shipped) -> None:
        self._folder, self._shipped = folder, shipped
        self.git = Git(folder)
        self._ready = False
        self._texts = lru_cache(maxsize=8)(self._read_texts)
        self._last_changes = lru_cache(maxsize=2)(self._read_last_changes)

    # Reading

    def head(self) -> str:
        """The newest commit of the trainers' branch; makes the workspace where there is none yet."""
        self._make_ready()
        return self._tip(TRAINERS_BRANCH)

    def read(self, path: str, commit: str | None = None) -> str:
        """A file's text at a commit (the newest by default). Raises ``WorkspaceError`` where there is none."""
        name = f"{self._known(commit)}:{safe_path(path)}"
        found = self.git.blobs([name])
        if name not in found:
            raise WorkspaceError(f"there is no {path}")
        return found[name].decode()

    def files(self, commit: str | None = None, under: str = "") -> list[str]:
        """The paths of all files below a folder, sorted."""
        out = self.git.call("ls-tree", "-r", "-z", "--name-only", self._known(commit)).decode()
        return [path for path in out.split("\0") if path and path.startswith(under)]

    def texts(self, commit: str | None = None, under: str = "") -> Mapping[str, str]:
        """The texts of all files below a folder by path. Commits never change, so a few are remembered."""
        return self._texts(self._known(commit), under)

    def diff(self, older: str, newer: str, path: str | None = None) -> str:
        """The difference of two commits in unified form."""
        paths = ["--", safe_path(path)] if path else []
        return self.git.call("diff", "--no-color", "--no-ext-diff", self._known(older), self._known(newer), *paths).decode()

    def log(self, path: str | None = None, limit: int = 50, *, first_parent: bool = False) -> list[Commit]:
        """The commits of the trainers' branch that touched a file or folder (all where None), newest first."""
        shape = _FIELD.join(("%H", "%at", "%an", "%ae", "%s", "%b")) + _RECORD
        paths = ["--", path] if path else []
        order = ["--first-parent"] if first_parent else []
        out = self.git.call("log", f"--max-count={limit:d}", f"--format={shape}", *order, self.head(), *paths).decode()
        return [_commit(record.strip("\n")) for record in out.split(_RECORD) if record.strip()]

    def commit_of(self, sha: str) -> Commit:
        """One commit. Raises ``WorkspaceError`` for one that is not there."""
        shape = _FIELD.join(("%H", "%at", "%an", "%ae", "%s", "%b"))
        return _commit(self.git.call("show", "--no-patch", f"--format={shape}", self._known(sha)).decode().strip("\n"))

    def parent_of(self, sha: str) -> str | None:
        """The commit before this one on its branch; None for the first."""
        out = self.git.call("rev-list", "--parents", "--max-count=1", self._known(sha)).decode().split()
        return out[1] if len(out) > 1 else None

    def changed_paths(self, older: str, newer: str) -> list[str]:
        """The paths that differ between two commits."""
        out = self.git.call("diff", "--name-only", "-z", self._known(older), self._known(newer)).decode()
        return [path for path in out.split("\0") if path]

    def export(self, commit: str, folder: Path) -> None:
        """Writes the whole project of a commit into an empty or new folder. Raises ``WorkspaceError`` where it is not empty."""
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise WorkspaceError(f"{folder} is not empty")
        for path, text in self._read_texts(self._known(commit), "").items():
            target = folder / safe_path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())

    # Writing

    def preview(self, base: str, files: Mapping[str, str | None]) -> tuple[str, dict[str, str | None]]:
        """The head, and the texts that ``commit_change`` would write onto it now. Raises as it does."""
        head = self.head()
        return head, self._merged(base, head, files)

    def commit_change(
        self,
        base: str,
        files: Mapping[str, str | None],
        author: Signature,
        message: str,
        *,
        proposal: int | None = None,
        onto: str | None = None,
    ) -> str:
        """Commits new texts by path (None removes a file), written against ``base``, and returns the commit's name. Where the
        head moved meanwhile, both changes are merged. ``proposal``: a change that was committed under its number is not
        committed again, and its commit is returned. ``onto``: the head that the result was checked on.

        Raises ``ConflictError`` with both versions where the same lines were changed, ``NothingToSaveError``,
        ``HeadMovedError`` where the head is no longer ``onto``, ``WorkspaceError``."""
        self._make_ready()
        with self._writing():
            if proposal is not None and (done := self.commit_of_proposal(proposal)):
                return done
            head = self._tip(TRAINERS_BRANCH)
            if onto is not None and head != onto:
                raise HeadMovedError("another change came first")
            merged = self._merged(base, head, files)
            contents = {path: None if text is None else text.encode() for path, text in merged.items()}
            said = message.strip() + (f"\n\n{PROPOSAL_TRAILER}{proposal}" if proposal is not None else "")
            return self.git.write_commit(TRAINERS_BRANCH, [head], contents, author, said)

    def take_in_release(self, now: datetime) -> ReleaseTaken | None:
        """Takes over the files of this release where they differ from the last one's: a commit on ``main``, merged into
        ``trainers``. Where both changed the same lines, trainers' stay and the file is among the conflicts. None: nothing new."""
        self._make_ready()
        with self._writing():
            return self._take_in(now)

    def _take_in(self, now: datetime) -> ReleaseTaken | None:
        digest = self._shipped.digest()
        before = self._tip(SHIPPED_BRANCH)
        if f"{_DIGEST_TRAILER}{digest}" in self.git.call("log", "--max-count=1", "--format=%B", before).decode():
            return None
        product = Signature("Một Cửa", "motcua", now)
        new = self._shipped.texts()
        contents: dict[str, bytes | None] = {path: text.encode() for path, text in new.items()}
        after = self.git.write_commit(
            SHIPPED_BRANCH, [before], contents, product, f"shipped\n\n{_DIGEST_TRAILER}{digest}", from_nothing=True
        )
        head = self._tip(TRAINERS_BRANCH)
        old, ours = self._read_texts(before, ""), self._read_texts(head, "")
        changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
        merged: dict[str, bytes | None] = {}
        conflicts = []
        for path in sorted(changed):
            text, conflict = self._merge_file(path, old.get(path), ours.get(path), new.get(path))
            if conflict is not None:
                conflicts.append(conflict)
            if text != ours.get(path):
                merged[path] = None if text is None else text.encode()
        made = self.git.write_commit(TRAINERS_BRANCH, [head, after], merged, product, "merge shipped")
        wins = {
            one.path: self._merge_file(one.path, old.get(one.path), ours.get(one.path), new.get(one.path), lambda _: "theirs")[0]
            for one in conflicts
        }
        return ReleaseTaken(made, tuple(conflicts), wins)

    def _merged(self, base: str, head: str, files: Mapping[str, str | None]) -> dict[str, str | None]:
        if not files:
            raise NothingToSaveError("no file was changed")
        for path, text in files.items():
            safe_path(path)
            if text is not None and len(text.encode()) > _LARGEST_FILE:
                raise WorkspaceError(f"{path} is larger than {_LARGEST_FILE} bytes")
        known = self._known(base)
        blobs = self.git.blobs([f"{commit}:{path}" for commit in {known, head} for path in files])
        texts = {name: content.decode() for name, content in blobs.items()}
        merged, conflicts = {}, []
        for path, wanted in files.items():
            was, now = texts.get(f"{known}:{path}"), texts.get(f"{head}:{path}")
            text, conflict = self._merge_file(path, was, now, wanted)
            if conflict is not None:
                conflicts.append(conflict)
            elif text != now:
                merged[path] = text
        if conflicts:
            raise ConflictError(head, tuple(conflicts))
        if not merged:
            raise NothingToSaveError("the workspace already reads so")
        return merged

    def settle(
        self, base: str, head: str, files: Mapping[str, str | None], decide: Callable[[str, int], Side]
    ) -> dict[str, str | None]:
        """The texts written against ``base`` as they would read on ``head``, where somebody has decided about every place (by
        path and number) that contradicts others' changes."""
        blobs = self.git.blobs([f"{commit}:{path}" for commit in {self._known(base), self._known(head)} for path in files])
        texts = {name: content.decode() for name, content in blobs.items()}
        settled = {}
        for path, wanted in files.items():
            was, now = texts.get(f"{base}:{path}"), texts.get(f"{head}:{path}")
            settled[path] = self._merge_file(path, was, now, wanted, partial(decide, path))[0]
        return settled

    def last_changes(self, limit: int = 1_000) -> Mapping[str, Commit]:
        """The newest commit that touched each file, among the last ``limit`` commits."""
        return self._last_changes(self.head(), limit)

    def _read_last_changes(self, head: str, limit: int) -> Mapping[str, Commit]:
        shape = _RECORD + _FIELD.join(("%H", "%at", "%an", "%ae", "%s", "%b")) + _FIELD
        out = self.git.call(
            "log", "--first-parent", "-m", "--root", "--name-only", f"--max-count={limit:d}", f"--format={shape}", head
        )
        found: dict[str, Commit] = {}
        for record in out.decode().split(_RECORD)[1:]:
            said, _, names = record.rpartition(_FIELD)
            commit = _commit(said)
            for path in names.split("\n"):
                if path:
                    found.setdefault(path, commit)
        return found

    def _merge_file(
        self,
        path: str,
        was: str | None,
        now: str | None,
        wanted: str | None,
        decide: Callable[[int], Side] = keep_ours,
    ) -> tuple[str | None, Conflict | None]:
        """The merged text (as ``decide`` says in places that contradict each other), and the conflict."""
        if now in (was, wanted):
            return wanted, None
        if wanted == was:
            return now, None
        if now is None or wanted is None:
            # One side removed what the other changed.
            kept = now if decide(0) == "ours" else wanted
            return kept, Conflict(path, was or "", now or "", wanted or "", ((now or "", wanted or ""),))
        merged: Merged = merge_texts(self.git, was or "", now, wanted, decide)
        if not merged.conflicts:
            return merged.text, None
        return merged.text, Conflict(path, was or "", now, wanted, merged.conflicts)

    def commit_of_proposal(self, proposal: int) -> str | None:
        """The commit that was made of a proposal, None where there is none."""
        trailer = f"^{PROPOSAL_TRAILER}{proposal:d}$"
        out = self.git.call("log", "--max-count=1", "--format=%H", f"--grep={trailer}", TRAINERS_BRANCH).decode().strip()
        return out or None

    # The repository itself

    def _make_ready(self) -> None:
        if self._ready:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._writing():
            if not (self._folder / "HEAD").exists() or not self._has(TRAINERS_BRANCH):
                self._make()
        self._ready = True

    def _make(self) -> None:
        self.git.call("init", "--quiet", "--bare", f"--initial-branch={SHIPPED_BRANCH}", str(self._folder))
        author = Signature("Một Cửa", "motcua", datetime.now(UTC))
        contents: dict[str, bytes | None] = {path: text.encode() for path, text in self._shipped.texts().items()}
        message = f"shipped\n\n{_DIGEST_TRAILER}{self._shipped.digest()}"
        made = self.git.write_commit(SHIPPED_BRANCH, [], contents, author, message)
        self.git.call("update-ref", f"refs/heads/{TRAINERS_BRANCH}", made)

    def _has(self, branch: str) -> bool:
        return self.git.finished("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}", may_end_with=(0, 1)).returncode == 0

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "motcua.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _tip(self, branch: str) -> str:
        return self.git.call("rev-parse", "--verify", f"refs/heads/{branch}").decode().strip()

    def _known(self, commit: str | None) -> str:
        if commit is None:
            return self.head()
        self._make_ready()
        if not _COMMIT.fullmatch(commit):
            raise WorkspaceError(f"{commit[:50]!r} is no commit")
        try:
            kind = self.git.call("cat-file", "-t", commit).decode().strip()
        except GitError as error:
            raise WorkspaceError(f"there is no commit {commit[:12]}") from error
        if kind != "commit":
            raise WorkspaceError(f"{commit[:12]} is no commit")
        return commit

    def _read_texts(self, commit: str, under: str) -> dict[str, str]:
        paths = self.files(commit, under)
        blobs = self.git.blobs([f"{commit}:{path}" for path in paths])
        return {path: blobs[f"{commit}:{path}"].decode() for path in paths}


def _commit(record: str) -> Commit:
    sha, seconds, author, address, title, body = record.split(_FIELD)
    number = re.search(rf"^{PROPOSAL_TRAILER}(\d+)$", body, re.MULTILINE)
    lines = [line for line in body.splitlines() if not line.startswith((PROPOSAL_TRAILER, _DIGEST_TRAILER))]
    at = datetime.fromtimestamp(int(seconds), UTC)
    reason = "\n".join(lines).strip()
    return Commit(sha, at, author, address.partition("@")[0], title, reason, int(number[1]) if number else None)
