"""Nearly equal texts of two splits are found, and all of them."""

import random
from itertools import combinations

import pytest

from motcua.evaluation.near_duplicates import NEAR, Placed, comparable, near_pairs, trigrams


def placed(split: str, *texts: str) -> list[Placed]:
    return [Placed(split, f"{split}:{number}", text) for number, text in enumerate(texts, start=1)]


def never(_first: str, _second: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Làm khai sinh cần giấy tờ gì?", "lam khai sinh can giay to gi"),
        ("đăng ký kết hôn ko cần gì", "đăng ký kết hôn không cần gì!!!"),
        ("làm lại thẻ căn cước bị mất", "làm lại thẻ căn cước đã bị mất"),
        ("👍", "👍"),
    ],
)
def test_near_texts_of_two_splits_are_found(first: str, second: str) -> None:
    (pair,) = near_pairs([*placed("train", first), *placed("test", second)], never)
    assert {pair.first.text, pair.second.text} == {first, second}
    assert pair.likeness >= NEAR


@pytest.mark.parametrize(
    ("first", "second"), [("làm hộ chiếu ở đâu", "làm hộ chiếu hết bao nhiêu"), ("có", "không"), ("👍", "👎"), ("2", "3")]
)
def test_other_texts_are_not(first: str, second: str) -> None:
    assert near_pairs([*placed("train", first), *placed("test", second)], never) == []


def test_one_split_may_repeat_itself_and_named_splits_may_share() -> None:
    texts = [*placed("train", "phí bao nhiêu", "phí bao nhiêu?"), *placed("nlu", "phi bao nhieu")]
    assert near_pairs(texts, lambda a, b: {a, b} == {"train", "nlu"}) == []
    assert len(near_pairs(texts, never)) == 2


def test_the_quick_way_finds_what_comparing_all_with_all_finds() -> None:
    draw = random.Random(7)
    words = ["làm", "lại", "thẻ", "căn", "cước", "bị", "mất", "ở", "đâu", "phí", "hộ", "chiếu"]
    texts = [
        Placed(draw.choice(("a", "b")), str(number), " ".join(draw.choices(words, k=draw.randint(1, 8)))) for number in range(200)
    ]
    grams = {text.place: trigrams(comparable(text.text)) for text in texts}

    def near(first: Placed, second: Placed) -> bool:
        one, other = grams[first.place], grams[second.place]
        return first.split != second.split and len(one & other) >= NEAR * len(one | other)

    slow = {(x.place, y.place) for x, y in combinations(texts, 2) if near(x, y)}
    assert {(pair.first.place, pair.second.place) for pair in near_pairs(texts, never)} == slow
    assert slow
