"""What was found is remembered, and what words alone tell is told without sentence vectors."""

import pytest

from bot.catalogue.search import ProcedureSearch
from tests.bot.catalogue.search.small_catalogue import SMALL, LetterEncoder, queries
from tests.shipped import search_by_words

TOLD = "vợ em vừa sinh cháu được mấy hôm, giờ lo giấy tờ cho cháu"


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> ProcedureSearch:
    made = ProcedureSearch(SMALL, LetterEncoder(), vectors_later=True)
    monkeypatch.setattr(made, "_judged", counted(made))
    return made


def counted(search: ProcedureSearch):  # type: ignore[no-untyped-def]
    judged = search._judged
    search.times = 0  # type: ignore[attr-defined]

    def judge(*arguments):  # type: ignore[no-untyped-def]
        search.times += 1  # type: ignore[attr-defined]
        return judged(*arguments)

    return judge


def test_the_same_words_are_searched_for_once(search: ProcedureSearch) -> None:
    first = search.search(TOLD)
    assert search.search(TOLD) == first
    assert search.times == 1  # type: ignore[attr-defined]
    search.search(TOLD, limit=2)
    assert search.times == 2  # type: ignore[attr-defined]


def test_what_was_found_without_vectors_is_searched_for_again_with_them(search: ProcedureSearch) -> None:
    search.search(TOLD)
    search.add_vectors()
    with_vectors = ProcedureSearch(SMALL, LetterEncoder()).search(TOLD)
    assert search.search(TOLD) == with_vectors
    assert search.times == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["search_dev.tsv", "search_train.tsv"])
def test_the_names_in_a_text_are_those_that_a_search_tells(name: str) -> None:
    shipped = search_by_words()
    texts = [text for text, _, _ in queries(name)]
    named = {text: shipped.named(text) for text in texts}
    assert named == {text: shipped.search(text).named for text in texts}
    assert sum(map(bool, named.values())) > 100


def test_the_names_in_a_text_cost_no_vector() -> None:
    encoder = LetterEncoder()
    search = ProcedureSearch(SMALL, encoder)
    for text in ("đăng ký khai sinh", TOLD, "sang tên", ""):
        search.named(text)
    assert encoder.queries == []


def test_what_is_read_ahead_is_read_in_one_go_and_found_as_if_it_had_not_been() -> None:
    texts = [text for text, _, _ in queries("search_dev.tsv")][:40]
    encoder = LetterEncoder()
    search, plain = ProcedureSearch(SMALL, encoder), ProcedureSearch(SMALL, LetterEncoder())
    search.read_ahead(texts)
    read = list(encoder.queries)
    assert len(read) > 1
    assert encoder.calls == 1
    assert [search.search(text) for text in texts] == [plain.search(text) for text in texts]
    assert encoder.queries == read


def test_one_text_is_not_read_ahead_and_words_alone_need_nothing() -> None:
    encoder = LetterEncoder()
    search = ProcedureSearch(SMALL, encoder, vectors_later=True)
    search.read_ahead([TOLD, "sang tên nhà đất cho em gái"])
    search.add_vectors()
    search.read_ahead([TOLD, "", "đăng ký khai sinh"])
    assert encoder.queries == []
