"""Which intents ask about a procedure, and which do something else."""

from collections.abc import Mapping

FACET_OF_INTENT: Mapping[str, str] = {
    "ask_documents": "documents",
    "ask_fee": "fee",
    "ask_processing_time": "processing_time",
    "ask_place": "place",
    "ask_steps": "steps",
    "ask_conditions": "conditions",
    "ask_legal_basis": "legal_basis",
    "ask_form": "form",
    "ask_result": "result",
    "ask_online_level": "online_level",
    "start_submission": "submission",
}
"""Intents that ask one facet of a procedure → the facet's name in ``bot.catalogue.answers``."""

OVERVIEW = "overview"
"""Pseudo-facet: the procedure was named without a question."""

SMALL_TALK = frozenset({"greet", "thank", "goodbye", "bot_challenge"})
"""Intents that never carry a need: beside another clause they are left unanswered."""

GUIDES = frozenset(
    {
        "ask_login_account",
        "ask_payment",
        "give_feedback",
        "subscribe_updates",
        "unsubscribe",
        "supplement_dossier",
        "withdraw_dossier",
        "authorise_someone",
        "book_visit",
        "technical_problem",
        "ask_capabilities",
        "start_over",
        "out_of_scope",
        "ask_working_hours",
        "ask_new_place",
        "return_to_bot",
    }
)
"""Intents answered by a guide of ``bot/texts`` without a procedure."""

FALLBACK = "nlu_fallback"
