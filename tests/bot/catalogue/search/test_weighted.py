"""Bags of terms: what is rare and asked for counts."""

import pytest

from bot.catalogue.search.weighted import WeightedIndex, pieces_of, terms_of

DOCUMENTS = [("khai", "sinh"), ("khai", "tu"), ("ho", "chieu"), ("khai", "sinh", "lai")]


@pytest.fixture
def bm25() -> WeightedIndex:
    return WeightedIndex(DOCUMENTS, terms_of, cosine=False)


def test_words_side_by_side_are_a_term_of_their_own() -> None:
    assert terms_of(("khai", "sinh", "lai")) == ["khai", "sinh", "lai", "khai sinh", "sinh lai"]
    assert pieces_of(("gks",)) == [" gk", "gks", "ks ", " gks", "gks "]


def test_the_document_with_the_rare_words_wins(bm25: WeightedIndex) -> None:
    scores = bm25.scores(bm25.question(terms_of(("khai", "tu"))))
    assert int(scores.argmax()) == 1
    assert scores[2] == 0


def test_a_term_that_no_document_has_counts_nothing(bm25: WeightedIndex) -> None:
    assert bm25.scores({"passport": 5.0}).sum() == 0
    assert "passport" not in bm25
    assert bm25.frequency("passport") == 0


def test_it_tells_which_documents_have_a_term(bm25: WeightedIndex) -> None:
    assert bm25.documents_with("khai").tolist() == [0, 1, 3]
    assert bm25.frequency("khai sinh") == 2


def test_the_cosine_of_a_document_with_itself_is_one() -> None:
    index = WeightedIndex(DOCUMENTS, pieces_of, cosine=True)
    scores = index.scores(index.question(pieces_of(("ho", "chieu"))))
    assert scores[2] == pytest.approx(1, abs=1e-5)
    assert scores.max() == scores[2]


def test_terms_of_most_documents_may_be_left_out() -> None:
    many = [("giay", str(number)) for number in range(200)]
    index = WeightedIndex(many, terms_of, cosine=False, most=0.5)
    assert "giay" not in index
    assert "7" in index


def test_no_documents_is_no_error() -> None:
    assert WeightedIndex([], terms_of, cosine=False).scores({"a": 1.0}).shape == (0,)
