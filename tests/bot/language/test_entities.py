"""What a message names, at its place in the message as typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.entities import KINDS, PRIVATE_KINDS, Entity, find_entities
from tests.bot.language.catalogue_names import AGENCIES, PLACES

TODAY = date(2026, 11, 26)


def found(text: str) -> list[Entity]:
    return find_entities(text, places=PLACES, agencies=AGENCIES, today=TODAY)


def triples(text: str) -> list[tuple[str, str, str]]:
    return [(entity.kind, entity.value, entity.text) for entity in found(text)]


def test_a_message_of_everyday_is_taken_apart() -> None:
    message = "Ad ơi, con em 8 tuổi bị mất cccd ở tt Chờ, lm lại hết 50 k hả, mai 15/3/2027 ra ca phường đc ko"
    assert triples(message) == [
        ("case_cue", "for_whom:child", "con em"),
        ("age", "8", "8 tuổi"),
        ("case_cue", "loss:lost", "bị mất cccd"),
        ("procedure_mention", "mất căn cước công dân", "mất cccd"),
        ("place", "phuong-yen-phong", "tt Chờ"),
        ("case_cue", "again:again", "lm lại"),
        ("money", "50000", "50 k"),
        ("date", "2027-03-15", "15/3/2027"),
        ("agency", "cong-an-xa", "ca phường"),
    ]


def test_the_matter_is_one_stretch_of_the_message() -> None:
    (mention,) = [e for e in found("cho em hỏi lm giấy ks cho bé cần j ạ") if e.kind == "procedure_mention"]
    assert (mention.value, mention.text) == ("làm giấy khai sinh", "lm giấy ks")


def test_placeholders_are_entities_with_their_token_and_nothing_else_is_seen_in_them() -> None:
    assert triples("⟦dossier_code:15-3-2026⟧") == [("dossier_code", "15-3-2026", "⟦dossier_code:15-3-2026⟧")]


def test_private_numbers_are_found_as_such_alone() -> None:
    assert triples("sdt 0912345678 nhé") == [("phone", "0912345678", "0912345678")]
    assert ("citizen_id", "024099001234", "024 099 001 234") in triples("cccd 024 099 001 234")


def test_a_year_of_birth_is_an_age_and_no_date() -> None:
    assert [entity.kind for entity in found("sinh năm 2010")] == ["age"]


def test_a_name_that_means_several_units_gives_all() -> None:
    (place,) = [entity for entity in found("huyện Yên Phong") if entity.kind == "place"]
    assert len(place.value.split(",")) == 5


def test_an_agency_is_no_matter() -> None:
    assert [entity.kind for entity in found("sở tnmt")] == ["agency"]


def test_nothing_is_found_in_small_talk() -> None:
    assert found("em chào anh chị ạ") == []


@pytest.mark.parametrize("text", ["", " ", "\ud800", "⟦" * 500, "a" * 100_000, "15/3 " * 5_000, "ở Chờ " * 3_000])
def test_hostile_text_is_read(text: str) -> None:
    assert isinstance(found(text), list)


CHAT = st.lists(
    st.sampled_from(
        [
            "lm",
            "giấy ks",
            "ở tt Chờ",
            "⟦phone:k⟧",
            "ddawng kys",
            "15/3",
            "mùng 5 Tết",
            "2 củ",
            "con em 8 tuổi",
            "sở tnmt",
            "\u200b",
            "0912345678",
            "hôm kia",
            "bị mất",
            "UBND huyện",
            "ạ",
            ",",
            "Nguyễn Văn K",
            "o\u0302\u0301",
        ]
    ),
    max_size=14,
).map(" ".join)


@given(st.text(st.characters(codec=None), max_size=150) | CHAT)
def test_entities_stand_in_the_message_in_order_and_the_same_each_time(text: str) -> None:
    entities = found(text)
    assert entities == found(text)
    assert [entity.start for entity in entities] == sorted(entity.start for entity in entities)
    for entity in entities:
        assert entity.kind in KINDS
        assert text[entity.start : entity.end] == entity.text != ""
    private = [entity for entity in entities if entity.kind in PRIVATE_KINDS]
    for one in private:
        assert all(o is one or o.end <= one.start or o.start >= one.end for o in entities)
