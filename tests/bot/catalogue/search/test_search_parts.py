"""The parts of the search: mention, spelling, marks, names."""

import pytest

from bot.catalogue.search.names import NameFinder, core
from bot.catalogue.search.restore import MarkRestorer
from bot.catalogue.search.spelling import Speller
from bot.language.mention import find_mention


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("Cho em hỏi thủ tục cấp hộ chiếu cần giấy tờ gì ạ", "cấp hộ chiếu"),
        ("thế còn hộ chiếu thì sao", "hộ chiếu"),
        ("cấp hộ chiếu có cần mang sổ hộ khẩu không", "cấp hộ chiếu"),
        ("mã H05.12.3-260818-0001 hộ chiếu", "mã hộ chiếu"),
        ("bạn ơi bán rượu cần gì", "bán rượu"),
        ("làm lại ở đâu", ""),
    ],
)
def test_the_mention_is_left(text: str, mention: str) -> None:
    assert find_mention(text).text == mention


def test_words_of_a_name_are_never_taken_away() -> None:
    assert find_mention("lệ phí bao nhiêu", lambda words: frozenset(range(len(words))[:2])).text == "lệ phí"


def test_only_unknown_words_near_a_known_one_are_corrected() -> None:
    speller = Speller({"khai": 3, "sinh": 3, "chieu": 1, "ho": 1}, {("khai", "sinh"), ("ho", "chieu")}, frozenset({"gi"}))
    assert speller.corrected(["khai", "sjnh"]) == ("khai", "sinh")
    assert speller.corrected(["ho", "trieu"]) == ("ho", "chieu")
    assert speller.corrected(["gi", "xyzxyz", "2024", "snh"]) == ("gi", "xyzxyz", "2024", "snh")


def test_marks_are_restored_from_the_catalogues_own_words() -> None:
    restorer = MarkRestorer(["Đăng ký khai sinh", "Đăng ký khai tử", "Cấp lại sổ đỏ", "từ chối"])
    mention = find_mention("dang ky khai tu")
    assert restorer.restore(mention.words, marked=mention.marked) == "đăng ký khai tử"


def test_what_was_typed_with_marks_stays() -> None:
    restorer = MarkRestorer(["còn thẻ"])
    mention = find_mention("thẻ của con")
    assert restorer.restore(mention.words, marked=mention.marked) == "thẻ của con"


def test_the_longest_wording_wins() -> None:
    finder = NameFinder([(["khai", "sinh"], 1), (["dang", "ky", "khai", "sinh"], 2)])
    assert [(f.start, f.end, f.matters) for f in finder.find(["xin", "dang", "ky", "khai", "sinh"])] == [(1, 5, (2,))]
    assert finder.exact(["khai", "sinh"]) == (1,)


def test_the_core_of_a_name_has_no_verb_of_applying() -> None:
    assert core(("dang", "ky", "khai", "tu")) == ("khai", "tu")
    assert core(("cap", "the")) == ()
    assert core(("khai", "tu")) == ()
