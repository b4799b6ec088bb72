"""Proposed by one, approved by another; refused by the gate; tried; live; back: on both databases, with everything on record."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.accounts.audit import Actor, AuditFilter, audit_entries
from bot.storage.database import Database, writing
from bot.storage.deployment_models import Promotion
from bot.training.deployment import Deployment, returned_since
from bot.training.promoted_files import promoted_file
from bot.training.promotions import Ending, PromotionRefusedError, Promotions
from bot.training.routes import Route, read_route
from bot.training.rules import shipped_rules
from bot.training.slots import SlotReport, SlotView, note_report, read_slots
from tests.bot.training.candidates import CASE, GOOD, INSTALLED, add_candidate, install, sha256
from tests.moving_clock import MovingClock

AN, BINH, CHI = Actor("1", "an"), Actor("2", "binh"), Actor("3", "chi")
RULES = shipped_rules()


class House:
    """A ledger with an installed model, and the acts on it."""

    def __init__(self, database: Database, models_dir: Path) -> None:
        self.clock = MovingClock()
        self.sessions, self.models_dir = database.sessions, models_dir
        self.installed = install(self.sessions, models_dir, self.clock)
        self.acts = Promotions(self.sessions, models_dir, RULES, self.clock)
        self.rounds = Deployment(self.sessions, models_dir, RULES, self.clock)

    def candidate(self, content: bytes = b"candidate", **results: Any) -> int:
        live = self.slots["a" if self.route.live == "a" else "b"].loaded_sha256
        return add_candidate(
            self.sessions, self.models_dir, self.clock, content=content, live_sha256=live, results=GOOD | results
        )

    def proposed(self, content: bytes = b"candidate", **results: Any) -> int:
        return self.acts.propose(AN, self.candidate(content, **results), "đúng hơn về lệ phí")

    def load(self) -> None:
        """Each slot loads what it is to serve, and says so."""
        with writing(self.sessions) as session:
            for slot, view in read_slots(session).items():
                if view.assigned_sha256 is not None:
                    note_report(session, slot, SlotReport("serving", view.assigned_name, view.assigned_sha256), self.clock())
                elif slot == "b":
                    note_report(session, slot, SlotReport("waiting"), self.clock())

    def proven(self) -> None:
        """The idle slot is ready and passed its smoke conversation; the round takes the next step."""
        self.load()
        for slot, view in self.slots.items():
            if view.loaded_sha256 is not None:
                self.rounds.passed_smoke(slot, view.loaded_sha256)
        self.rounds.step(self.rounds.board())

    def live(self, content: bytes = b"candidate") -> int:
        number = self.proposed(content)
        self.acts.approve(BINH, number, 100, "đã xem kết quả")
        self.proven()
        assert self.state(number) == "live"
        return number

    @property
    def route(self) -> Route:
        with self.sessions() as session:
            return read_route(session)

    @property
    def slots(self) -> dict[Any, SlotView]:
        with self.sessions() as session:
            return dict(read_slots(session))

    def row(self, number: int) -> Promotion:
        with self.sessions() as session:
            return session.get_one(Promotion, number)

    def state(self, number: int) -> str:
        return self.row(number).state

    def recorded(self) -> list[str]:
        with self.sessions() as session:
            return [one.act for one in reversed(audit_entries(session, AuditFilter()))]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path / "models")


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(PromotionRefusedError) as caught:
        act()
    assert caught.value.text
    return caught.value.key


def test_from_proposal_to_live_and_back_with_everything_on_record(house: House) -> None:
    number = house.proposed()
    assert house.route == Route()
    house.acts.approve(BINH, number, 20, "đã xem kết quả")
    assert house.slots["a"].assigned_name == INSTALLED
    assert house.slots["b"].assigned_sha256 == sha256(b"candidate")
    assert house.route.canary is None
    house.proven()
    assert (house.state(number), house.route.canary, house.route.share) == ("canary", "b", 20)
    house.acts.set_share(AN, number, 50)
    house.acts.set_share(BINH, number, 100)
    assert (house.state(number), house.route.live, house.route.previous) == ("live", "b", "a")
    house.acts.back(number, Ending(AN, "trả lời sai về phí"))
    assert (house.state(number), house.route.live) == ("returned", "a")
    row = house.row(number)
    assert (row.proposed_by, row.decided_by, row.ended_by, row.end_reason) == ("an", "binh", "an", "trả lời sai về phí")
    assert house.recorded() == [
        "promotion.proposed", "promotion.approved", "promotion.canary_began", "promotion.share_changed", "promotion.live",
        "promotion.returned",
    ]  # fmt: skip


def test_a_bad_model_is_refused_by_the_gate_and_stays_on_record(house: House) -> None:
    number = house.proposed(protected={"total": 10, "right": 9, "broken": [CASE]})
    assert house.state(number) == "refused"
    assert refused(lambda: house.acts.approve(BINH, number, 100, "x")) == "promotion_refused_state"
    assert house.route == Route()
    assert house.slots["b"].assigned_sha256 is None
    assert house.recorded() == ["promotion.gate_refused"]


def test_the_gate_is_overruled_only_with_a_reason_and_never_for_another_file(house: House) -> None:
    number = house.proposed(regression={"total": 100, "right": 90, "live_right": 94})
    assert refused(lambda: house.acts.override(CHI, number, "  ")) == "promotion_refused_words"
    house.acts.override(CHI, number, "bốn câu này đã lỗi thời")
    house.acts.approve(BINH, number, 5, "đồng ý")
    assert house.state(number) == "approved"
    assert house.row(number).override_reason == "bốn câu này đã lỗi thời"
    assert "promotion.gate_overridden" in house.recorded()
    broken = house.candidate(b"other")
    (house.models_dir / "candidates" / str(broken) / "motcua-candidate.tar.gz").write_bytes(b"othe")
    stays = house.acts.propose(AN, broken, "x")
    assert refused(lambda: house.acts.override(CHI, stays, "tin tôi")) == "promotion_refused_hard"


def test_nobody_approves_their_own_proposal(house: House) -> None:
    number = house.proposed()
    assert refused(lambda: house.acts.approve(AN, number, 100, "x")) == "promotion_refused_same_person"
    assert house.state(number) == "proposed"


def test_a_file_changed_after_the_proposal_is_seen_at_the_approval(house: House) -> None:
    number = house.proposed()
    next(house.models_dir.glob("candidates/*/*.tar.gz")).write_bytes(b"changed")
    assert refused(lambda: house.acts.approve(BINH, number, 100, "x")) == "promotion_refused_hard"
    assert house.state(number) == "refused"


def test_only_one_model_is_under_way(house: House) -> None:
    first, second = house.proposed(), house.proposed(b"second")
    house.acts.approve(BINH, first, 100, "x")
    assert refused(lambda: house.acts.approve(BINH, second, 100, "x")) == "promotion_refused_busy"
    assert house.slots["b"].assigned_sha256 == sha256(b"candidate")


def test_of_two_who_approve_at_the_same_moment_one_wins(house: House) -> None:
    numbers = [house.proposed(), house.proposed(b"second")]
    together, refusals = threading.Barrier(2), []

    def approve(number: int) -> None:
        together.wait(20)
        try:
            house.acts.approve(BINH, number, 100, "x")
        except PromotionRefusedError as error:
            refusals.append(error.key)

    threads = [threading.Thread(target=approve, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
    assert sorted(house.state(number) for number in numbers) == ["approved", "proposed"]


def test_the_same_model_is_not_proposed_twice_and_an_unknown_one_not_at_all(house: House) -> None:
    candidate = house.candidate()
    house.acts.propose(AN, candidate, "x")
    assert refused(lambda: house.acts.propose(CHI, candidate, "x")) == "promotion_refused_state"
    assert refused(lambda: house.acts.propose(AN, 999, "x")) == "promotion_refused_candidate"
    assert refused(lambda: house.acts.propose(AN, candidate, "x" * 401)) == "promotion_refused_words"


def test_a_no_of_the_second_person_is_kept_and_cannot_be_overruled(house: House) -> None:
    number = house.proposed()
    house.acts.refuse(BINH, number, "chưa đủ dữ liệu")
    assert house.state(number) == "refused"
    assert refused(lambda: house.acts.override(CHI, number, "x")) == "promotion_refused_state"


@pytest.mark.parametrize("share", [0, 7, 101, -5])
def test_a_share_that_is_no_step_is_refused(house: House, share: int) -> None:
    number = house.proposed()
    assert refused(lambda: house.acts.approve(BINH, number, share, "x")) == "promotion_refused_share"


def test_a_share_only_grows(house: House) -> None:
    number = house.proposed()
    house.acts.approve(BINH, number, 20, "x")
    house.proven()
    assert refused(lambda: house.acts.set_share(AN, number, 5)) == "promotion_refused_share"
    assert house.route.share == 20


def test_a_slot_that_never_serves_ends_the_promotion_and_nobody_noticed(house: House) -> None:
    number = house.proposed()
    house.acts.approve(BINH, number, 100, "x")
    house.rounds.step(house.rounds.board())
    assert house.state(number) == "approved"
    house.clock.move(seconds=RULES.canary.ready_seconds + 1)
    house.rounds.step(house.rounds.board())
    assert house.state(number) == "returned"
    assert house.route.live == "a"
    with house.sessions() as session:
        assert [one.id for one in returned_since(session, house.row(number).proposed_at)] == [number]


def test_a_failed_smoke_conversation_ends_it_before_any_citizen(house: House) -> None:
    number = house.proposed()
    house.acts.approve(BINH, number, 100, "x")
    house.load()
    house.rounds.failed_smoke(house.rounds.board(), "«xin chào»: no_reply")
    assert house.state(number) == "returned"
    assert "no_reply" in (house.row(number).end_reason or "")
    assert house.route.live == "a"


def test_after_a_return_the_slot_is_emptied_and_the_file_deleted(house: House) -> None:
    number = house.live()
    house.acts.back(number, Ending(AN, "sai"))
    house.load()
    house.rounds.tidy(house.rounds.board())
    # Slot a serves the installation's own model again, as before the first promotion.
    assert house.slots["a"].assigned_sha256 is None
    assert house.slots["b"].assigned_sha256 is None
    assert not promoted_file(house.models_dir, sha256(b"candidate")).exists()


def test_while_a_model_is_live_the_old_one_stays_ready(house: House) -> None:
    house.live()
    house.load()
    house.rounds.tidy(house.rounds.board())
    assert house.slots["a"].assigned_sha256 == house.installed
    assert promoted_file(house.models_dir, house.installed).exists()


def test_nothing_is_emptied_before_the_live_slot_answers(house: House) -> None:
    number = house.live()
    house.acts.back(number, Ending(AN, "sai"))
    with writing(house.sessions) as session:
        note_report(session, "a", SlotReport("away"), house.clock())
    house.rounds.tidy(house.rounds.board())
    assert house.slots["b"].assigned_sha256 is not None


def test_a_second_model_replaces_the_first_and_the_way_back_leads_to_it(house: House) -> None:
    first = house.live()
    second = house.live(b"second")
    assert (house.state(first), house.route.live, house.route.previous) == ("replaced", "a", "b")
    house.acts.back(second, Ending(AN, "sai"))
    assert (house.state(first), house.state(second), house.route.live) == ("live", "returned", "b")
    assert refused(lambda: house.acts.back(first, Ending(AN, "sai"))) == "promotion_refused_no_way_back"


def test_a_return_pressed_twice_is_carried_out_once(house: House) -> None:
    number = house.live()
    house.acts.back(number, Ending(AN, "sai"))
    assert refused(lambda: house.acts.back(number, Ending(BINH, "sai"))) == "promotion_refused_state"
    assert house.recorded().count("promotion.returned") == 1


def test_without_knowing_what_is_live_nothing_is_approved(house: House) -> None:
    number = house.proposed()
    (house.models_dir / INSTALLED).unlink()
    assert refused(lambda: house.acts.approve(BINH, number, 100, "x")) == "promotion_refused_file"
    assert house.state(number) == "proposed"
