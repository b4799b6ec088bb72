"""One word ends the news, and no word that means something else does."""

import pytest

from bot.outreach.campaigns.words import code_to_test, says_stop, stops_news, wants_news


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop!", "HUY", "Hủy", "huỷ", "dừng", "Dừng ạ", "thôi không nhận", "thôi không nhận nữa", "Ngừng nhé", "bỏ", "thôi",
     "đừng gửi nữa", "không nhận nữa", "không nhận tin nữa đâu", "thôi đừng gửi tin nữa", "hủy nhận tin", "tắt đi", "unsubscribe",
     "xin dừng gửi tin", "em không cần nhận", "Từ chối"],
)  # fmt: skip
def test_one_word_after_a_campaign_ends_the_news(text: str) -> None:
    assert stops_news(text, after_news=True)


@pytest.mark.parametrize(
    "text",
    ["hủy nhận tin", "HUY NHAN TIN", "dừng nhận tin", "không nhận tin nữa", "thôi nhận tin", "hủy đăng ký nhận tin",
     "dừng gửi tin", "không muốn nhận tin tuyên truyền nữa"],
)  # fmt: skip
def test_words_that_name_the_news_end_it_at_any_time(text: str) -> None:
    assert stops_news(text, after_news=False)


@pytest.mark.parametrize("text", ["hủy", "dừng", "stop", "thôi", "không nhận nữa", "hủy hồ sơ", "dừng thông báo"])
def test_a_bare_word_elsewhere_keeps_its_own_meaning(text: str) -> None:
    assert not stops_news(text, after_news=False)


@pytest.mark.parametrize(
    "text",
    ["đúng", "đúng rồi", "dùng thế nào", "không", "hủy hồ sơ của tôi", "hủy kết hôn làm thế nào", "tôi muốn dừng hộ kinh doanh",
     "bỏ tiền ra bao nhiêu", "thôi cho tôi hỏi đăng ký khai sinh", "", "x" * 500, "không biết làm", "có", "huy động vốn"],
)  # fmt: skip
def test_other_words_after_a_campaign_end_nothing(text: str) -> None:
    assert not stops_news(text, after_news=True)


@pytest.mark.parametrize(
    "text",
    ["nhận tin", "NHẬN TIN", "nhan tin", "tôi muốn nhận tin", "đăng ký nhận tin", "cho tôi nhận tin tuyên truyền",
     "nhận tin của xã", "Đồng ý nhận tin ạ"],
)  # fmt: skip
def test_wanting_news_is_understood(text: str) -> None:
    assert wants_news(text)


@pytest.mark.parametrize(
    "text",
    ["không nhận tin", "hủy nhận tin", "nhận tin hồ sơ", "tin nhắn", "bao giờ nhận kết quả", "nhắn tin cho tôi khi có kết quả",
     "tôi nhận được tin nhắn lừa đảo"],
)  # fmt: skip
def test_what_is_something_else_asks_for_no_news(text: str) -> None:
    assert not wants_news(text)


def test_the_bare_word_of_every_messenger_is_known() -> None:
    assert says_stop("STOP")
    assert not says_stop("stop my dossier")


@pytest.mark.parametrize(
    ("text", "code"), [("THỬ TIN AB12CD34", "AB12CD34"), ("thu tin ab12cd34", "AB12CD34"), ("thử tin", None)]
)
def test_a_writer_names_the_campaign_to_be_shown(text: str, code: str | None) -> None:
    assert code_to_test(text) == code
