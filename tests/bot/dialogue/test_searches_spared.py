"""A long story is searched part by part: the same is found as if every part were searched, at less cost."""

from collections.abc import Iterable

import pytest

from bot.catalogue.search import SearchResult
from bot.dialogue.questions import _PARTS, _search_object, two_matters
from bot.dialogue.turn import Clause
from bot.dialogue.words_alone import search_for
from tests.bot.catalogue.search.small_catalogue import queries
from tests.shipped import search_by_words


class Counted:
    """The search in what ships, by words; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.with_vectors: list[str] = []

    def search(self, text: str, *, limit: int = 4, words_alone: bool = False) -> SearchResult:
        self.asked.append(text)
        self.with_vectors += () if words_alone else (text,)
        return search_by_words().search(text, limit=limit)

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Nothing costs anything here."""

    def named(self, text: str) -> frozenset[str]:
        return search_by_words().named(text)


class EveryPart(Counted):
    """One that cannot tell names apart: every part is searched."""

    def named(self, text: str) -> frozenset[str]:
        return frozenset({text})


STORIES = [
    ". ".join(first + " " + second for first, second in zip(texts[::2], texts[1::2], strict=False))
    for texts in [
        [text for text, _, _ in queries(name)][start : start + 4]
        for name in ("search_dev.tsv", "search_train.tsv")
        for start in range(0, 400, 4)
    ]
]


def test_the_same_is_found_in_every_story() -> None:
    spared, all_parts = Counted(), EveryPart()
    assert [_search_object(story, spared) for story in STORIES] == [_search_object(story, all_parts) for story in STORIES]
    assert len(spared.asked) < 0.75 * len(all_parts.asked)


def test_a_part_that_names_nothing_is_not_searched() -> None:
    search = Counted()
    story = "hôm trước em có ra ngoài đó rồi mà đông quá, đợi mãi đến trưa vẫn chưa tới lượt, em muốn hỏi làm khai sinh cho con"
    found = _search_object(story, search)
    assert found.hits[0].code == "1.001193"
    assert search.asked == [story, _PARTS.split(story)[-1]]


@pytest.mark.parametrize("text", ["đi lại nhiều với cả chờ lâu", "bố mẹ và con", "khai sinh và chờ lâu", "chờ lâu với khai sinh"])
def test_sides_of_which_one_names_nothing_are_not_searched(text: str) -> None:
    search = Counted()
    assert two_matters(text, search) == []
    assert search.asked == []


@pytest.mark.parametrize(
    ("intent", "confidence", "vectors"),
    [("ask_payment", 0.9, False), ("ask_payment", 0.6, True), ("authorise_someone", 0.9, True), ("ask_fee", 0.9, True)],
)
def test_what_a_guide_surely_answers_is_searched_for_by_words_alone(intent: str, confidence: float, vectors: bool) -> None:
    search = Counted()
    text = "chuyển khoản lệ phí khai sinh vào đâu"
    found = _search_object(text, search_for(Clause(text, intent, confidence), search))
    assert found.hits[0].code == "1.001193"
    assert search.asked == [text]
    assert search.with_vectors == ([text] if vectors else [])


def test_two_matters_are_still_two() -> None:
    found = two_matters("khai sinh với kết hôn cần gì", Counted())
    assert [result.hits[0].code for _, result in found] == ["1.001193", "1.000894"]
