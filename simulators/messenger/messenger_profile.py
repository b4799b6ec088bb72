"""The page's Messenger profile: Get Started, greeting, persistent menu, ice breakers."""

from collections.abc import Callable, Mapping
from typing import Any

from simulators.messenger.graph_errors import bad_parameter
from simulators.messenger.graph_parameters import flag, limited_text, refuse_unexpected, text_of
from simulators.messenger.structured_templates import PAYLOAD, check_url

MENU_ITEMS, MENU_TITLE = 20, 30
ICE_BREAKERS, QUESTION = 4, 80
GREETING = 160
_FIELDS = ("get_started", "greeting", "persistent_menu", "ice_breakers", "whitelisted_domains", "account_linking_url")


class MessengerProfile:
    """The profile as it stands; read it with ``get``."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}

    def clear(self) -> None:
        """As a new page."""
        self._fields.clear()

    def get(self, names: list[str]) -> dict[str, Any]:
        """The asked fields that are set. Raises error 100 for an unknown name."""
        _check_names(names)
        return {name: self._fields[name] for name in names if name in self._fields}

    def change(self, changes: Mapping[str, Any]) -> None:
        """Sets fields, all or none. Raises error 100."""
        refuse_unexpected(changes, _FIELDS)
        if not changes.keys() & set(_FIELDS):
            raise bad_parameter(f"Requires at least one of: {', '.join(_FIELDS)}")
        chosen = {name: changes[name] for name in _FIELDS if name in changes}
        for name, value in chosen.items():
            _CHECKS[name](value)
        if "persistent_menu" in chosen and "get_started" not in {**self._fields, **chosen}:
            raise bad_parameter("You must set a Get Started button if you also wish to use persistent menu")
        self._fields |= chosen

    def delete(self, names: list[str]) -> None:
        """Unsets fields. Raises error 100, also where the menu would be left without Get Started."""
        if not names:
            raise bad_parameter("The parameter fields is required")
        _check_names(names)
        if "get_started" in names and "persistent_menu" in self._fields and "persistent_menu" not in names:
            raise bad_parameter("You must set a Get Started button if you also wish to use persistent menu")
        for name in names:
            self._fields.pop(name, None)

    @property
    def get_started_payload(self) -> str | None:
        """What a tap on Get Started sends, None where the page has no such button."""
        started = self._fields.get("get_started")
        return started["payload"] if started else None

    @property
    def ice_breakers(self) -> list[dict[str, str]]:
        """Questions and payloads offered in a new thread, of the default locale or of the older form without locales."""
        breakers: list[dict[str, Any]] = self._fields.get("ice_breakers", [])
        if breakers and "call_to_actions" in breakers[0]:
            chosen = next((entry for entry in breakers if entry.get("locale", "default") == "default"), breakers[0])
            return list(chosen["call_to_actions"])
        return list(breakers)

    @property
    def menu(self) -> list[dict[str, Any]]:
        """The items of the persistent menu."""
        menus = self._fields.get("persistent_menu", [])
        chosen = next((entry for entry in menus if entry["locale"] == "default"), None)
        return list(chosen.get("call_to_actions", [])) if chosen else []


def check_menu(menus: Any) -> None:
    """A persistent menu of page or person. Raises error 100."""
    locales = []
    for number, menu in enumerate(_objects(menus, "persistent_menu", 100)):
        where = f"persistent_menu[{number}]"
        refuse_unexpected(menu, ("locale", "composer_input_disabled", "call_to_actions", "disabled_surfaces"), where)
        locales.append(text_of(menu, "locale", where, 20))
        if "composer_input_disabled" in menu:
            flag(menu["composer_input_disabled"], f"{where}[composer_input_disabled]")
        for item in _objects(menu.get("call_to_actions"), f"{where}[call_to_actions]", MENU_ITEMS):
            _check_menu_item(item, f"{where}[call_to_actions]")
    if "default" not in locales:
        raise bad_parameter("persistent_menu must have an entry for the default locale")


def _check_menu_item(item: Mapping[str, Any], where: str) -> None:
    text_of(item, "title", where, MENU_TITLE)
    match item.get("type"):
        case "postback":
            refuse_unexpected(item, ("type", "title", "payload"), where)
            text_of(item, "payload", where, PAYLOAD)
        case "web_url":
            refuse_unexpected(item, ("type", "title", "url", "webview_height_ratio", "messenger_extensions"), where)
            check_url(item.get("url"), f"{where}[url]")
        case other:
            raise bad_parameter(f"{where}[type] must be postback or web_url, not {other!r}")


def _check_get_started(value: Any) -> None:
    if not isinstance(value, dict) or set(value) != {"payload"}:
        raise bad_parameter("param get_started must be an object with a payload")
    text_of(value, "payload", "get_started", PAYLOAD)


def _check_greeting(value: Any) -> None:
    for entry in _objects(value, "greeting", 100):
        refuse_unexpected(entry, ("locale", "text"), "greeting")
        text_of(entry, "locale", "greeting", 20)
        text_of(entry, "text", "greeting", GREETING)


def _check_ice_breakers(value: Any) -> None:
    entries = _objects(value, "ice_breakers", 100)
    lists = [entry["call_to_actions"] for entry in entries] if all("call_to_actions" in e for e in entries) else [entries]
    for questions in lists:
        for entry in _objects(questions, "ice_breakers", ICE_BREAKERS):
            refuse_unexpected(entry, ("question", "payload"), "ice_breakers")
            text_of(entry, "question", "ice_breakers", QUESTION)
            text_of(entry, "payload", "ice_breakers", PAYLOAD)


def _check_domains(value: Any) -> None:
    if not isinstance(value, list) or len(value) > 50:
        raise bad_parameter("param whitelisted_domains must be an array of at most 50 addresses")
    for address in value:
        check_url(address, "whitelisted_domains")


def _check_linking(value: Any) -> None:
    check_url(limited_text(value, "account_linking_url", 2000), "account_linking_url")


def _objects(value: Any, where: str, most: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= most or not all(isinstance(item, dict) for item in value):
        raise bad_parameter(f"param {where} must be an array of 1 to {most} objects")
    return value


def _check_names(names: list[str]) -> None:
    for name in names:
        if name not in _FIELDS:
            raise bad_parameter(f"Unknown field {name}: expected one of {', '.join(_FIELDS)}")


_CHECKS: Mapping[str, Callable[[Any], None]] = {
    "get_started": _check_get_started,
    "greeting": _check_greeting,
    "persistent_menu": check_menu,
    "ice_breakers": _check_ice_breakers,
    "whitelisted_domains": _check_domains,
    "account_linking_url": _check_linking,
}
