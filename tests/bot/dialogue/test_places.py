"""Places: kept when clear, asked about when a name may be several and the place matters."""

import pytest


def spoken(messages) -> str:
    return "\n".join(message.text for message in messages)


@pytest.mark.parametrize(
    "text",
    [
        "em ở TP Bắc Ninh",
        "em ở tỉnh Bắc Giang",
        "nhà em ở Bắc Giang",
        "tôi ở Yên Phong",
        "ở thành phố Từ Sơn cũ",
        "o tp bac ninh",
    ],
)
def test_a_place_that_may_be_several_is_asked_back(talk, text) -> None:
    messages = talk.hears(text, "inform")
    assert messages[0].kind == "question"
    assert talk.buttons()
    assert talk.state.place_id is None


def test_a_township_that_went_into_one_ward_is_kept(talk) -> None:
    assert "Yên Phong" in spoken(talk.hears("nhà em ở thị trấn Chờ", "inform"))
    assert "Yên Phong" in spoken(talk.hears("đăng ký khai sinh nộp ở đâu", "ask_place"))


def test_the_ward_chosen_is_kept(talk) -> None:
    talk.hears("em ở TP Bắc Ninh", "inform")
    talk.presses("Phường Vũ Ninh")
    assert "gần Ông/Bà: phường Vũ Ninh" in spoken(talk.hears("đăng ký khai sinh nộp ở đâu", "ask_place"))


def test_the_ward_may_be_typed(talk) -> None:
    talk.hears("em ở tỉnh Bắc Giang", "inform")
    talk.hears("phường Nếnh", "inform")
    assert "phường Nếnh" in spoken(talk.hears("đăng ký khai sinh nộp ở đâu", "ask_place"))


def test_where_to_file_is_told_at_once_and_the_place_asked_at_the_end(talk) -> None:
    messages = talk.hears("em ở Bắc Giang thì đăng ký khai sinh ở đâu", "ask_place")
    assert [message.facet for message in messages] == ["place", None]
    assert messages[-1].kind == "question"
    messages = talk.presses("Phường Bắc Giang")
    assert "gần Ông/Bà: phường Bắc Giang" in spoken(messages)


def test_an_old_district_leads_to_its_wards(talk) -> None:
    talk.hears("tôi ở Yên Phong", "inform")
    talk.presses("Huyện Yên Phong (cũ)")
    assert "Xã Tam Đa" in talk.buttons()
    assert "xã Tam Đa" in spoken(talk.presses("Xã Tam Đa"))


def test_who_does_not_know_the_ward_is_not_asked_again(talk) -> None:
    talk.hears("em ở TP Bắc Ninh", "inform")
    messages = talk.hears("em không rõ", "deny")
    assert messages[0].kind == "answer"
    assert talk.state.pending is None


def test_the_place_is_not_asked_where_it_does_not_matter(talk) -> None:
    messages = talk.hears("em ở TP Bắc Ninh đăng ký kết hôn hết bao nhiêu tiền", "ask_fee")
    assert [message.facet for message in messages] == ["fee"]


def test_a_ward_beside_its_city_is_clear(talk) -> None:
    talk.hears("tôi ở phường Kinh Bắc, TP Bắc Ninh", "inform")
    assert talk.state.place_id == "phuong-kinh-bac"


def test_a_place_of_before_does_not_stand_in_for_an_unclear_one(talk) -> None:
    talk.hears("tôi ở phường Kinh Bắc", "inform")
    messages = talk.hears("thế ở Bắc Giang thì đăng ký khai sinh nộp đâu", "ask_place")
    assert "Kinh Bắc" not in spoken(messages)


def test_an_old_district_asked_about_by_name_lists_what_it_became(talk) -> None:
    messages = talk.hears("huyện Việt Yên cũ giờ là phường nào", "ask_new_place")
    assert "Nếnh" in spoken(messages)
    assert "Phường Nếnh" in talk.buttons()
