"""Members of a repeated group are removed, added and set right by words, at any point."""

import pytest

from tests.bot.eforms.citizen import Talk, form_from

FAMILY = form_from("""
title: Đăng ký hộ
type: object
required: [head, people]
properties:
  head: {type: string, format: person-name, title: Chủ hộ, x-order: 1}
  people:
    type: array
    title: Thành viên
    x-order: 2
    minItems: 1
    maxItems: 4
    items:
      type: object
      required: [name, relation]
      properties:
        name: {type: string, format: person-name, title: Họ và tên, x-words: [tên]}
        relation: {type: string, title: Quan hệ}
  note: {type: string, title: Ghi chú, x-order: 3}
""")
PEOPLE = (("Trần Văn Bình", "con"), ("Lê Thị Cúc", "vợ"), ("Phạm Văn Dũng", "cháu"))


@pytest.fixture
def talk() -> Talk:
    talk = Talk(FAMILY)
    talk.say("Nguyễn Văn An")
    for place, (name, relation) in enumerate(PEOPLE):
        if place:
            talk.say("có")
        talk.say(name, relation)
    talk.say("không")
    assert talk.asked.path == "note"
    return talk


def names(talk: Talk) -> list[str]:
    return [one["name"] for one in talk.instance["people"]]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("bỏ người thứ 2", ["Trần Văn Bình", "Phạm Văn Dũng"]),
        ("bo nguoi thu hai", ["Trần Văn Bình", "Phạm Văn Dũng"]),
        ("xoá thành viên số 1 giúp tôi", ["Lê Thị Cúc", "Phạm Văn Dũng"]),
        ("thôi bỏ người cuối cùng đi", ["Trần Văn Bình", "Lê Thị Cúc"]),
        ("xoá Lê Thị Cúc ra", ["Trần Văn Bình", "Phạm Văn Dũng"]),
        ("bỏ anh Dũng khỏi danh sách", ["Trần Văn Bình", "Lê Thị Cúc"]),
    ],
)
def test_one_in_the_middle_goes_and_the_others_move_up(talk: Talk, words: str, left: list[str]) -> None:
    said = talk.say(words)
    assert names(talk) == left
    assert [one["relation"] for one in talk.instance["people"]] == [dict(PEOPLE)[name] for name in left]
    assert "Đã bỏ" in said
    assert talk.asked.path == "note", "the open question comes again, and not whether there is one more"


@pytest.mark.parametrize("words", ["bỏ người thứ 7", "bỏ mục 2", "bỏ người thứ 0", "xoá Hoàng Văn Không Có", "bỏ ai đó"])
def test_words_that_name_nobody_remove_nobody(talk: Talk, words: str) -> None:
    talk.say(words)
    assert len(names(talk)) == 3


def test_the_least_number_stays(talk: Talk) -> None:
    talk.say("bỏ người thứ 3", "bỏ người thứ 2")
    assert "ít nhất 1" in talk.say("bỏ người thứ 1")
    assert names(talk) == ["Trần Văn Bình"]


def test_another_is_added_later_up_to_the_most(talk: Talk) -> None:
    assert "Thành viên 4" in talk.say("thêm một người nữa")
    talk.say("Hoàng Văn Em", "cháu")
    assert names(talk)[-1] == "Hoàng Văn Em"
    assert talk.asked.path == "note"
    assert "tối đa" in talk.say("thêm thành viên nữa")


def test_one_answer_of_one_member_is_set_right(talk: Talk) -> None:
    talk.say("sửa tên người thứ 2 thành Lê Thị Cúc Hoa")
    assert names(talk) == ["Trần Văn Bình", "Lê Thị Cúc Hoa", "Phạm Văn Dũng"]
    assert "mục nào" in talk.say("sửa người thứ 3")
    talk.say("đổi tên người thứ 3 thành Phạm Văn Dương")
    assert names(talk)[2] == "Phạm Văn Dương"


def test_removing_and_adding_holds_to_the_end(talk: Talk) -> None:
    talk.say("bỏ người thứ 1", "thêm người nữa", "Đỗ Văn Giang", "em", "không có", "không")
    assert talk.draft.stage == "review", talk.heard
    assert "Đỗ Văn Giang" in talk.heard
    assert "Trần Văn Bình" not in talk.heard
    talk.say("bỏ người thứ 2", "đúng rồi")
    assert talk.draft.stage == "confirmed", talk.heard
    assert names(talk) == ["Lê Thị Cúc", "Đỗ Văn Giang"]
