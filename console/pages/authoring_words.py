"""Entities, synonyms, answers and people's words for procedures, each with its own form."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.authoring.aliases import find_matters, matter_of
from bot.authoring.documents import blocks_in
from bot.authoring.edits import WORDINGS, add_entity, lines_of, set_answer, set_synonym, set_wordings
from bot.authoring.kinds import Kind
from bot.authoring.structure_checks import LONGEST_ANSWER, LONGEST_BUTTON, NAME, domain_of
from bot.authoring.workspace import WorkspaceError
from console.access import Session, allow
from console.authoring_views import REFUSALS, desk_of, person_of, to_proposal, words_of_refusal
from console.forms import Form, clean_line, number_in_path
from console.problems import Problem
from console.services import Services, With
from console.texts import label

_NAME = 80
_LONGEST_LIST = 20_000
MOST_BUTTONS = 3

Edits = Callable[[Mapping[str, str]], Mapping[str, str | None]]


def show_words(request: Request, services: With, session: Session) -> Response:
    """Entities, synonyms and lookup tables."""
    return _words_page(request, services, session)


def declare_entity(request: Request, services: With, session: Session, form: Form) -> Response:
    """A new entity."""
    name = form.text("name", _NAME)
    if not NAME.fullmatch(name) or "/" in name:
        return _words_page(request, services, session, status=422, fault=label("authoring_entity_name"))

    def edits(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        return add_entity(services.authoring.git, texts, name)

    return _kept(
        services,
        session,
        Kind.ENTITIES,
        label("authoring_title_entity", name=name),
        edits,
        lambda fault: _words_page(request, services, session, status=409, fault=fault),
    )


def change_synonym(request: Request, services: With, session: Session, form: Form) -> Response:
    """What people call something; no wording removes the synonym."""
    value, wordings = form.text("value", _NAME), lines_of(form.lines("wordings", _LONGEST_LIST))
    if not value or not value.replace(" ", "").replace("-", "").isalnum():
        return _words_page(request, services, session, status=422, fault=label("authoring_synonym_name"))

    def edits(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        return set_synonym(services.authoring.git, texts, value, wordings)

    return _kept(
        services,
        session,
        Kind.SYNONYMS,
        label("authoring_title_synonym", name=value),
        edits,
        lambda fault: _words_page(request, services, session, status=409, fault=fault),
    )


def show_answers(request: Request, services: With, session: Session) -> Response:
    """The answers that stand in ``domain/``."""
    desk = desk_of(services, session.account)
    return services.pages.show(request, "authoring_answers.html", responses=domain_of(desk.texts).responses, desk=desk)


def show_answer(request: Request, services: With, session: Session, name: str, number: str) -> Response:
    """One variation of an answer with its buttons."""
    return _answer_page(request, services, session, name, number_in_path(number, "page_not_found"))


def change_answer(request: Request, services: With, session: Session, form: Form, name: str, number: str) -> Response:
    """Other words or buttons for an answer."""
    at, words = number_in_path(number, "page_not_found"), " ".join(form.lines("text", LONGEST_ANSWER).split())
    sent = [(form.text(f"title{one}", 60), form.text(f"payload{one}", 200)) for one in range(MOST_BUTTONS)]
    buttons = [(title, payload) for title, payload in sent if title or payload]
    if not words or len(words) > LONGEST_ANSWER:
        fault = label("authoring_answer_size", most=LONGEST_ANSWER)
        return _answer_page(request, services, session, name, at, given=(words, buttons), fault=fault, status=422)
    _answer_of(services, session, name, at)

    def edits(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        return set_answer(services.authoring.git, texts, name, at, words, buttons)

    return _kept(
        services,
        session,
        Kind.ANSWERS,
        label("authoring_title_answer", name=name),
        edits,
        lambda fault: _answer_page(request, services, session, name, at, given=(words, buttons), fault=fault, status=409),
    )


def show_aliases(request: Request, services: With, session: Session) -> Response:
    """Finding a matter by its name, code or people's words."""
    desk = desk_of(services, session.account)
    query = clean_line(request.query_params.get("q", ""))
    found = find_matters(desk.texts, query)
    return services.pages.show(request, "authoring_aliases.html", query=query, found=found, desk=desk)


