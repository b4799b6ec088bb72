"""Runs the checks of a proposal: ours at once, Rasa's own in the background, the outcome kept beside the proposal."""

import logging
import subprocess
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.authoring.checks import own_faults, tests_of, with_changes
from bot.authoring.faults import Fault, errors_in
from bot.authoring.proposals import Proposal, ProposalRefusedError, Proposals
from bot.authoring.rasa_check import CONCERNS, RasaCheck, StoppedError
from bot.authoring.workspace import ConflictError, NothingToSaveError, Workspace
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock

logger = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(minutes=6)
"""Checks that run longer than this ended with their process; they can be started again."""


class Checker:
    """Checks proposals against the newest commit. One at a time runs in the background of each process."""

    def __init__(self, workspace: Workspace, data_dir: Path, engine_python: Path, clock: Clock) -> None:
        self._workspace, self._data_dir, self._clock = workspace, data_dir, clock
        self._rasa = RasaCheck(engine_python)
        self._found: tuple[tuple[Any, ...], tuple[Fault, ...]] | None = None
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checks")

    @property
    def tests(self) -> Mapping[str, str]:
        """The sentences of the sets that measure models, by their key."""
        return tests_of(self._data_dir)

    def verify(self, merged: Mapping[str, str | None]) -> list[Fault]:
        """What our own checks find in texts that would be committed onto the head now."""
        return self._own(self._workspace.head(), merged)

    def faults_of(self, base: str, files: Mapping[str, str | None]) -> list[Fault]:
        """What our own checks find in texts that nobody has kept yet."""
        return self._own(base, files)

    def start(self, proposals: Proposals, number: int) -> Future[None]:
        """Begins the checks of the proposal's present texts: ours before this returns, Rasa's after it."""
        proposal = proposals.read(number)
        revision = proposal.row.revision
        head, files = self._onto(proposal)
        faults = self._own(head, files) if files else []
        if errors_in(faults) or not _concerns_rasa(files):
            state = "failed" if errors_in(faults) else "passed"
            proposals.note_checks(number, revision, state, faults, head=head)
            done: Future[None] = Future()
            done.set_result(None)
            return done
        proposals.note_checks(number, revision, "running", faults, head=head)
        texts = with_changes(self._workspace.texts(head), files)
        return self._background.submit(self._ask_rasa, proposals, number, revision, head, faults, texts)

    def given_up(self, proposal: Proposal) -> bool:
        """Whether the checks were begun and will not end."""
        checks = proposal.row.checks
        if checks.get("state") != "running":
            return False
        return self._clock() - datetime.fromisoformat(checks["at"]) > GIVEN_UP_AFTER

    def close(self) -> None:
        """Ends what runs; the trainer sees that it was broken off."""
        self._rasa.stop()
        self._background.shutdown(cancel_futures=True)

    def finish(self) -> None:
        """Waits for the checks that were begun; none is begun any more."""
        self._background.shutdown()

    def _onto(self, proposal: Proposal) -> tuple[str, Mapping[str, str | None]]:
        """The head and what would be committed onto it; where that contradicts others' changes, the base and the texts as they
        are: the conflict is shown when it is to be committed."""
        try:
            return self._workspace.preview(proposal.row.base_commit, proposal.files)
        except ConflictError:
            return proposal.row.base_commit, proposal.files
        except NothingToSaveError:
            return self._workspace.head(), {}

    def _own(self, commit: str, files: Mapping[str, str | None]) -> list[Fault]:
        today = self._clock().astimezone(VIETNAM_TIME).date()
        asked = (commit, today, hash(frozenset(files.items())))
        known = self._found
        if known is not None and known[0] == asked:
            return list(known[1])
        found = own_faults(self._workspace.texts(commit), files, self._data_dir, today)
        # What is about to be kept is looked at before and after; a large import takes seconds each time.
        self._found = (asked, tuple(found))
        return found

    def _ask_rasa(
        self, proposals: Proposals, number: int, revision: int, head: str, faults: list[Fault], texts: Mapping[str, str]
    ) -> None:
        broken = False
        found = faults
        try:
            if proposals.read(number).row.revision != revision:
                return  # changed meanwhile; the newer texts wait in line behind this
            found = [*faults, *self._rasa.faults(texts)]
        except StoppedError:
            broken = True
        except ProposalRefusedError:
            return
        except subprocess.TimeoutExpired:
            found = [*faults, Fault("", 0, "rasa_slow")]
        except OSError:
            logger.exception("authoring.rasa_away")
            found = [*faults, Fault("", 0, "rasa_away")]
        try:
            state = "broken" if broken else "failed" if errors_in(found) else "passed"
            proposals.note_checks(number, revision, state, found, head=head)
        except ProposalRefusedError:
            logger.warning("authoring.checked_proposal_gone")


def _concerns_rasa(files: Mapping[str, str | None]) -> bool:
    return any(path.startswith(CONCERNS) for path in files)
