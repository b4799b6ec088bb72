"""A watched dossier's changes come by webhook and by polling, signed, repeated and doubled; each is known by its id."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.portal.errors import CursorExpired, NotFound, WebhookRefused
from bot.portal.records import LookupFactor
from bot.portal.webhooks import PortalEvent, PortalWebhooks
from tests.bot.portal.conftest import WEBHOOK_SECRET, wait_until


class Receiver:
    """The assistant's webhook: keeps what comes and answers as told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append((dict(self.headers.items()), body))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/portal"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def events(self, count: int, clock: Any = time.time) -> list[PortalEvent]:
        wait_until(lambda: len(self.received) >= count)
        checks = PortalWebhooks([WEBHOOK_SECRET], clock=clock)
        return [checks.verified(headers, body) for headers, body in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def watched(portal: Any, name: str, reference: str) -> Any:
    demo = portal.by_counter[name]
    client = portal.client()
    assert client.watch(demo.code, LookupFactor(demo.lookup_code), reference).our_reference == reference
    return client


def move(portal: Any, name: str, status: int, **more: Any) -> None:
    portal.control(f"dossiers/{portal.by_counter[name].code}/status", {"status": status, **more})


def test_a_change_comes_by_webhook_and_by_polling_under_one_id(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url})
    client = watched(portal, "H05.0003", "ref-1")
    start = client.changes_since(None).next_cursor
    move(portal, "H05.0003", 4, step="Thẩm định hồ sơ")
    (event,) = receiver.events(1)
    assert event.type == "dossier.changed"
    assert event.change is not None
    assert (event.change.our_reference, event.change.dossier.status_code, event.change.ended) == ("ref-1", "4", False)
    page = client.changes_since(start)
    assert page.changes == (event.change,)
    assert page.more is False
    assert client.changes_since(page.next_cursor).changes == ()


def test_only_watched_dossiers_are_told(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url})
    client = watched(portal, "H05.0003", "ref-1")
    move(portal, "H05.0001", 9)
    client.unwatch("ref-1")
    client.unwatch("ref-1")
    move(portal, "H05.0003", 9)
    assert client.changes_since(None).changes == ()
    assert receiver.received == []


def test_a_watch_needs_both_proofs(portal: Any) -> None:
    with pytest.raises(NotFound):
        portal.client().watch(portal.by_counter["H05.0003"].code, LookupFactor("ZZZ9"), "ref-1")


def test_a_watch_may_be_repeated(portal: Any) -> None:
    client, demo = watched(portal, "H05.0003", "ref-1"), portal.by_counter["H05.0003"]
    client.watch(demo.code, LookupFactor(demo.lookup_code), "ref-1")
    move(portal, "H05.0003", 10)
    (change,) = client.changes_since(None).changes
    assert change.ended


def test_pages_lead_through_all_changes_in_order(portal: Any) -> None:
    client = watched(portal, "H05.0003", "ref-1")
    for status in (4, 5, 4, 9, 10):
        move(portal, "H05.0003", status)
    cursor, seen = None, []
    while True:
        page = client.changes_since(cursor, limit=2)
        seen += [change.dossier.status_code for change in page.changes]
        cursor = page.next_cursor
        if not page.more:
            break
    assert seen == ["4", "5", "4", "9", "10"]


@pytest.mark.parametrize("cursor", ["nonsense", "deadbeef.0", "", "x" * 190])
def test_an_old_cursor_says_so(portal: Any, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        portal.client().changes_since(cursor)


def test_a_supplement_round_shows_in_the_change(portal: Any) -> None:
    client = watched(portal, "H05.0003", "ref-1")
    move(portal, "H05.0003", 5, papers=["Giấy chứng sinh"], deadline="20301231")
    (change,) = client.changes_since(None).changes
    assert change.dossier.must_act == "citizen"
    (asked,) = change.dossier.supplement_requests
    assert (asked.item_count, asked.deadline.day.year) == (1, 2030)


def test_a_failed_delivery_is_repeated_with_the_same_id_and_a_new_signature(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url})
    receiver.answers = [500]
    watched(portal, "H05.0003", "ref-1")
    move(portal, "H05.0003", 4)
    wait_until(lambda: len(receiver.received) == 1)
    portal.control("clock", {"advance": 10})
    wait_until(lambda: len(receiver.received) == 2)
    first, second = receiver.events(2)
    assert first.event_id == second.event_id
    headers = [{name.lower(): value for name, value in sent.items()} for sent, _ in receiver.received]
    assert headers[0]["webhook-timestamp"] != headers[1]["webhook-timestamp"]
    assert headers[0]["webhook-signature"] != headers[1]["webhook-signature"]


def test_doubles_carry_one_event_id(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url, "duplicate": 2})
    watched(portal, "H05.0003", "ref-1")
    move(portal, "H05.0003", 4)
    assert len({event.event_id for event in receiver.events(3)}) == 1


def test_a_lost_event_is_found_by_polling(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url, "drop": True})
    client = watched(portal, "H05.0003", "ref-1")
    move(portal, "H05.0003", 4)
    assert len(client.changes_since(None).changes) == 1
    assert receiver.received == []


def test_a_wrong_signature_and_an_old_event_are_refused(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url, "wrong_signature": True})
    watched(portal, "H05.0003", "ref-1")
    move(portal, "H05.0003", 4)
    with pytest.raises(WebhookRefused, match="signature"):
        receiver.events(1)
    receiver.received.clear()
    portal.control("webhook", {"url": receiver.url})
    move(portal, "H05.0003", 9)
    with pytest.raises(WebhookRefused, match="window"):
        receiver.events(1, clock=lambda: time.time() + 301)


def test_payment_and_signature_come_as_events_of_the_draft(portal: Any, receiver: Receiver) -> None:
    portal.control("webhook", {"url": receiver.url})
    client = portal.client()
    draft = client.create_draft("events", "1.001612", None, {"ten": "Mây"}, ())
    portal.browse(client.payment_link(draft.draft_id).url, pay="1")
    portal.browse(client.hand_over_link(draft.draft_id).url, person="000000000001", step="sign")
    paid, sent = receiver.events(2)
    assert paid.draft is not None
    assert sent.draft is not None
    assert (paid.draft.draft_id, paid.draft.payment, paid.draft.receipt) == (draft.draft_id, "paid", None)
    assert sent.draft == client.draft_state(draft.draft_id)
    assert sent.draft.receipt is not None
    client.watch(sent.draft.receipt.dossier_code, LookupFactor(sent.draft.receipt.lookup_code or ""), "new")