def show_matter(request: Request, services: With, session: Session, code: str) -> Response:
    """People's words for one matter."""
    return _matter_page(request, services, session, code)


def change_matter(request: Request, services: With, session: Session, form: Form, code: str) -> Response:
    """Other words for a matter."""
    given = {key: form.lines(key, _LONGEST_LIST) for key in WORDINGS}
    desk = desk_of(services, session.account)
    matter = matter_of(desk.texts, code)
    if matter is None:
        raise Problem(404, "no_matter")

    def edits(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        wordings = {key: lines_of(text) for key, text in given.items()}
        return set_wordings(services.authoring.git, texts, matter.path, code, wordings)

    return _kept(
        services,
        session,
        Kind.ALIASES,
        label("authoring_title_aliases", name=matter.name),
        edits,
        lambda fault: _matter_page(request, services, session, code, given=given, fault=fault, status=409),
    )


def _kept(
    services: Services, session: Session, kind: Kind, title: str, edits: Edits, again: Callable[[str], Response]
) -> Response:
    try:
        return to_proposal(services.authoring.edit(person_of(session.account), kind, title, edits), "kept")
    except (*REFUSALS, WorkspaceError) as error:
        return again(words_of_refusal(error))


def _words_page(
    request: Request, services: Services, session: Session, *, status: int = 200, fault: str | None = None
) -> Response:
    desk = desk_of(services, session.account)
    blocks = blocks_in(desk.texts)
    return services.pages.show(
        request,
        "authoring_words.html",
        status=status,
        fault=fault,
        entities=sorted(domain_of(desk.texts).entities),
        synonyms=[block for block in blocks if block.kind == "synonym"],
        tables=[block for block in blocks if block.kind in ("lookup", "regex")],
        desk=desk,
    )


def _answer_of(services: Services, session: Session, name: str, at: int) -> tuple[Any, dict[str, Any]]:
    desk = desk_of(services, session.account)
    _, variations = domain_of(desk.texts).responses.get(name, ("", None))
    if not isinstance(variations, list) or at >= len(variations) or not isinstance(variations[at], dict):
        raise Problem(404, "no_answer")
    return desk, variations[at]


def _answer_page(
    request: Request,
    services: Services,
    session: Session,
    name: str,
    at: int,
    *,
    given: tuple[str, list[tuple[str, str]]] | None = None,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    desk, said = _answer_of(services, session, name, at)
    stored = [(str(one.get("title", "")), str(one.get("payload", ""))) for one in said.get("buttons") or ()]
    words, buttons = given or (str(said.get("text", "")), stored)
    shown = buttons + [("", "")] * (max(MOST_BUTTONS, len(stored)) - len(buttons))
    return services.pages.show(
        request,
        "authoring_answer.html",
        status=status,
        fault=fault,
        answer=name,
        number=at,
        words=words,
        buttons=shown[:MOST_BUTTONS],
        intents=sorted(domain_of(desk.texts).intents),
        longest=LONGEST_ANSWER,
        longest_button=LONGEST_BUTTON,
        desk=desk,
    )


def _matter_page(
    request: Request,
    services: Services,
    session: Session,
    code: str,
    *,
    given: Mapping[str, str] | None = None,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    desk = desk_of(services, session.account)
    matter = matter_of(desk.texts, clean_line(code, 12))
    if matter is None:
        raise Problem(404, "no_matter")
    shown = given or {key: "\n".join(matter.wordings[key]) for key in WORDINGS}
    return services.pages.show(
        request, "authoring_matter.html", status=status, fault=fault, matter=matter, given=shown, code=matter.codes[0], desk=desk
    )


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.TRAINING_DATA_EDIT)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/training-data/words", show_words),
        ("POST", "/training-data/entities", declare_entity),
        ("POST", "/training-data/synonyms", change_synonym),
        ("GET", "/training-data/answers", show_answers),
        ("GET", "/training-data/answers/{name}/{number}", show_answer),
        ("POST", "/training-data/answers/{name}/{number}", change_answer),
        ("GET", "/training-data/aliases", show_aliases),
        ("GET", "/training-data/aliases/{code}", show_matter),
        ("POST", "/training-data/aliases/{code}", change_matter),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
