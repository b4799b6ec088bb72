"""What the Graph API tells of a node itself: the page, a citizen's profile, a persona."""

from typing import Any

from simulators.messenger.graph_call import GraphCall
from simulators.messenger.graph_errors import NO_PROFILE, GraphError
from simulators.messenger.people import Person
from simulators.messenger.platform import MessengerPlatform

_PERSON_FIELDS = ("id", "name", "first_name", "last_name", "profile_pic")
_NO_PROFILE_ACCESS = 2018247


def unknown_object(call: GraphCall) -> GraphError:
    """Error 100/33: no such node or edge."""
    verb = {"GET": "get", "POST": "post", "DELETE": "delete"}.get(call.verb, call.verb.lower())
    return GraphError(
        100,
        f"Unsupported {verb} request. Object with ID '{call.node}' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation.",
        33,
        kind="GraphMethodException",
    )


async def node(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    """GET or DELETE of a node. Raises error 100/33 for what is not known."""
    page = sim.page
    if call.verb == "GET" and call.node in ("me", page.credentials.page_id):
        return _page_fields(sim, call)
    if call.node in page.personas and call.verb in ("GET", "DELETE"):
        persona = page.personas[call.node]
        if call.verb == "DELETE":
            del page.personas[call.node]
        return persona if call.verb == "GET" else {"success": True}
    person = next((one for one in page.people.all() if one.id == call.node), None)
    if call.verb == "GET" and person is not None and person.in_conversation:
        return _profile(sim, person, call)
    raise unknown_object(call)


def _page_fields(sim: MessengerPlatform, call: GraphCall) -> dict[str, Any]:
    page = sim.page
    known = {
        "id": page.credentials.page_id,
        "name": "Simulated page",
        "messaging_feature_status": {"hop_v2": page.routing.default_app is not None, "msgr_multi_app": True},
    }
    wanted = _wanted(call) or ["name", "id"]
    return {name: known[name] for name in dict.fromkeys([*wanted, "id"]) if name in known}


def _profile(sim: MessengerPlatform, person: Person, call: GraphCall) -> dict[str, Any]:
    if not sim.page.knobs.profile_access:
        raise GraphError(100, "Insufficient permission to access user profile.", _NO_PROFILE_ACCESS)
    if not person.has_profile:
        raise GraphError(100, "No profile available for this user.", NO_PROFILE)
    family, _, given = person.name.rpartition(" ")
    known = {"id": person.id, "name": person.name, "first_name": given, "last_name": family}
    wanted = _wanted(call) or ["first_name", "last_name", "profile_pic"]
    unknown = [name for name in wanted if name not in _PERSON_FIELDS]
    if unknown:
        raise GraphError(100, f"Tried accessing nonexisting field ({unknown[0]})")
    if "profile_pic" in wanted:
        picture = sim.page.files.store("image", "profile.png", "image/png", b"")
        known["profile_pic"] = sim.page.files.link(picture, sim.page.knobs.cdn_link_seconds)
    return {name: known[name] for name in dict.fromkeys([*wanted, "id"])}


def _wanted(call: GraphCall) -> list[str]:
    fields = call.parameters.get("fields")
    return [name.strip() for name in fields.split(",") if name.strip()] if isinstance(fields, str) else []
