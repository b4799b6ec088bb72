"""The real ``git`` on one bare repository, with fixed arguments, no shell, a time limit and nothing of the machine's settings."""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

TIMEOUT_SECONDS = 30.0
COMMITTER = ("Một Cửa", "motcua@trainers.invalid")
_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", "-c", "core.autocrlf=false", "-c", "gc.auto=0")


class GitError(RuntimeError):
    """``git`` is not there, took too long or said no; the message is its own, without any file's content."""


@dataclass(frozen=True)
class Signature:
    """Who wrote a change, and when. ``login`` becomes an address that leads nowhere: no real e-mail stands in the history."""

    name: str
    login: str
    at: datetime

    @property
    def line(self) -> str:
        """As it stands in a commit: ``Nguyễn Thị Lan <lan@trainers.invalid> 1780000000 +0700``."""
        name = "".join(c for c in self.name if c not in "<>\n\r\0").strip() or "?"
        login = "".join(c for c in self.login if c.isalnum() or c in "._-") or "unknown"
        return f"{name} <{login}@trainers.invalid> {int(self.at.timestamp())} +0700"


class Git:
    """A bare repository at ``folder``. Every call raises ``GitError`` where git fails."""

    def __init__(self, folder: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._folder, self._timeout = folder, timeout_seconds

    def call(self, *arguments: str, given: bytes = b"", may_end_with: Sequence[int] = (0,)) -> bytes:
        """What this command of git prints."""
        return self.finished(*arguments, given=given, may_end_with=may_end_with).stdout

    def finished(
        self, *arguments: str, given: bytes = b"", may_end_with: Sequence[int] = (0,)
    ) -> subprocess.CompletedProcess[bytes]:
        """The ended command; its status is one of ``may_end_with``."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self._folder),
            "GIT_DIR": str(self._folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_PAGER": "cat",
        }
        try:
            ended = subprocess.run(
                ["git", *_OPTIONS, *arguments],
                input=given,
                capture_output=True,
                env=environment,
                timeout=self._timeout,
                check=False,
            )
        except FileNotFoundError as error:
            raise GitError("git is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} took longer than {self._timeout:g} seconds") from error
        if ended.returncode not in may_end_with:
            raise GitError(f"git {arguments[0]}: {ended.stderr.decode(errors='replace').strip()[-300:]}")
        return ended

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """The contents of objects by their names (``<commit>:<path>``), from one process; missing ones are left out."""
        asked = list(names)
        if not asked:
            return {}
        out = self.call("cat-file", "--batch", given="".join(f"{name}\n" for name in asked).encode())
        found, at = {}, 0
        for name in asked:
            end = out.index(b"\n", at)
            header, at = out[at:end], end + 1
            if header.endswith(b" missing"):
                continue
            size = int(header.rsplit(b" ", 1)[1])
            found[name] = out[at : at + size]
            at += size + 1
        return found

    def write_commit(
        self,
        branch: str,
        parents: Sequence[str],
        files: Mapping[str, bytes | None],
        author: Signature,
        message: str,
        *,
        from_nothing: bool = False,
    ) -> str:
        """Puts a commit on the branch, which must be at the first parent, and returns its name. ``files``: contents by path, None
        removes; ``from_nothing``: the commit holds these files alone."""
        branch_name = f"refs/heads/{branch}"
        committer = Signature(COMMITTER[0], "motcua", author.at)
        said = message.encode()
        lines = [
            f"commit {branch_name}\nmark :1\nauthor {author.line}\ncommitter {committer.line}\ndata {len(said)}\n".encode() + said
        ]
        lines += [f"\n{kind} {parent}".encode() for kind, parent in zip(("from", "merge"), parents, strict=False)]
        if from_nothing:
            lines.append(b"\ndeleteall")
        for path, content in files.items():
            if content is None:
                lines.append(f"\nD {path}".encode())
            else:
                lines.append(f"\nM 100644 inline {path}\ndata {len(content)}\n".encode() + content)
        self.call("fast-import", "--quiet", "--done", "--date-format=raw", given=b"".join(lines) + b"\n\ndone\n")
        made = self.call("rev-parse", "--verify", branch_name).decode().strip()
        if parents and made == parents[0]:
            raise GitError(f"{branch} did not move")
        return made
