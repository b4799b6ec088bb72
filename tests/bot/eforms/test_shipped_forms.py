"""Every e-form that ships can be filled in to the end, in every case, and gives what its own schema wants."""

import re
from collections.abc import Mapping

import pytest
from jsonschema import Draft202012Validator

from bot.eforms.check import check_eforms
from bot.eforms.fields import Field
from bot.eforms.forms import Form
from tests.bot.eforms.citizen import CATALOGUE, Talk, tools_of_today
from tests.shipped import shipped_catalogue, shipped_forms

FORMS = shipped_forms()
WANTED = {
    "1.001193",
    "1.000894",
    "1.004873",
    "1.000656",
    "1.004194",
    "1.004222",
    "1.001612",
    "2.000635",
    "3.000333",
    "1.001731",
    "1.001776",
    "1.013225",
}


def cases_of(form: Form) -> list[str]:
    field = form.asked({}).by_path.get(form.case_field)
    return [option.key for option in field.options] if field else [""]


CASES = [(code, case) for code, form in FORMS.items() for case in cases_of(form)]


def test_the_twelve_most_used_procedures_have_a_form() -> None:
    assert set(FORMS) >= WANTED


def test_no_form_has_an_error_or_a_warning() -> None:
    catalogue = shipped_catalogue()
    assert [str(problem) for problem in check_eforms(CATALOGUE, list(catalogue.procedures.values()))] == []


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code}-{case}" for code, case in CASES])
@pytest.mark.parametrize("members", [0, 2])
def test_a_form_is_filled_in_to_the_end(code: str, case: str, members: int) -> None:
    talk = Talk(FORMS[code], case=case or None).fill(members=members)
    assert talk.reply.outcome == "confirmed"
    errors = [error.message for error in Draft202012Validator(dict(FORMS[code].schema)).iter_errors(talk.instance)]
    # What is required but belongs to another case is rightly missing.
    hidden = [message for message in errors if "is a required property" in message]
    assert [message for message in errors if message not in hidden] == []
    shown = talk.form.asked(talk.draft.plain, talk.draft.skipped).by_path
    assert all(path in talk.values or path in talk.draft.skipped for path in shown)


@pytest.mark.parametrize("code", sorted(FORMS))
def test_every_field_has_its_words_in_both_languages(code: str) -> None:
    for field in _all_fields(FORMS[code]):
        for text in (field.label, field.question):
            assert text.vi, field.path
            assert text.en, field.path
            assert not re.search(r"[ạảãâấầẩẫậăằắẳẵặđêếềểễệôốồổỗộơớờởỡợưứừửữự]", text.en), text.en


@pytest.mark.parametrize("code", sorted(FORMS))
def test_numbers_of_persons_are_marked_sensitive(code: str) -> None:
    for field in _all_fields(FORMS[code]):
        if field.kind in ("citizen_id", "identity_number", "phone", "email"):
            assert field.sensitive, field.path


def test_a_form_can_be_filled_in_in_english() -> None:
    talk = Talk(FORMS["2.000635"], tools=tools_of_today("en"))
    assert "Copies of civil status extracts" in talk.heard
    assert "Which papers" in talk.heard


def _all_fields(form: Form) -> Mapping[str, Field] | list[Field]:
    """The fields that any of the form's cases asks for."""
    found: dict[str, Field] = {}
    for case in cases_of(form):
        talk = Talk(form, case=case or None).fill(members=1)
        found |= {
            path: field for path, field in talk.form.asked(talk.draft.plain, talk.draft.skipped).by_path.items() if not field.gate
        }
    return list(found.values())
