"""Labels written elsewhere find our intents and facets; what is unknown stays visible."""

import pytest
import yaml

from bot.dialogue.facets import FACET_OF_INTENT
from bot.settings import PROJECT_ROOT
from motcua.evaluation.labels import _INTENT_NAMES, facet_of, intent_of

DOMAIN = yaml.safe_load((PROJECT_ROOT / "domain" / "intents.yml").read_text(encoding="utf-8"))
KNOWN = frozenset(name for entry in DOMAIN["intents"] for name in entry)


@pytest.mark.parametrize(
    ("label", "intent"),
    [
        ("ask_fee", "ask_fee"), ("fee", "ask_fee"), ("faq_fee", "ask_fee"), ("documents", "ask_documents"),
        ("time", "ask_processing_time"), ("processing_time", "ask_processing_time"), ("place", "ask_place"),
        ("steps", "ask_steps"), ("conditions", "ask_conditions"), ("legal_basis", "ask_legal_basis"), ("form", "ask_form"),
        ("result", "ask_result"), ("online_level", "ask_online_level"), ("submit", "start_submission"),
        ("status", "check_status"), ("officer", "talk_to_officer"), ("Talk-To-Officer", "talk_to_officer"),
        ("overview", "find_procedure"), ("fallback", "nlu_fallback"), ("greeting", "greet"),
    ],
)  # fmt: skip
def test_common_names_mean_our_intents(label: str, intent: str) -> None:
    assert intent_of(label, KNOWN) == intent


def test_an_intent_of_the_model_is_never_renamed() -> None:
    assert [name for name in KNOWN if intent_of(name, KNOWN) != name] == []


def test_an_unknown_label_stays_as_it_is() -> None:
    assert intent_of("Order Pizza", KNOWN) == "Order Pizza"


def test_the_table_names_intents_that_exist() -> None:
    assert set(_INTENT_NAMES.values()) <= KNOWN


@pytest.mark.parametrize("facet", sorted(FACET_OF_INTENT.values()))
def test_facets_may_be_written_as_facet_or_as_intent(facet: str) -> None:
    intent = next(intent for intent, found in FACET_OF_INTENT.items() if found == facet)
    assert (facet_of(facet), facet_of(intent), facet_of(f"faq_{facet}")) == (facet, facet, facet)
