"""What the Graph API does at each edge of the page: profile, personas, templates, uploads, subscription, threads."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulators.messaging.platform import ActRefused
from simulators.messenger import webhook_events as events
from simulators.messenger.conversation_routing import ConversationRouting, Handover
from simulators.messenger.graph_call import GraphCall
from simulators.messenger.graph_errors import GraphError, bad_parameter
from simulators.messenger.graph_parameters import limited_text, person_id, refuse_unexpected, required_object, text_of
from simulators.messenger.message_content import MEDIA_KINDS, check_media
from simulators.messenger.messenger_profile import check_menu
from simulators.messenger.page import digits
from simulators.messenger.platform import MessengerPlatform
from simulators.messenger.send_request import read_send_request
from simulators.messenger.structured_templates import check_url

Edge = Callable[[MessengerPlatform, GraphCall], Awaitable[dict[str, Any]]]
_PERSONA_NAME = 50
_SUCCESS = {"success": True}


async def send_message(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST messages: the Send API."""
    request = read_send_request(call.own, with_upload=call.upload is not None)
    return await sim.sending.send(request, call.upload)


async def upload_attachment(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST message_attachments: keeps a file for 90 days."""
    refuse_unexpected(call.own, ("message", "platform"))
    attachment = required_object(required_object(call.own, "message"), "attachment")
    refuse_unexpected(attachment, ("type", "payload"), "message[attachment]")
    kind, payload = attachment.get("type"), attachment.get("payload", {})
    if kind not in MEDIA_KINDS or not isinstance(payload, dict) or "attachment_id" in payload:
        raise bad_parameter(f"param message[attachment] needs a type of {{{', '.join(MEDIA_KINDS)}}} and a url or filedata")
    check_media(payload, with_upload=call.upload is not None)
    stored = await sim.sending.stored(kind, {**payload, "is_reusable": True}, call.upload)
    return {"attachment_id": stored.id}


async def show_profile(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """GET messenger_profile?fields=…"""
    shown = sim.page.profile.get(_names(call.parameters.get("fields")))
    return {"data": [shown] if shown else []}


async def change_profile(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST messenger_profile; 10 changes in 10 minutes."""
    sim.page.limits.count_profile_call("page")
    sim.page.profile.change({name: value for name, value in call.own.items() if name != "platform"})
    return {"result": "success"}


async def delete_profile(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """DELETE messenger_profile with fields."""
    sim.page.limits.count_profile_call("page")
    sim.page.profile.delete(_names(call.parameters.get("fields")))
    return {"result": "success"}


async def change_personal_menu(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST custom_user_settings: one citizen's menu."""
    refuse_unexpected(call.own, ("psid", "persistent_menu"))
    person = sim.page.people.known_to_page(text_of(call.own, "psid", "settings", 20))
    sim.page.limits.count_profile_call(person.id)
    check_menu(call.own.get("persistent_menu"))
    menus = call.own["persistent_menu"]
    person.menu = next(menu.get("call_to_actions", []) for menu in menus if menu["locale"] == "default")
    return {"result": "success"}


async def delete_personal_menu(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """DELETE custom_user_settings."""
    refuse_unexpected(call.own, ("psid", "params"))
    person = sim.page.people.known_to_page(text_of(call.own, "psid", "settings", 20))
    sim.page.limits.count_profile_call(person.id)
    person.menu = []
    return {"result": "success"}


async def make_persona(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST personas: a name and a picture to speak under."""
    refuse_unexpected(call.own, ("name", "profile_picture_url"))
    name = text_of(call.own, "name", "persona", _PERSONA_NAME)
    persona = {"id": digits(16), "name": name, "profile_picture_url": check_url(call.own.get("profile_picture_url"), "persona")}
    sim.page.personas[persona["id"]] = persona
    return {"id": persona["id"]}


async def list_personas(sim: MessengerPlatform, _call: GraphCall) -> dict[str, Any]:
    """GET personas."""
    return {"data": list(sim.page.personas.values())}


async def make_template(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST message_templates: reviewed at once, or as the knobs say."""
    template = sim.page.templates.make(call.own)
    knobs = sim.page.knobs
    if template.reason != "NONE":
        template.status = "REJECTED"
    elif knobs.template_review != "PENDING":
        template.status = knobs.template_review
        template.reason = knobs.template_reject_reason if knobs.template_review == "REJECTED" else "NONE"
    answer = {"id": template.id, "status": template.status, "category": "UTILITY"}
    if template.status != "PENDING":
        await tell_of_template(sim, template.name)
    return answer


async def tell_of_template(sim: MessengerPlatform, name: str) -> None:
    """Posts the status of a template to the webhook."""
    template, page = sim.page.templates.named(name), sim.page
    if template is None:
        raise bad_parameter(f"Template {name} does not exist")
    shape = (template.id, template.name, template.language, template.status, template.reason)
    await page.webhook.tell_of_template(events.template_status(page.credentials.page_id, page.tick(), *shape))


async def list_templates(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """GET message_templates[?name=]."""
    name = call.parameters.get("name")
    return {"data": [template.as_json() for template in sim.page.templates.all() if name in (None, template.name)]}


async def delete_template(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """DELETE message_templates?name=."""
    sim.page.templates.delete(text_of(call.own, "name", "template", 512))
    return _SUCCESS


async def subscribe(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST subscribed_apps: which events the application gets; ends a disabled webhook."""
    refuse_unexpected(call.own, ("subscribed_fields",))
    fields = _names(call.own.get("subscribed_fields"))
    if not fields:
        raise bad_parameter("The parameter subscribed_fields is required")
    sim.page.webhook.subscribe(fields)
    return _SUCCESS


async def show_subscription(sim: MessengerPlatform, _call: GraphCall) -> dict[str, Any]:
    """GET subscribed_apps: nothing while the webhook is disabled."""
    webhook = sim.page.webhook
    if not webhook.fields or webhook.disabled:
        return {"data": []}
    app = {"id": sim.page.credentials.app_id, "name": "Simulated app", "subscribed_fields": list(webhook.fields)}
    return {"data": [app]}


async def unsubscribe(sim: MessengerPlatform, _call: GraphCall) -> dict[str, Any]:
    """DELETE subscribed_apps."""
    sim.page.webhook.unsubscribe()
    return _SUCCESS


async def register_webhook(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """POST /APP_ID/subscriptions with the application's own token: asks the URL for the challenge."""
    refuse_unexpected(call.own, ("object", "callback_url", "verify_token", "include_values"))
    if call.own.get("object") != "page":
        raise bad_parameter("param object must be page")
    url = check_url(call.own.get("callback_url"), "callback_url")
    try:
        await sim.page.webhook.register(url, text_of(call.own, "verify_token", "subscription", 1000))
    except ActRefused as error:
        raise GraphError(2200, f"Callback verification failed: {error}") from error
    return _SUCCESS


def thread_act(change: Callable[[ConversationRouting, str, str, GraphCall, float], list[Handover] | None]) -> Edge:
    """An edge that changes who controls a thread."""

    async def act(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
        page = sim.page
        refuse_unexpected(call.own, ("recipient", "metadata", "target_app_id", "duration"))
        person = page.people.known_to_page(person_id(call.own))
        handovers = change(page.routing, page.credentials.app_id, person.id, call, page.seconds())
        await page.tell_handovers(person, handovers or [])
        return _SUCCESS

    return act


async def thread_owner(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """GET thread_owner?recipient=PSID: the owner for itself and for the default application, else only when it lapses."""
    page = sim.page
    person, now = page.people.known_to_page(call.person or ""), page.seconds()
    owner, app = page.routing.owner(person.id, now), page.credentials.app_id
    if owner is None:
        return {"data": []}
    told: dict[str, Any] = {"expiration": page.routing.expires_at(person.id, now)}
    if app in (owner, page.routing.default_app):
        told = {"app_id": owner, **told}
    return {"data": [{"thread_owner": told}]}


def metadata_of(call: GraphCall) -> str | None:
    """The note that goes with a change of control."""
    value = call.own.get("metadata")
    return None if value is None else limited_text(value, "metadata", 1000)


def target_of(call: GraphCall) -> str | None:
    """The application that control is passed to."""
    value = call.own.get("target_app_id")
    if value is not None and not isinstance(value, str | int):
        raise bad_parameter("param target_app_id must be an id")
    return None if value is None else str(value)


def duration_of(call: GraphCall) -> int:
    """Seconds of an extension."""
    try:
        return int(call.own["duration"])
    except (KeyError, TypeError, ValueError) as error:
        raise bad_parameter("param duration must be an integer") from error


def _names(value: Any) -> list[str]:
    """Names in a list, or joined by commas."""
    names = value.split(",") if isinstance(value, str) else value
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise bad_parameter("fields must be an array of names, or names with commas between")
    return [name.strip() for name in names if name.strip()]


PAGE_EDGES: Mapping[tuple[str, str], Edge] = {
    ("POST", "messages"): send_message,
    ("POST", "message_attachments"): upload_attachment,
    ("GET", "messenger_profile"): show_profile,
    ("POST", "messenger_profile"): change_profile,
    ("DELETE", "messenger_profile"): delete_profile,
    ("POST", "custom_user_settings"): change_personal_menu,
    ("DELETE", "custom_user_settings"): delete_personal_menu,
    ("GET", "personas"): list_personas,
    ("POST", "personas"): make_persona,
    ("GET", "message_templates"): list_templates,
    ("POST", "message_templates"): make_template,
    ("DELETE", "message_templates"): delete_template,
    ("GET", "subscribed_apps"): show_subscription,
    ("POST", "subscribed_apps"): subscribe,
    ("DELETE", "subscribed_apps"): unsubscribe,
    ("GET", "thread_owner"): thread_owner,
    ("POST", "pass_thread_control"): thread_act(
        lambda routing, app, person, call, now: routing.pass_control(app, person, target_of(call), metadata_of(call), now)
    ),
    ("POST", "take_thread_control"): thread_act(
        lambda routing, app, person, call, now: routing.take_control(app, person, metadata_of(call), now)
    ),
    ("POST", "request_thread_control"): thread_act(
        lambda routing, app, person, call, now: routing.request_control(app, person, metadata_of(call), now)
    ),
    ("POST", "release_thread_control"): thread_act(
        lambda routing, app, person, _call, now: routing.release_control(app, person, now)
    ),
    ("POST", "extend_thread_control"): thread_act(
        lambda routing, app, person, call, now: routing.extend_control(app, person, duration_of(call), now)
    ),
}
