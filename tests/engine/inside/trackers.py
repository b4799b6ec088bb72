# ruff: noqa: E402 (the import stub goes first)
"""Writes talks with the engine's own tracker store, or prints which are still there: ``trackers.py write|read URL``."""

import asyncio
import sys
import time

from engine.import_stub import install_import_stub

install_import_stub()

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.tracker_store import LoudTrackerStore

DAY = 86_400.0


def tracker(sender: str, *ages: float) -> DialogueStateTracker:
    made = DialogueStateTracker(sender, [])
    for age in ages:
        at = time.time() - age * DAY
        for event in (ActionExecuted("action_session_start", timestamp=at), SessionStarted(timestamp=at)):
            made.update(event)
        made.update(UserUttered("tôi là Hoàng", intent={"name": "greet"}, timestamp=at))
    return made


async def main(what: str, url: str) -> None:
    store = LoudTrackerStore(Domain.empty(), host=url)
    if what == "write":
        for made in (tracker("a.1", 40), tracker("a.2", 40, 1), tracker("b.1", 1), tracker("ab.1", 1)):
            await store.save(made)
    found = {}
    for sender in sorted(await store.keys()):
        kept = await store.retrieve_full_tracker(sender)
        found[sender] = len(kept.events) if kept else 0
    print(found)


asyncio.run(main(sys.argv[1], sys.argv[2]))
