"""Sure, choose, unknown, none: what the search says on a small catalogue."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue.embedding.encoder import EncoderLoad
from bot.catalogue.search import ProcedureSearch, SearchResult
from tests.bot.catalogue.search.small_catalogue import BIRTH, CAR, CARD, DEATH, DUTY, LAND, SMALL, LetterEncoder, SmallCatalogue

SEARCH = ProcedureSearch(SMALL)


def codes(result: SearchResult) -> list[str]:
    return [hit.code for hit in result.hits]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("đăng ký khai sinh", BIRTH),
        ("dang ky khai sinh can giay to gi", BIRTH),
        ("lm gks cần j ạ", BIRTH),
        ("lệ phí trước bạ hết bao nhiêu tiền", DUTY),
        ("em bị mất cccd thì phải làm lại ở đâu", CARD),
        ("sang tên xe máy cần giấy tờ gì", CAR),
        ("ĐĂNG KÝ KHAI SINH", BIRTH),
        ("đăng kí khai sjnh", BIRTH),
    ],
)
def test_a_named_procedure_is_sure(text: str, code: str) -> None:
    result = SEARCH.search(text)
    assert (result.verdict, codes(result)[0]) == ("sure", code)


def test_a_procedure_told_in_few_words_comes_first() -> None:
    assert codes(SEARCH.search("khai tu cho me o dau"))[0] == DEATH


def test_an_ambiguous_phrase_offers_its_procedures_with_its_question() -> None:
    result = SEARCH.search("sang tên thì cần giấy tờ gì ạ?")
    assert result.verdict == "choose"
    assert codes(result) == [LAND, CAR]
    assert result.question == "Ông/Bà cần sang tên nhà đất hay sang tên xe?"


def test_a_situation_of_life_offers_its_procedures() -> None:
    result = SEARCH.search("vợ mới đẻ")
    assert (result.verdict, codes(result)) == ("choose", [BIRTH, CARD])


@pytest.mark.parametrize("text", ["ly hôn", "vay vốn ngân hàng", "xyz qwerty"])
def test_another_matter_is_unknown(text: str) -> None:
    result = SEARCH.search(text)
    assert result.verdict == "unknown"
    assert result.mention


@pytest.mark.parametrize("text", ["", "   ", "???", "phí bao nhiêu", "⟦dossier_code:a1⟧", "H05.12.3-260818-0001", "👍", "\ud800"])
def test_a_text_without_a_matter_is_none(text: str) -> None:
    assert SEARCH.search(text) == SearchResult("none", (), "")


def test_what_is_named_by_its_own_words_is_told_apart_from_what_is_likely() -> None:
    assert BIRTH in SEARCH.search("lệ phí khai sinh trễ hạn bao nhiêu").named
    assert DEATH not in SEARCH.search("lệ phí khai sinh trễ hạn bao nhiêu").named
    assert CAR in SEARCH.search("sang tên").named
    assert not SEARCH.search("trời mưa to").named


@pytest.mark.parametrize("text", ["le phj bao nhieu", "thòi hạn giải quyêt", "lẹ phí", "thoi gjan bao lâu"])
def test_mistyped_question_words_name_nothing(text: str) -> None:
    assert SEARCH.search(text).verdict == "none"


def test_the_mention_is_what_is_left_of_the_question() -> None:
    assert SEARCH.search("Cho em hỏi lệ phí trước bạ hết bao nhiêu tiền ạ").mention == "lệ phí trước bạ"


def test_at_most_as_many_hits_as_asked() -> None:
    assert len(SEARCH.search("sang tên", limit=1).hits) == 1
    assert len(SEARCH.search("khai sinh", limit=2).hits) <= 2


def test_an_empty_catalogue_knows_nothing() -> None:
    assert ProcedureSearch(SmallCatalogue({})).search("làm visa").verdict == "unknown"


@given(st.text(st.characters(codec=None), max_size=300))
@settings(deadline=None)
def test_any_text_gets_a_verdict(text: str) -> None:
    result = SEARCH.search(text)
    assert (result.verdict == "none") == (not result.hits and not result.mention)


def test_a_huge_text_is_cut_and_answered() -> None:
    assert SEARCH.search("khai sinh " * 20_000).verdict in ("sure", "choose")


def test_with_an_encoder_both_serve_and_the_health_page_says_so() -> None:
    search = ProcedureSearch(SMALL, EncoderLoad(LetterEncoder(), None, "letters"))
    described = search.describe()
    assert (described["dense"], described["encoder"], described["reason"]) == (True, "letters", None)
    assert described["procedures"] == 6
    assert search.dense_available
    assert search.search("đăng ký khai sinh").hits[0].code == BIRTH


def test_without_an_encoder_the_reason_is_told() -> None:
    search = ProcedureSearch(SMALL, EncoderLoad(None, "the folder is missing"))
    assert search.describe()["reason"] == "the folder is missing"
    assert not search.dense_available


def test_the_encoder_gets_marks_back() -> None:
    encoder = LetterEncoder()
    ProcedureSearch(SMALL, encoder).search("mua lai xe cua ban")
    assert encoder.queries == ["mua lại xe cua ban"]


def test_by_words_alone_the_encoder_is_not_asked_and_the_same_is_found_as_without_one() -> None:
    encoder = LetterEncoder()
    search = ProcedureSearch(SMALL, encoder)
    for text in ("mua lai xe cua ban", "nhà có người mất hôm qua", "làm lại giấy tờ đất đã cũ"):
        assert search.search(text, words_alone=True) == ProcedureSearch(SMALL).search(text)
    assert encoder.queries == []
    search.search("mua lai xe cua ban")
    assert len(encoder.queries) == 1


def test_an_exact_wording_does_not_ask_the_encoder_and_repeats_ask_once() -> None:
    encoder = LetterEncoder()
    search = ProcedureSearch(SMALL, encoder)
    search.search("đăng ký khai sinh")
    assert encoder.queries == []
    for _ in range(3):
        search.search("mua đất xong muốn đứng tên")
    assert len(encoder.queries) == 1


def test_row_vectors_are_computed_once_for_a_model_and_a_catalogue(tmp_path: Path) -> None:
    for _ in range(2):
        encoder = LetterEncoder()
        ProcedureSearch(SMALL, EncoderLoad(encoder, None, "letters", (tmp_path, "v1")))
    assert encoder.passages == 0
    other = LetterEncoder()
    ProcedureSearch(SMALL, EncoderLoad(other, None, "letters", (tmp_path, "v2")))
    assert other.passages > 0


def test_a_damaged_cache_is_computed_anew(tmp_path: Path) -> None:
    ProcedureSearch(SMALL, EncoderLoad(LetterEncoder(), None, "letters", (tmp_path, "v1")))
    (cached,) = tmp_path.glob("*.npz")
    cached.write_bytes(b"broken")
    encoder = LetterEncoder()
    search = ProcedureSearch(SMALL, EncoderLoad(encoder, None, "letters", (tmp_path, "v1")))
    assert encoder.passages > 0
    assert search.search("mất căn cước").hits[0].code == CARD


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    search = ProcedureSearch(SMALL, EncoderLoad(LetterEncoder(), None, "letters", (tmp_path / "file", "v1")))
    assert search.dense_available


def test_words_around_an_ambiguous_phrase_may_lead_elsewhere() -> None:
    assert codes(SEARCH.search("lệ phí trước bạ khi sang tên"))[0] == DUTY


def test_the_confidence_is_a_probability_and_higher_for_a_plain_name() -> None:
    plain, vague = SEARCH.search("đăng ký khai sinh"), SEARCH.search("con mới đẻ cần gì")
    assert 0 <= vague.confidence < plain.confidence <= 1


def test_words_serve_until_vectors_are_added() -> None:
    search = ProcedureSearch(SMALL, LetterEncoder(), vectors_later=True)
    assert not search.dense_available
    assert search.search("đăng ký khai sinh").hits[0].code == BIRTH
    search.add_vectors()
    assert search.dense_available
