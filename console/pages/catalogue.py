"""``/catalogue``: finding a procedure, and what the catalogue holds of it, part by part, with sources and dates."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.workspace import Commit, WorkspaceError
from bot.catalogue.answers.facts import valid_today
from bot.catalogue.editing.checking import procedure_file
from bot.catalogue.editing.desk import UNDER
from bot.catalogue.editing.sections import SECTIONS
from bot.catalogue.live import UNREADABLE
from bot.catalogue.schema import Agency, Dated, Fact, Procedure, Provenance
from bot.language.formats import spoken_date
from console.access import allow
from console.catalogue_search import find_listings
from console.catalogue_words import source_words, validity_words
from console.forms import clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import label

DONE = ("proposed",)
_HISTORY = 20


def show_catalogue(request: Request, services: With) -> Response:
    """The search, and the reviewed procedures."""
    q = clean_line(request.query_params.get("q", ""), 80)
    listings = services.in_force.listings()
    found = find_listings(listings, q)
    reviewed = [listing for listing in listings if listing.origin == "reviewed"]
    return services.pages.show(request, "catalogue.html", q=q, found=found, reviewed=reviewed)


def show_procedure(request: Request, services: With, code: str) -> Response:
    """All facts of a procedure."""
    live = services.in_force.catalogue().catalogue
    try:
        procedure = live.procedures[clean_line(code, 20)]
    except (KeyError, *UNREADABLE) as error:
        raise Problem(404, "no_procedure") from error
    reviewed = procedure.origin == "reviewed"
    done = request.query_params.get("done", "")
    return services.pages.show(
        request,
        "catalogue_procedure.html",
        procedure=procedure,
        reviewed=reviewed,
        parts=list(_parts(procedure, live.agencies, services)),
        source=source_words(procedure.source),
        validity=validity_words(Dated(valid_from=procedure.valid_from, valid_to=procedure.valid_to)),
        history=_history(services, procedure.code) if reviewed else [],
        waiting=services.catalogue.waiting_for(procedure.code) if reviewed else [],
        done=f"catalogue_done_{done}" if done in DONE else None,
    )


def _history(services: Services, code: str) -> Sequence[Commit]:
    try:
        commits = services.catalogue.workspace.log(UNDER + procedure_file(code), _HISTORY)
    except (GitError, WorkspaceError):
        return []
    return [commit for commit in commits if commit.title != "shipped"]


def _parts(procedure: Procedure, agencies: Any, services: Services) -> Iterator[dict[str, Any]]:
    today = services.catalogue.today()

    def line(words: str | None, fact: Dated | None = None, raw: str | None = None) -> dict[str, Any]:
        return {
            "words": words or label("catalogue_none_stated"),
            "source": source_words(fact.source) if fact and fact.source else "",
            "validity": validity_words(fact) if fact else "",
            "spoken": fact is None or (valid_today(fact, today) and getattr(fact, "certainty", "sure") != "unknown"),
            "certainty": getattr(fact, "certainty", None),
            "note": getattr(fact, "note", None),
            "raw": raw if raw is not None else getattr(fact, "raw", None),
        }

    made = {name: [line(**one) for one in lines] for name, lines in _lines(procedure, agencies).items()}
    return ({"name": name, "lines": made[name]} for name in SECTIONS)


def _lines(procedure: Procedure, agencies: Any) -> dict[str, list[dict[str, Any]]]:
    """What each part holds: words, and the fact that carries their source and days."""
    cases = {case.id: case.name for case in procedure.cases}

    def told(fact: Any) -> dict[str, Any]:
        about = [cases.get(fact.case or ""), None if fact.channel == "any" else label(f"catalogue_choice_channel_{fact.channel}")]
        prefix = ", ".join(part for part in about if part)
        return {"words": f"{prefix}: {fact.text}" if prefix and fact.text else fact.text, "fact": fact}

    def named(agency: str) -> str:
        known: Agency | None = agencies.get(agency)
        return known.name if known else agency

    papers = [
        {"words": f"{cases[group.case]}: {item.name}" if group.case in cases else item.name}
        for group in procedure.documents.groups
        for item in group.items
    ]
    online, link = procedure.online, procedure.official_link
    available = label("catalogue_choice_available_" + {True: "yes", False: "no", None: "unknown"}[online.available])
    level = label(f"catalogue_choice_level_{online.level}")
    seen = spoken_date(link.verified_on) if link.verified_on else "–"
    return {
        "papers": [*papers, {"words": label(f"catalogue_choice_certainty_{procedure.documents.certainty}"),
                             "fact": procedure.documents}],
        "times": [told(time) for time in procedure.times],
        "fees": [told(fee) for fee in procedure.fees],
        "place": [
            {"words": f"{label('catalogue_field_receiving_agency')}: {named(procedure.receiving_agency)}"},
            {"words": f"{label('catalogue_field_deciding_agency')}: {named(procedure.deciding_agency)}"},
            _fact(procedure.handled_by),
        ],
        "steps": [*({"words": f"{n}. {step}"} for n, step in enumerate(procedure.steps, start=1)), *_own(procedure.steps_source)],
        "conditions": [_fact(procedure.conditions)],
        "result": [_fact(procedure.result)],
        "legal_basis": [*({"words": text} for text in procedure.legal_basis), *_own(procedure.legal_basis_source)],
        "online": [
            {"words": f"{label('catalogue_field_available')}: {available}; {level.lower()}", "fact": online},
            {"words": f"{link.owner}: {link.url} ({label('catalogue_field_verified_on').lower()}: {seen})"},
        ],
        "general": [{"words": procedure.name}, {"words": procedure.official_name}, {"words": procedure.field}],
        "words": [{"words": "; ".join(procedure.aliases[:12])}, *({"words": text} for text in procedure.questions[:6])],
    }  # fmt: skip


def _fact(fact: Fact) -> dict[str, Any]:
    return {"words": fact.text, "fact": fact}


def _own(source: Provenance | None) -> list[dict[str, Any]]:
    return [{"words": f"{label('catalogue_own_source')}: {source_words(source)}"}] if source else []


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.CATALOGUE_EDIT)]
    for path, page in (("/catalogue", show_catalogue), ("/catalogue/procedures/{code}", show_procedure)):
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
