"""``/training-data``: how well each intent is covered, and the examples of one intent."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.authoring.coverage import coverage_of, is_button_act
from bot.authoring.documents import Block, DocumentError, blocks_in
from bot.authoring.edits import add_examples, block_of, lines_of, move_examples, remove_examples, replace_example
from bot.authoring.example_checks import LONGEST_EXAMPLE
from bot.authoring.kinds import Kind
from bot.authoring.structure_checks import domain_of
from bot.authoring.workspace import WorkspaceError
from bot.language.normalise import fold
from console.access import Session, allow
from console.authoring_views import REFUSALS, desk_of, person_of, to_proposal, words_of_refusal
from console.forms import Form, clean_line, number_in_path
from console.problems import Problem
from console.services import Services, With
from console.texts import label

PER_PAGE = 100
_LONGEST_PASTE = 60_000
_NAME = 80
_ACTS = ("delete", "move")

Edits = Callable[[Mapping[str, str]], Mapping[str, str | None]]


def show_overview(request: Request, services: With, session: Session) -> Response:
    """Every intent with its figures."""
    desk = desk_of(services, session.account)
    rows = coverage_of(blocks_in(desk.texts), services.authoring.workspace.last_changes())
    order = request.query_params.get("order", "")
    if order == "few":
        rows.sort(key=lambda row: row.examples)
    elif order == "near":
        rows.sort(key=lambda row: -row.near)
    most = max((row.examples for row in rows), default=1)
    totals = {
        "intents": len(rows),
        "examples": sum(row.examples for row in rows),
        "unmarked": sum(row.unmarked for row in rows),
        "shared": sum(row.shared for row in rows),
    }
    waiting = services.authoring.waiting_labels()
    return services.pages.show(
        request, "authoring.html", rows=rows, most=most, totals=totals, order=order, desk=desk, waiting=waiting, fault=None
    )


def show_intent(request: Request, services: With, session: Session, intent: str) -> Response:
    """The examples of one intent."""
    return _intent_page(request, services, session, intent)


def add(request: Request, services: With, session: Session, form: Form, intent: str) -> Response:
    """Several lines become examples."""
    typed = form.lines("lines", _LONGEST_PASTE)
    lines = lines_of(typed)
    if not lines or len(typed) > _LONGEST_PASTE:
        fault = label("authoring_lines_needed", most=_LONGEST_PASTE)
        return _intent_page(request, services, session, intent, status=422, fault=fault, typed=typed)
    title = label("authoring_title_add", count=len(lines), intent=intent)

    def edits(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        return add_examples(services.authoring.git, texts, intent, lines)

    return _edited(request, services, session, intent, title, edits, form, typed=typed)


def change(request: Request, services: With, session: Session, form: Form, intent: str) -> Response:
    """The examples chosen are removed, or moved to another intent."""
    act, target, chosen = form.text("act", 10), form.text("target", _NAME), form.all("example", LONGEST_EXAMPLE * 2)
    if act not in _ACTS:
        raise Problem(400, "broken_request")
    if not chosen or (act == "move" and not target):
        fault = label("authoring_choose_first" if not chosen else "authoring_choose_target")
        return _intent_page(request, services, session, intent, status=422, fault=fault)
    title = label(f"authoring_title_{act}", count=len(chosen), intent=intent, target=target)

    def edits(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        if act == "move":
            return move_examples(services.authoring.git, texts, intent, chosen, target)
        return remove_examples(services.authoring.git, texts, intent, chosen)

    return _edited(request, services, session, intent, title, edits, form)


def show_example(request: Request, services: With, session: Session, intent: str) -> Response:
    """The form with one example."""
    old = clean_line(request.query_params.get("example", ""), LONGEST_EXAMPLE * 2)
    return _example_page(request, services, session, intent, old, old)


def change_example(request: Request, services: With, session: Session, form: Form, intent: str) -> Response:
    """One example has another wording, or other marks of entities."""
    old, new = form.text("old", LONGEST_EXAMPLE * 2), " ".join(form.text("new", LONGEST_EXAMPLE * 2).split())
    if not new or new == old:
        return _example_page(
            request, services, session, intent, old, new or old, fault=label("authoring_change_needed"), status=422
        )
    title = label("authoring_title_change", intent=intent)
    try:
        number = services.authoring.edit(
            person_of(session.account),
            Kind.EXAMPLES,
            title,
            lambda texts: replace_example(services.authoring.git, texts, intent, old, new),
        )
    except REFUSALS as error:
        return _example_page(request, services, session, intent, old, new, fault=words_of_refusal(error), status=409)
    return to_proposal(number, "kept")


def _edited(
    request: Request,
    services: Services,
    session: Session,
    intent: str,
    title: str,
    edits: Edits,
    form: Form,
    typed: str = "",
) -> Response:
    try:
        number = services.authoring.edit(person_of(session.account), Kind.EXAMPLES, title, edits, note=form.lines("note", 2_000))
    except (*REFUSALS, WorkspaceError) as error:
        return _intent_page(request, services, session, intent, status=409, fault=words_of_refusal(error), typed=typed)
    return to_proposal(number, "kept")


def _found(services: Services, session: Session, intent: str) -> tuple[Any, Block]:
    desk = desk_of(services, session.account)
    try:
        return desk, block_of(desk.texts, "intent", clean_line(intent, _NAME))
    except DocumentError as error:
        raise Problem(404, "no_intent") from error


def _intent_page(
    request: Request,
    services: Services,
    session: Session,
    intent: str,
    *,
    status: int = 200,
    fault: str | None = None,
    typed: str = "",
) -> Response:
    desk, block = _found(services, session, intent)
    query = clean_line(request.query_params.get("q", ""))
    words = fold(query).split()
    found = [one for one in block.examples if all(word in fold(one.text) for word in words)]
    page = max(1, number_in_path(request.query_params.get("page", "1") or "1", "page_not_found"))
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    others = sorted(
        one.name for one in blocks_in(desk.texts) if one.kind == "intent" and one.name != intent and not is_button_act(one)
    )
    return services.pages.show(
        request,
        "authoring_intent.html",
        status=status,
        fault=fault,
        typed=typed,
        block=block,
        shown=shown,
        found=len(found),
        page=page,
        last=max(1, -(-len(found) // PER_PAGE)),
        query=query,
        others=others,
        desk=desk,
        link=quote,
    )


def _example_page(
    request: Request,
    services: Services,
    session: Session,
    intent: str,
    old: str,
    new: str,
    *,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    desk, block = _found(services, session, intent)
    if old not in {one.text for one in block.examples}:
        raise Problem(404, "no_example")
    entities = sorted(domain_of(desk.texts).entities)
    return services.pages.show(
        request, "authoring_example.html", status=status, fault=fault, block=block, old=old, new=new, entities=entities, desk=desk
    )


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.TRAINING_DATA_EDIT)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/training-data", show_overview),
        ("GET", "/training-data/intents/{intent}", show_intent),
        ("POST", "/training-data/intents/{intent}/add", add),
        ("POST", "/training-data/intents/{intent}/change", change),
        ("GET", "/training-data/intents/{intent}/example", show_example),
        ("POST", "/training-data/intents/{intent}/example", change_example),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
