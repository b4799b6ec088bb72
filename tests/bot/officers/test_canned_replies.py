"""Replies kept ready: filled in safely, checked when they are written."""

from pathlib import Path

import pytest

from bot.catalogue.load import CatalogueError
from bot.officers.canned_replies import (
    KeptReply,
    MissingValueError,
    TitleTakenError,
    UnknownVariableError,
    drop_reply,
    fill_in,
    keep_reply,
    replies_for,
    shipped_replies,
)
from bot.settings import PROJECT_ROOT
from tests.bot.officers.office import Office

VALUES = {"ten_thu_tuc": "Đăng ký kết hôn", "so_phieu": "{{ten_can_bo}}", "ten_can_bo": ""}


def test_variables_are_filled_in_and_values_are_never_read_again() -> None:
    assert fill_in("Thủ tục {{ ten_thu_tuc }}, phiếu {{so_phieu}}.", VALUES) == "Thủ tục Đăng ký kết hôn, phiếu {{ten_can_bo}}."


@pytest.mark.parametrize(
    "text", ["{{ten_thu_tyc}}", "{{ten_thu_tuc", "ten}}", "{{}}", "{{ten_thu_tuc.__class__}}", "{{7*7}}", "{{{{x}}}}"]
)
def test_an_unknown_variable_or_open_braces_are_a_clear_error(text: str) -> None:
    with pytest.raises(UnknownVariableError, match="ten_thu_tuc"):
        fill_in(text, VALUES)


def test_a_value_that_is_not_known_is_named() -> None:
    with pytest.raises(MissingValueError, match="ten_can_bo"):
        fill_in("Tôi là {{ten_can_bo}}", VALUES)


def test_the_shipped_replies_are_sound_and_a_broken_file_is_refused(tmp_path: Path) -> None:
    assert len(shipped_replies(PROJECT_ROOT / "data")) >= 5
    (tmp_path / "canned_replies.yml").write_text("replies: [{title: a, text: '{{x}}'}]", encoding="utf-8")
    with pytest.raises(CatalogueError, match="canned_replies"):
        shipped_replies(tmp_path)


def test_teams_keep_their_own_which_go_before_shipped_ones(office: Office) -> None:
    shipped = (KeptReply("Chào", "chung"), KeptReply("Riêng", "của đội khác", "so-tu-phap"))
    ours = keep_reply(office.sessions, KeptReply("Chào", "của chúng tôi, gọi 0987654321", "dat-dai"), "lan", office.clock())
    again = keep_reply(office.sessions, KeptReply("Chào", "mới {{ten_thu_tuc}}", "dat-dai"), "lan", office.clock())
    assert ours == again
    with office.sessions() as session:
        assert [one.text for one in replies_for(session, shipped, frozenset({"dat-dai"}))] == ["mới {{ten_thu_tuc}}"]
        assert [one.text for one in replies_for(session, shipped, frozenset({"so-tu-phap"}))] == ["chung", "của đội khác"]
    drop_reply(office.sessions, ours)
    drop_reply(office.sessions, ours)
    with office.sessions() as session:
        assert [one.text for one in replies_for(session, shipped, frozenset({"dat-dai"}))] == ["chung"]


@pytest.mark.parametrize("reply", [KeptReply("", "x"), KeptReply("a", ""), KeptReply("a", "x" * 2001), KeptReply("a", "{{x}}")])
def test_a_broken_reply_is_not_kept(office: Office, reply: KeptReply) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (which of them is told in the text)
        keep_reply(office.sessions, reply, "lan", office.clock())
    with pytest.raises(LookupError):
        keep_reply(office.sessions, KeptReply("a", "b", id=99), "lan", office.clock())


def test_a_reply_is_not_written_over_by_another_of_its_name(office: Office) -> None:
    sessions, now = office.database.sessions, office.clock()
    first = keep_reply(sessions, KeptReply("Hẹn", "một", "dat-dai"), "lan", now)
    other = keep_reply(sessions, KeptReply("Khác", "hai", "dat-dai"), "lan", now)
    with pytest.raises(TitleTakenError):
        keep_reply(sessions, KeptReply("Hẹn", "ba", "dat-dai"), "lan", now, new=True)
    with pytest.raises(TitleTakenError):
        keep_reply(sessions, KeptReply("Hẹn", "ba", "dat-dai", other), "lan", now)
    assert keep_reply(sessions, KeptReply("Hẹn", "bốn", "dat-dai", first), "lan", now) == first
    with sessions() as session:
        assert [one.text for one in replies_for(session, (), frozenset({"dat-dai"}))] == ["bốn", "hai"]
