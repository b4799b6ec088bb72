"""The list of changes finds what the webhook missed; ended watches are told to the portal until it has heard."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest

from bot.outreach.polling import poll_changes
from bot.outreach.watches import tell_portal_of_ends
from bot.portal.errors import CursorExpired, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.watching import ChangePage, DossierChange
from tests.bot.outreach.conftest import House, made

EVERY = timedelta(minutes=5)


@dataclass
class ListedChanges:
    """A portal's list: cursors are positions behind an epoch."""

    changes: list[DossierChange] = field(default_factory=list)
    epoch: str = "a"
    asked: list[str | None] = field(default_factory=list)
    away: bool = False
    offered: frozenset[str] = frozenset({"changes_since", "unwatch", "watch"})
    ended: list[str] = field(default_factory=list)

    def changes_since(self, cursor: str | None, *, limit: int = 100) -> ChangePage:
        assert limit >= 2
        self.asked.append(cursor)
        if self.away:
            raise Unavailable("away")
        epoch, _, place = (cursor or f"{self.epoch}.0").partition(".")
        if epoch != self.epoch:
            raise CursorExpired
        first = int(place)
        shown = tuple(self.changes[first : first + 2])
        end = first + len(shown)
        return ChangePage(shown, f"{self.epoch}.{end}", end < len(self.changes))

    def unwatch(self, our_reference: str) -> None:
        if self.away:
            raise Unavailable("away")
        self.ended.append(our_reference)


@pytest.fixture
def portal() -> ListedChanges:
    return ListedChanges()


def poll(house: House, portal: ListedChanges) -> int | None:
    return poll_changes(house.database.sessions, cast(PortalGateway, portal), house.rules, EVERY, house.clock())


def listed(house: House, portal: ListedChanges, watch_id: str, statuses: Sequence[str]) -> None:
    for status in statuses:
        house.clock.move(seconds=1)
        number = len(portal.changes)
        portal.changes.append(DossierChange(f"chg_{portal.epoch}{number}", watch_id, house.clock(), made(status=status), False))


def test_all_pages_are_read_and_nothing_is_read_twice(house: House, portal: ListedChanges) -> None:
    watch_id = house.follows(house.citizen())
    listed(house, portal, watch_id, ["2", "4", "5", "4", "9"])
    assert poll(house, portal) == 5
    house.clock.move(minutes=6)
    listed(house, portal, watch_id, ["9"])
    assert poll(house, portal) == 1
    assert portal.asked == [None, "a.2", "a.4", "a.5"]
    house.tell()
    assert len(house.texts()) == 6


def test_what_the_webhook_brought_already_is_known(house: House, portal: ListedChanges) -> None:
    watch_id = house.follows(house.citizen())
    listed(house, portal, watch_id, ["4"])
    house.changed(watch_id, made(status="4"), change_id="chg_a0")
    assert poll(house, portal) == 0
    house.tell()
    assert len(house.texts()) == 1


def test_a_cursor_that_expired_begins_again_and_tells_nothing_twice(house: House, portal: ListedChanges) -> None:
    watch_id = house.follows(house.citizen())
    listed(house, portal, watch_id, ["2", "4"])
    poll(house, portal)
    house.tell()
    portal.epoch = "b"
    house.clock.move(minutes=6)
    listed(house, portal, watch_id, ["9"])
    assert poll(house, portal) == 1
    house.tell()
    assert len(house.texts()) == 3


def test_one_worker_at_a_time_has_the_list(house: House, portal: ListedChanges) -> None:
    watch_id = house.follows(house.citizen())
    listed(house, portal, watch_id, ["2", "4"])
    for _ in range(2):
        with ThreadPoolExecutor(4) as workers:
            found = [one.result() for one in [workers.submit(poll, house, portal) for _ in range(4)]]
        assert [one for one in found if one is not None] in ([2], [0])
        house.clock.move(minutes=6)
    assert poll(house, portal) == 0


def test_too_early_nobody_asks_and_without_a_watch_nobody_does(house: House, portal: ListedChanges) -> None:
    assert poll(house, portal) is None
    house.follows(house.citizen())
    assert poll(house, portal) == 0
    house.clock.move(minutes=4)
    assert poll(house, portal) is None
    portal.offered = frozenset({"lookup_dossier"})
    house.clock.move(minutes=4)
    assert poll(house, portal) is None
    assert len(portal.asked) == 1


def test_a_portal_that_is_away_keeps_the_place(house: House, portal: ListedChanges) -> None:
    watch_id = house.follows(house.citizen())
    listed(house, portal, watch_id, ["2"])
    poll(house, portal)
    portal.away = True
    listed(house, portal, watch_id, ["4"])
    house.clock.move(minutes=6)
    with pytest.raises(Unavailable):
        poll(house, portal)
    portal.away = False
    house.clock.move(minutes=6)
    assert poll(house, portal) == 1
    assert portal.asked[-1] == "a.1"


def test_changes_of_references_that_are_none_of_ours_are_passed_over(house: House, portal: ListedChanges) -> None:
    watch_id = house.follows(house.citizen())
    listed(house, portal, "somebody_elses", ["2"])
    listed(house, portal, watch_id, ["2"])
    assert poll(house, portal) == 1


def test_ends_are_told_to_the_portal_until_it_has_heard(house: House, portal: ListedChanges) -> None:
    stopped, ended = house.follows(house.citizen("c1")), house.follows(house.citizen("c2"))
    going_on = house.follows(house.citizen("c3"))
    house.watches.stop("c1", [stopped], house.clock())
    house.changed(ended, made(status="10"))
    portal.away = True
    assert tell_portal_of_ends(house.database.sessions, cast(PortalGateway, portal), house.clock()) == 0
    portal.away = False
    assert tell_portal_of_ends(house.database.sessions, cast(PortalGateway, portal), house.clock()) == 2
    assert tell_portal_of_ends(house.database.sessions, cast(PortalGateway, portal), house.clock()) == 0
    assert sorted(portal.ended) == sorted([stopped, ended])
    assert not house.watch(going_on).portal_ended


def test_a_watch_that_was_asked_for_and_never_confirmed_is_given_up(house: House, portal: ListedChanges) -> None:
    watch_id = house.watches.ask(house.citizen(), "H05.12.3-261120-0001", "watch_consent_1", house.clock())
    # A change may come before the answer does: it is kept, and told only once the watch has begun.
    assert house.changed(watch_id, made(status="4")) == "noted"
    assert house.tell().told == 0
    house.clock.move(minutes=11)
    assert tell_portal_of_ends(house.database.sessions, cast(PortalGateway, portal), house.clock()) == 1
    assert portal.ended == [watch_id]
    assert not house.watches.begin(watch_id, made(), house.clock())


def test_two_presses_at_once_make_one_watch(house: House) -> None:
    house.citizen()
    ids = [house.watches.ask("c1", "H05.12.3-261120-0001", "watch_consent_1", house.clock()) for _ in range(3)]
    with ThreadPoolExecutor(3) as presses:
        begun = [one.result() for one in [presses.submit(house.watches.begin, one, made(), house.clock()) for one in ids]]
    assert sorted(begun) == [False, False, True]
    assert len(house.watches.active("c1")) == 1
