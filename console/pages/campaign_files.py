"""The files of a campaign: a poster and a loudspeaker's script for each ward, and its results as a table."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from bot.accounts.permissions import Permission
from bot.outreach.campaigns.links import PATH, link_code
from bot.outreach.campaigns.poster import poster_pdf, speech_pdf
from bot.outreach.campaigns.reading import content_of
from bot.outreach.campaigns.results import COLUMNS, results_csv, results_of
from bot.storage.database import writing
from console import campaign_desk as desk
from console.access import Session, allow
from console.forms import clean_line, number_in_path
from console.problems import Problem
from console.services import Services, With
from console.texts import label

_NO_STORE = {"Cache-Control": "no-store"}


def poster(request: Request, services: With, session: Session, number: str) -> Response:
    """``?ward=``: for one ward; none: for everybody. The code on it is that ward's own."""
    wanted, place_id = number_in_path(number, "campaign_unknown"), _ward(request, services)
    with writing(services.database.sessions) as ledger:
        row = desk.found(ledger, session.account, wanted)
        link = f"{services.office.file_base}{PATH}/{link_code(ledger, row.id, 'poster', place_id)}"
        content = content_of(row)
    made = poster_pdf(content, desk.ward_name(services, place_id), desk.centre_name(services, place_id), link)
    return _pdf(made, f"ap-phich-{wanted}-{place_id or 'bac-ninh'}")


def speech(request: Request, services: With, session: Session, number: str, form: str) -> Response:
    """The script as ``txt`` or ``pdf``."""
    wanted, place_id = number_in_path(number, "campaign_unknown"), _ward(request, services)
    if form not in ("txt", "pdf"):
        raise Problem(404, "campaign_unknown")
    with services.database.sessions() as ledger:
        row = desk.found(ledger, session.account, wanted)
    script = desk.script_for(row, services, place_id)
    name = f"loa-{wanted}-{place_id or 'bac-ninh'}"
    if form == "txt":
        attached = _NO_STORE | {"Content-Disposition": f'attachment; filename="{name}.txt"'}
        return PlainTextResponse(script.text + "\n", headers=attached)
    title = label("campaign_speech_title", ward=desk.ward_name(services, place_id))
    return _pdf(speech_pdf(script, title, label("campaign_speech_facts", seconds=script.seconds)), name)


def results(services: With, session: Session, number: str) -> Response:
    """The table by channel and ward, small numbers hidden."""
    wanted = number_in_path(number, "campaign_unknown")
    with services.database.sessions() as ledger:
        found = results_of(ledger, desk.found(ledger, session.account, wanted).id)
    titles = {step: label(f"campaign_step_{step}") for step in COLUMNS}
    titles |= {"channel": label("campaign_column_channel"), "place": label("campaign_column_ward")}
    channels = {line.channel: label(f"campaign_channel_{line.channel}") for line in found.lines}
    places = {"": label("campaign_no_ward")} | dict(services.office.places)
    attached = _NO_STORE | {"Content-Disposition": f'attachment; filename="ket-qua-tin-{wanted}.csv"'}
    return Response(results_csv(found, titles, places, channels), 200, attached, "text/csv; charset=utf-8")


def _ward(request: Request, services: Services) -> str:
    """The ward asked for. Raises ``Problem`` 404 for one that is none."""
    asked = clean_line(request.query_params.get("ward", ""), 80)
    if asked and asked not in services.office.places:
        raise Problem(404, "campaign_unknown")
    return asked


def _pdf(content: bytes, name: str) -> Response:
    attached = _NO_STORE | {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, 200, attached, "application/pdf")


def page_routes() -> APIRouter:
    """The routes of the files."""
    router = APIRouter()
    declared = [allow(Permission.REPORTS_READ)]
    for path, page in (
        ("/campaigns/{number}/poster.pdf", poster),
        ("/campaigns/{number}/speech.{form}", speech),
        ("/campaigns/{number}/results.csv", results),
    ):
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
