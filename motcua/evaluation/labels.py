"""Other people's names for our intents and facets, so that a file written elsewhere can be measured on."""

from collections.abc import Collection, Mapping

from bot.dialogue.facets import FACET_OF_INTENT, OVERVIEW

_FACET_NAMES: Mapping[str, str] = {
    "document": "documents", "papers": "documents", "required_documents": "documents", "dossier": "documents",
    "fees": "fee", "cost": "fee", "price": "fee",
    "time": "processing_time", "duration": "processing_time", "deadline": "processing_time", "how_long": "processing_time",
    "where": "place", "agency": "place", "location": "place", "address": "place",
    "step": "steps", "how": "steps", "process": "steps", "procedure_steps": "steps",
    "condition": "conditions", "eligibility": "conditions", "requirements": "conditions",
    "legal": "legal_basis", "law": "legal_basis", "legal_bases": "legal_basis",
    "forms": "form", "template": "form",
    "results": "result", "outcome": "result",
    "online": "online_level", "level": "online_level",
    "submit": "submission", "start_submission": "submission", "apply": "submission",
    "general": OVERVIEW, "summary": OVERVIEW, "find_procedure": OVERVIEW,
}  # fmt: skip
_INTENT_NAMES: Mapping[str, str] = {
    "status": "check_status", "dossier_status": "check_status", "track": "check_status",
    "officer": "talk_to_officer", "human": "talk_to_officer", "agent": "talk_to_officer", "handoff": "talk_to_officer",
    "greeting": "greet", "hello": "greet", "bye": "goodbye", "thanks": "thank", "yes": "affirm", "no": "deny",
    "procedure": "find_procedure", "search": "find_procedure", "overview": "find_procedure", "general": "find_procedure",
    "login": "ask_login_account", "account": "ask_login_account", "vneid": "ask_login_account",
    "payment": "ask_payment", "pay": "ask_payment", "hours": "ask_working_hours", "working_hours": "ask_working_hours",
    "new_place": "ask_new_place", "capabilities": "ask_capabilities", "help": "ask_capabilities", "menu": "ask_capabilities",
    "restart": "start_over", "cancel": "start_over", "feedback": "give_feedback", "complain": "complaint",
    "oos": "out_of_scope", "off_topic": "out_of_scope", "fallback": "nlu_fallback", "none": "nlu_fallback",
    "supplement": "supplement_dossier", "withdraw": "withdraw_dossier", "authorise": "authorise_someone",
    "authorize": "authorise_someone", "authorize_someone": "authorise_someone", "appointment": "book_visit",
    "booking": "book_visit", "subscribe": "subscribe_updates", "technical": "technical_problem", "error": "technical_problem",
    "bot": "bot_challenge",
}  # fmt: skip
_PREFIXES = ("faq_", "ask_", "intent_", "")
_INTENT_OF_FACET = {facet: intent for intent, facet in FACET_OF_INTENT.items()}


def facet_of(name: str) -> str:
    """Our facet for a name of a facet (``fee``, ``time``, ``ask_fee``); an unknown name stays as it is."""
    plain = _plain(name)
    known = {*FACET_OF_INTENT.values(), OVERVIEW}
    for prefix in _PREFIXES:
        if plain.startswith(prefix):
            rest = plain.removeprefix(prefix)
            found = rest if rest in known else _FACET_NAMES.get(rest)
            if found is not None:
                return found
    return FACET_OF_INTENT.get(plain, plain)


def intent_of(name: str, known: Collection[str]) -> str:
    """Our intent for a label: itself where the model has it, else through the table; an unknown label stays as it is."""
    if name in known:
        return name
    plain = _plain(name)
    if plain in known:
        return plain
    candidates = [plain.removeprefix(prefix) for prefix in _PREFIXES if plain.startswith(prefix)]
    for rest in candidates:
        found = (rest, f"ask_{rest}", _INTENT_NAMES.get(rest, ""), _INTENT_OF_FACET.get(facet_of(rest), ""))
        if chosen := next((intent for intent in found if intent in known), None):
            return chosen
    return name


def _plain(name: str) -> str:
    return name.strip().casefold().replace("-", "_").replace(" ", "_")
