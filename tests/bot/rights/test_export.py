"""The file with one's own data: whole, masked, of one conversation, behind a link that works for an hour and once."""

import json

import pytest

from bot.rights.export import without_numbers
from bot.rights.export_links import LinkGoneError, data_behind, forms_left, make_link, take_form
from bot.rights.export_page import data_page, gone_page, link_page
from bot.rights.held import held_of
from bot.storage.database import Database, writing
from bot.storage.models import Inbound
from tests.bot.rights.filled import Citizen, everything_stored, fill
from tests.moving_clock import MovingClock


def exported(database: Database, citizen: Citizen, key: str, clock: MovingClock) -> dict[str, object]:
    with database.sessions() as session:
        return data_behind(session, citizen.id, key, clock())


def link(database: Database, citizen: Citizen, clock: MovingClock) -> str:
    with writing(database.sessions) as session:
        return make_link(session, citizen.id, clock())


def test_every_kind_of_data_is_in_the_file_and_numbers_are_masked(
    database: Database, citizen: Citizen, clock: MovingClock, key: str
) -> None:
    fill(database, "cit-two", clock(), key)
    data = exported(database, citizen, key, clock)
    empty = [name for name, value in data.items() if not value]
    assert empty == []
    text = json.dumps(data, ensure_ascii=False)
    assert "Hoàng Bí Mật, số *********234" in text
    assert "hẹn Hoàng Bí Mật *********234.pdf" in text, "officers' files are named"
    assert "0912345678" not in text, "a form's answers are masked too"
    assert "*******678" in text
    assert "⟦" not in text
    assert "cit-two" not in text
    assert text.count("Chào Hoàng") == 1


def test_a_form_that_our_keys_do_not_open_is_named_without_its_answers(
    database: Database, citizen: Citizen, clock: MovingClock
) -> None:
    from cryptography.fernet import Fernet

    data = exported(database, citizen, Fernet.generate_key().decode(), clock)
    assert data["drafts"][0]["answers"] is None  # type: ignore[index]


def test_what_is_held_is_counted_by_kind(database: Database, citizen: Citizen) -> None:
    with database.sessions() as session:
        held = {one.kind: one.count for one in held_of(session, citizen.id)}
        assert held_of(session, "nobody") == ()
    assert held == dict.fromkeys(held, 1)
    assert len(held) == 15


def test_a_link_works_once_for_each_form_and_for_an_hour(database: Database, citizen: Citizen, clock: MovingClock) -> None:
    token = link(database, citizen, clock)
    assert token not in everything_stored(database)
    with writing(database.sessions) as session:
        assert take_form(session, token, "page", clock()) == citizen.id
    with writing(database.sessions) as session, pytest.raises(LinkGoneError):
        take_form(session, token, "page", clock())
    with database.sessions() as session:
        assert forms_left(session, token, clock()) == ("json",)
    clock.move(minutes=61)
    with writing(database.sessions) as session, pytest.raises(LinkGoneError):
        take_form(session, token, "json", clock())


@pytest.mark.parametrize("token", ["", "x", "a" * 5_000, "đường link", "\ud800", "' OR 1=1 --"])
def test_a_guessed_link_opens_nothing(database: Database, citizen: Citizen, clock: MovingClock, token: str) -> None:
    link(database, citizen, clock)
    with database.sessions() as session, pytest.raises(LinkGoneError):
        forms_left(session, token, clock())


def test_a_newer_link_ends_the_older_one(database: Database, citizen: Citizen, clock: MovingClock) -> None:
    old = link(database, citizen, clock)
    new = link(database, citizen, clock)
    with database.sessions() as session:
        assert forms_left(session, new, clock()) == ("page", "json")
        with pytest.raises(LinkGoneError):
            forms_left(session, old, clock())


def test_what_was_typed_never_becomes_markup_on_the_page(
    database: Database, citizen: Citizen, clock: MovingClock, key: str
) -> None:
    with writing(database.sessions) as session:
        session.add(
            Inbound(
                conversation_id=citizen.id, channel="zalo", account="oa", event_id="x", seq=3, received_at=clock(),
                text="<script>alert(1)</script>\"'&", outcome="answered",
            )
        )  # fmt: skip
    with writing(database.sessions) as session:
        from bot.storage.models import Conversation

        session.get_one(Conversation, citizen.id).last_seq = 3
    page = data_page(exported(database, citizen, key, clock))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<h1>") == 1
    for other in (link_page(("page", "json")), gone_page()):
        assert '<html lang="vi">' in other
        assert "Hoàng" not in other


def test_numbers_in_free_text_are_masked() -> None:
    assert without_numbers("gọi 0912345678, số 024099001234") == "gọi *******678, số *********234"
