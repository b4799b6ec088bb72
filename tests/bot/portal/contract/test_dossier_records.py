"""The portal's list of dossiers, over the real simulator."""

from typing import Any

import pytest
import requests

from bot.portal.dossier_records import DossierRecord
from bot.portal.errors import CursorExpired
from bot.portal.http_portal import HttpPortal


def whole(client: HttpPortal, limit: int = 7) -> tuple[list[DossierRecord], str, int]:
    found: list[DossierRecord] = []
    cursor, refused = None, 0
    while True:
        page = client.dossier_records(cursor, limit=limit)
        found += page.records
        cursor, refused = page.next_cursor, refused + page.refused
        if not page.more:
            return found, cursor, refused


def test_every_dossier_is_listed_once_without_its_code(portal: Any) -> None:
    found, cursor, _ = whole(portal.client())
    assert len(found) == len({one.record_id for one in found}) == len(portal.control("examples"))
    assert not {one["dossier_code"] for one in portal.control("examples")} & {one.record_id for one in found}
    assert portal.client().dossier_records(cursor).records == ()


def test_a_change_comes_again_after_the_last_place(portal: Any) -> None:
    client = portal.client()
    _, cursor, _ = whole(client)
    code = portal.by_counter["H05.0002"].code
    portal.control(f"dossiers/{code}/status", {"status": 2})
    (changed,) = client.dossier_records(cursor).records
    assert changed.status_code == "2"


def test_a_broken_record_does_not_hold_back_the_others(portal: Any) -> None:
    client = portal.client()
    found, _, refused = whole(client)
    portal.control(f"dossier-records/{found[0].record_id}", {"values": {"channel": "pigeon"}, "silently": True})
    less, _, more_refused = whole(client)
    assert (len(less), more_refused) == (len(found) - 1, refused + 1)
    page = client.dossier_records(None, limit=1)
    assert page.first_fault == "channel: none of online, counter, post"


def test_what_was_removed_is_listed_no_more(portal: Any) -> None:
    client = portal.client()
    found, _, _ = whole(client)
    requests.delete(f"{portal.url}/_control/dossier-records/{found[0].record_id}", timeout=10).raise_for_status()
    assert found[0].record_id not in {one.record_id for one in whole(client)[0]}


@pytest.mark.parametrize("cursor", ["nonsense", "abcd.1", "%00", "x" * 200])
def test_an_unknown_place_has_expired(portal: Any, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        portal.client().dossier_records(cursor)
