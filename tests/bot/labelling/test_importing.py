"""Lists of messages: masked on the way in, doubles folded, what cannot be read told by line."""

import pytest
from sqlalchemy import func, select

from bot.conversations.ownership import Officer
from bot.labelling.importing import begin_import, run_import, was_cut_off
from bot.labelling.listed_messages import MOST_BYTES, MOST_ROWS, UnreadableListError, read_list
from bot.storage.database import Database, writing
from bot.storage.labelling_models import LabelImport, LabelItem, LabelReason
from tests.bot.labelling.labelled import NOW
from tests.moving_clock import MovingClock

LAN = Officer("lan", "Lan")


def rows(content: str | bytes) -> list[tuple[int, str | None, str | None]]:
    raw = content if isinstance(content, bytes) else content.encode()
    return [(row.line, row.text, row.fault) for row in read_list(raw)]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffNội dung,ngày\r\nphí bao nhiêu,1/2\r\n".encode(),
        "ngày;câu\n1/2;phí bao nhiêu\n".encode(),
        "ngày\tTin nhắn\n1/2\tphí bao nhiêu".encode("utf-16"),
        'phí bao nhiêu,"x, y"'.encode(),
    ],
    ids=["excel", "semicolons and another column", "utf-16 with tabs", "no heading"],
)
def test_the_column_of_the_messages_is_found(content: bytes) -> None:
    assert [text for _, text, _ in rows(content)] == ["phí bao nhiêu"]


def test_numbers_are_masked_and_hostile_rows_told_by_line() -> None:
    found = rows(
        "câu\ngọi 0912345678 giúp\n=HYPERLINK(1)\n0912345678\n"
        + '"mở ngoặc mà không đóng\n'
        + "sau đó vẫn đọc\n"
        + f"{'a' * 4001}\n"
        + ",,\n"
        + '"hai\ndòng"\n'
        + "ống 5\" giá bao nhiêu\n"
    )  # fmt: skip
    assert found == [
        (2, "gọi ⟦phone:x1⟧ giúp", None),
        (3, "=HYPERLINK(1)", None),
        (4, None, "only_number"),
        (5, None, "quote"),
        (6, "sau đó vẫn đọc", None),
        (7, None, "too_long"),
        (8, None, "empty"),
        (9, "hai dòng", None),
        (11, 'ống 5" giá bao nhiêu', None),
    ]


def test_a_broken_letter_costs_its_row_alone() -> None:
    assert rows("tốt\n".encode() + b"h\xe9 h\xe9\n" + b"nul \x00 \n" + "cũng tốt".encode()) == [
        (1, "tốt", None),
        (2, None, "encoding"),
        (3, None, "encoding"),
        (4, "cũng tốt", None),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"\n \n", "empty"), (b"\x89PNG\x00\xff\xfe" * 50, "not_text"), (b"a" * (MOST_BYTES + 1), "too_large")],
    ids=["nothing", "blank", "a picture", "too large"],
)
def test_what_is_no_list_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableListError, match=reason):
        read_list(content)


def test_rows_beyond_the_most_are_told_once() -> None:
    found = rows("phí\n" * (MOST_ROWS + 50))
    assert len(found) == MOST_ROWS + 1
    assert found[-1] == (MOST_ROWS + 1, None, "too_many")


def test_doubles_are_folded_and_a_second_try_adds_nothing(database: Database) -> None:
    content = ("phí bao nhiêu\nPhi bao nhieu?\n0912345678\n" + "".join(f"hỏi {n} câu\n" for n in range(450))).encode()
    clock = MovingClock(NOW)
    for expected in (451, 0):
        with writing(database.sessions) as session:
            number = begin_import(session, LAN, "x.csv", content, NOW)
        run_import(database.sessions, number, content, clock)
        with database.sessions() as session:
            row = session.get_one(LabelImport, number)
            assert (row.state, row.rows, row.added, row.duplicates, row.refused) == ("done", 453, expected, 452 - expected, 1)
            assert row.faults == [[3, "only_number"]]
            assert row.bytes_done == len(content)
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(LabelItem)) == 451
        assert session.scalar(select(func.count()).select_from(LabelReason)) == 451
        assert not was_cut_off(row, NOW)
        row.state = "running"
        clock.move(minutes=2)
        assert was_cut_off(row, clock())
