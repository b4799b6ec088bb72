# ruff: noqa: E402 (the import stub goes first)
"""Writes talks with the engine's own tracker store (``write``) or as earlier releases did (``write-rows``), and prints what is
there: ``trackers.py write|write-rows|read URL``."""

import asyncio
import sys
import time

from engine.import_stub import install_import_stub

install_import_stub()

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.tracker_database import database_url
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


TALKS = {"a.1": (40,), "a.2": (40, 1), "b.1": (1,), "ab.1": (1,)}


async def main(what: str, url: str) -> None:
    store = LoudTrackerStore(Domain.empty(), host=url)
    rows = (
        SQLTrackerStore(Domain.empty(), host=database_url(url).render_as_string(hide_password=False)) if "rows" in what else None
    )
    for sender, ages in TALKS.items() if what.startswith("write") else ():
        made = tracker(sender, *ages)
        if rows is not None:
            await rows.save(made)
        else:
            await store.save(made)
            with store.database.engine.connect() as link:
                written = {"at": time.time() - ages[-1] * DAY, "sender": sender}
                link.execute(sa.text("UPDATE trackers SET saved_at = :at WHERE sender_id = :sender"), written)
    found = {}
    for sender in sorted(TALKS):
        kept = await store.retrieve(sender)
        if kept is not None:
            found[sender] = len(kept.events)
    print(found)


asyncio.run(main(sys.argv[1], sys.argv[2]))
