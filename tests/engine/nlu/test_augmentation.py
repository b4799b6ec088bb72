import random

from hypothesis import given
from hypothesis import strategies as st

from engine.nlu.augmentation import augmented, in_teencode, with_l_and_n_swapped, with_typo

WRITTEN = [("Làm giấy khai sinh hết bao nhiêu tiền?", "ask_fee"), ("không được", "deny"), ("cảm ơn bạn", "thank")] * 4


def test_every_example_gets_a_copy_without_marks() -> None:
    texts = [example.text for example in augmented(WRITTEN)]
    assert "Làm giấy khai sinh hết bao nhiêu tiền?" in texts
    assert "lam giay khai sinh het bao nhieu tien?" in texts


def test_copies_stay_with_their_example_and_keep_its_intent() -> None:
    for example in augmented(WRITTEN):
        assert example.intent == WRITTEN[example.group][1]


def test_the_same_data_give_the_same_copies_whatever_stands_around_them() -> None:
    alone = {example.text for example in augmented(WRITTEN[:1])}
    among = {example.text for example in augmented(WRITTEN[::-1]) if example.intent == "ask_fee"}
    assert augmented(WRITTEN) == augmented(WRITTEN)
    assert alone == among
    assert augmented(WRITTEN, seed=1) != augmented(WRITTEN, seed=2)


def test_teencode_shortens_whole_words_only() -> None:
    short = {in_teencode("không được", random.Random(seed)) for seed in range(50)}
    assert any(text.startswith(("ko ", "k ", "hông ")) for text in short)
    assert in_teencode("emdash khôngg", random.Random(1)) == "emdash khôngg"


@given(st.text(), st.integers())
def test_a_typo_never_touches_a_placeholder(text: str, seed: int) -> None:
    mistyped = with_typo(f"{text} ⟦dossier_code:abcdef⟧", random.Random(seed))
    assert "⟦dossier_code:abcdef⟧" in mistyped


@given(st.lists(st.tuples(st.text(min_size=1), st.sampled_from(["a", "b"])), max_size=5))
def test_any_text_can_be_augmented(examples: list[tuple[str, str]]) -> None:
    made = augmented(examples)
    assert {example.group for example in made} == set(range(len(examples)))


def test_l_and_n_are_swapped_at_the_beginning_of_words_only() -> None:
    assert (
        with_l_and_n_swapped("Nộp lệ phí làm ở nhà người lớn ⟦lookup_code:n1⟧")
        == "Lộp nệ phí nàm ở nhà người nớn ⟦lookup_code:n1⟧"
    )
