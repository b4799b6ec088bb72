"""What the pages of campaigns share: the form as it was sent, previews by the real renderers, the audience with its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.view import AccountView
from bot.outreach.campaigns.audience import Wanted, candidates_of, choose
from bot.outreach.campaigns.content import CHANNELS, MESSAGE_CHANNELS, Content, Fault, Nature, Target, Template, cleaned
from bot.outreach.campaigns.desk import Also, Campaigns, Draft, find
from bot.outreach.campaigns.links import PATH
from bot.outreach.campaigns.loudspeaker import Script, loudspeaker_script
from bot.outreach.campaigns.reading import content_of
from bot.outreach.campaigns.rendering import banner_text, campaign_message, template_of
from bot.outreach.campaigns.results import counts_by_reason
from bot.storage.campaign_models import Campaign
from bot.switches.reading import read_moment
from bot.switches.store import SwitchRefusedError
from bot.texts import say
from console.forms import Form
from console.problems import Problem
from console.rendering import moment
from console.services import Services
from console.texts import label

TEMPLATE_CHANNELS = ("zalo", "facebook")
_LONG = 6_000
_EXAMPLE = "XXXXXXXX"


@dataclass(frozen=True)
class Filled:
    """A form as it was sent, with what it means; ``faults``: fields that mean nothing."""

    sent: Mapping[str, Any]
    draft: Draft
    faults: tuple[Fault, ...]


def campaigns(services: Services) -> Campaigns:
    """The campaigns of this ledger."""
    return Campaigns(services.database.sessions)


def found(session: LedgerSession, account: AccountView, number: int) -> Campaign:
    """One campaign that the account may see. Raises ``Problem`` 404."""
    row = find(session, number, account.scope)
    if row is None:
        raise Problem(404, "campaign_unknown")
    return row


def agency_of(account: AccountView) -> str | None:
    """The agency to which a new campaign of this account belongs: none for an account of all of them."""
    return None if account.scope.everything else min(account.scope.agencies, default=None)


def audited(services: Services, account: AccountView, act: str, **details: Any) -> Also:
    """The entry in the audit log, for the end of an act's transaction."""

    def record(session: LedgerSession, campaign: Campaign) -> None:
        session.flush()
        said = {"revision": campaign.revision, "state": campaign.state} | details
        record_audit(session, account.actor, f"campaign.{act}", f"campaign:{campaign.id}", said, now=services.clock())

    return record


def read_form(form: Form, services: Services) -> Filled:
    """What was sent. A field that means nothing is a fault and not lost: the page shows it again."""
    sent: dict[str, Any] = {name: form.text(name, 200) for name in ("title", "procedure", "target", "nature", "start", "banner")}
    sent |= {name: form.lines(name, _LONG) for name in ("short_text", "long_text")}
    sent |= {"channels": form.all("channels"), "wards": form.all("wards"), "only_who_asked": form.text("only_who_asked", 5)}
    for channel in TEMPLATE_CHANNELS:
        sent |= {
            f"{channel}_template": form.text(f"{channel}_template", 80),
            f"{channel}_values": form.lines(f"{channel}_values", _LONG),
        }
    faults: list[Fault] = []
    procedure = services.office.names.chosen(sent["procedure"]) if sent["procedure"] else None
    if sent["procedure"] and procedure is None:
        faults.append(Fault("campaign_fault_procedure", "procedure_code"))
    start, banner = (_moment(sent[name], name, services.clock(), faults) for name in ("start", "banner"))
    nature: Nature = "promotion" if sent["nature"] == "promotion" else "service"
    target: Target = "card" if sent["target"] == "card" else "chat"
    content = Content(
        cleaned(sent["title"]).replace("\n", " "),
        cleaned(sent["short_text"]),
        cleaned(sent["long_text"]),
        procedure.code if procedure else None,
        target,
        nature,
        tuple(one for one in CHANNELS if one in sent["channels"]),
        {
            one: made
            for one in TEMPLATE_CHANNELS
            if (made := _template(sent[f"{one}_template"], sent[f"{one}_values"])) is not None
        },
    )
    wards = tuple(one for one in services.office.places if one in sent["wards"])
    draft = Draft(content, wards, sent["only_who_asked"] == "yes", start, banner)
    return Filled(sent, draft, tuple(faults))


