"""A procedure taken from an official source and not reviewed: spoken of as such, also where the source leaves facts out."""

from dataclasses import replace

import pytest

from bot.catalogue.schema import ImportedProcedure
from bot.dialogue.services import Services

CODE = "1.000894"


@pytest.fixture
def talk_about_imported(services: Services, talk):
    """A conversation over a catalogue in which marriage registration is imported, without fees, times, steps and papers."""
    told = services.catalogue.procedures[CODE].model_dump()
    missing = {"fees": (), "times": (), "steps": (), "cases": (), "documents": {"certainty": "unknown"}}
    procedures = dict(services.catalogue.procedures) | {CODE: ImportedProcedure(**told | missing | {"origin": "imported"})}
    talk.services = replace(services, catalogue=replace(services.catalogue, procedures=procedures))
    return talk


def test_an_imported_procedure_says_that_it_was_not_reviewed(talk_about_imported) -> None:
    messages = talk_about_imported.hears("đăng ký kết hôn", "find_procedure")
    assert "chưa được rà soát" in messages[0].text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("lệ phí bao nhiêu", "ask_fee"),
        ("bao lâu", "ask_processing_time"),
        ("cần giấy tờ gì", "ask_documents"),
        ("làm thế nào", "ask_steps"),
    ],
)
def test_what_the_source_leaves_out_is_said_to_be_unknown(talk_about_imported, text, intent) -> None:
    talk_about_imported.hears("đăng ký kết hôn", "find_procedure")
    assert "chưa có thông tin chắc chắn" in talk_about_imported.hears(text, intent)[0].text