def form_of(campaign: Campaign, services: Services) -> dict[str, Any]:
    """The form as it is filled in for a campaign that is there."""
    code = campaign.procedure_code
    sent: dict[str, Any] = {
        "title": campaign.title,
        "short_text": campaign.short_text,
        "long_text": campaign.long_text,
        "procedure": f"{code} {services.office.names.all().get(code, '')}".strip() if code else "",
        "target": campaign.target,
        "nature": campaign.nature,
        "channels": tuple(campaign.channels),
        "wards": tuple(campaign.wards),
        "only_who_asked": "yes" if campaign.only_who_asked else "",
        "start": _typed(campaign.start_at),
        "banner": _typed(campaign.banner_until),
    }
    for channel in TEMPLATE_CHANNELS:
        stored = campaign.templates.get(channel) or {}
        values = "\n".join(f"{name} = {value}" for name, value in dict(stored.get("parameters") or {}).items())
        sent |= {f"{channel}_template": stored.get("name", ""), f"{channel}_values": values}
    return sent


def empty_form() -> dict[str, Any]:
    """A new campaign."""
    names = ("title", "short_text", "long_text", "procedure", "start", "banner", "only_who_asked")
    sent: dict[str, Any] = dict.fromkeys(names, "") | {"target": "chat", "nature": "service", "channels": (), "wards": ()}
    return sent | {f"{one}_{part}": "" for one in TEMPLATE_CHANNELS for part in ("template", "values")}


def previews(campaign: Campaign, services: Services) -> list[dict[str, Any]]:
    """What each channel shows, made by what makes the real thing."""
    content, shown = content_of(campaign), []
    link = f"{services.office.file_base}{PATH}/{_EXAMPLE}"
    for channel in MESSAGE_CHANNELS:
        if channel not in content.channels:
            continue
        message = campaign_message(content, link, campaign.id)
        template = template_of(content, channel, link, "")
        shown.append(
            {
                "channel": channel,
                "text": message.text,
                "buttons": [button.title for button in message.buttons],
                "template": template,
            }
        )
    if "webchat" in content.channels:
        shown.append({"channel": "webchat", "text": banner_text(content), "buttons": [], "template": None})
    return shown


def script_for(campaign: Campaign, services: Services, place_id: str) -> Script:
    """The loudspeaker's script for one ward (an empty id: for everybody)."""
    return loudspeaker_script(content_of(campaign), ward_name(services, place_id), centre_name(services, place_id))


def ward_name(services: Services, place_id: str) -> str:
    """A ward within a sentence: ``phường Từ Sơn``."""
    name = services.office.places.get(place_id)
    return name[:1].lower() + name[1:] if name else say("campaign_everywhere")


def centre_name(services: Services, place_id: str) -> str:
    """Where people of a ward get help."""
    return say("campaign_speech_centre", ward=ward_name(services, place_id))


def audience(session: LedgerSession, campaign: Campaign, services: Services) -> dict[str, Any]:
    """How many would be told now, by channel and ward, and how many not, by reason. Small wards are not told apart."""
    now = services.clock()
    wanted = Wanted.of(campaign)
    code = campaign.procedure_code if campaign.only_who_asked else None
    chosen = choose(candidates_of(session, code, now), wanted, now)
    by_channel: dict[str, dict[str, int]] = {}
    by_ward: dict[str, int] = {}
    for one, way in chosen.chosen:
        ways = by_channel.setdefault(one.reach.channel, {"message": 0, "template": 0})
        ways[way] += 1
        by_ward[one.place_id or ""] = by_ward.get(one.place_id or "", 0) + 1
    return {
        "total": len(chosen.chosen),
        "by_channel": sorted(by_channel.items()),
        "by_ward": sorted(by_ward.items(), key=lambda item: (-item[1], item[0]))[:30],
        "left_out": counts_by_reason(chosen.left_out),
    }


def told_faults(faults: Sequence[Fault]) -> list[str]:
    """The faults in words, each with the field where it is."""
    told = []
    for one in faults:
        what = label(one.key, **{name: str(value) for name, value in one.values.items()})
        told.append(label("campaign_fault_at", where=label(f"campaign_field_{one.where}"), what=what))
    return told


def with_title(draft: Draft) -> Draft:
    """A draft needs a name to be found again."""
    title = draft.content.title or label("campaign_untitled")
    return replace(draft, content=replace(draft.content, title=title))


def _template(name: str, values: str) -> Template | None:
    """``name = value`` on each line. A line without a sign stands for a parameter without a name, which is a fault later."""
    if not name and not values:
        return None
    pairs = [line.partition("=") for line in values.split("\n") if line.strip()]
    return Template(name, {key.strip() if sign else "": (value if sign else key).strip() for key, sign, value in pairs})


def _moment(typed: str, name: str, now: datetime, faults: list[Fault]) -> datetime | None:
    if not typed:
        return None
    try:
        return read_moment(typed, now)
    except (SwitchRefusedError, OverflowError):
        faults.append(Fault("campaign_fault_time", f"{name}_at" if name == "start" else "banner_until"))
        return None


def _typed(value: datetime | None) -> str:
    """A moment as the form takes it: ``05/08/2026 14:30``."""
    if value is None:
        return ""
    time, _, day = moment(value).partition(" ")
    return f"{day} {time}"
