"""Utility templates of a page: made, reviewed, filled in at sending."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulators.messenger.graph_errors import GraphError, bad_parameter
from simulators.messenger.graph_parameters import refuse_unexpected, text_of
from simulators.messenger.structured_templates import BUTTON_TITLE, PAYLOAD, check_url

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_NAMED = re.compile(r"\{\{([a-z_][a-z0-9_]*)\}\}")
_POSITIONAL = re.compile(r"\{\{([1-9][0-9]*)\}\}")
_WORDS_PER_PARAMETER = 3
_BODY = 1024


@dataclass
class UtilityTemplate:
    """A template; ``status`` is APPROVED, PENDING or REJECTED (with ``reason``)."""

    id: str
    name: str
    language: str
    parameter_format: str
    components: list[dict[str, Any]]
    status: str = "PENDING"
    reason: str = "NONE"

    @property
    def body(self) -> str:
        """The text with its placeholders."""
        return str(next(part["text"] for part in self.components if part["type"] == "BODY"))

    @property
    def parameters(self) -> list[str]:
        """Names (or numbers) of the placeholders, in order of their first use."""
        pattern = _NAMED if self.parameter_format == "NAMED" else _POSITIONAL
        return list(dict.fromkeys(pattern.findall(self.body)))

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons as they were made."""
        return [button for part in self.components if part["type"] == "BUTTONS" for button in part["buttons"]]

    def as_json(self) -> dict[str, Any]:
        """As the Graph API lists it."""
        listed = {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "category": "UTILITY",
            "parameter_format": self.parameter_format,
            "components": self.components,
            "status": self.status,
        }
        return listed | ({"rejected_reason": self.reason} if self.status == "REJECTED" else {})

    def render(self, components: list[dict[str, Any]]) -> str:
        """The text with the parameters of a send. Raises error 100 unless exactly the placeholders are given."""
        given = self._given(components)
        if set(given) != set(self.parameters):
            raise bad_parameter(f"INCORRECT_PARAMS: the template {self.name} needs {self.parameters or 'no parameters'}")
        pattern = _NAMED if self.parameter_format == "NAMED" else _POSITIONAL
        return pattern.sub(lambda match: given[match[1]], self.body)

    def _given(self, components: list[dict[str, Any]]) -> dict[str, str]:
        given: dict[str, str] = {}
        for number, component in enumerate(components):
            where = f"message[template][components][{number}]"
            refuse_unexpected(component, ("type", "parameters"), where)
            parameters = component.get("parameters")
            if component.get("type") != "body" or not isinstance(parameters, list):
                raise bad_parameter(f"{where} must be of type body, with parameters")
            for position, parameter in enumerate(parameters, start=1):
                if not isinstance(parameter, dict) or parameter.get("type") != "text":
                    raise bad_parameter(f"{where}[parameters] must be of type text")
                named = self.parameter_format == "NAMED"
                refuse_unexpected(parameter, ("type", "text", "parameter_name") if named else ("type", "text"), where)
                name = text_of(parameter, "parameter_name", where, 100) if named else str(position)
                given[name] = text_of(parameter, "text", where, _BODY)
        return given


class UtilityTemplates:
    """All templates of the page."""

    def __init__(self, make_id: Callable[[], str]) -> None:
        self._make_id = make_id
        self._templates: list[UtilityTemplate] = []

    def all(self) -> list[UtilityTemplate]:
        """In the order they were made."""
        return list(self._templates)

    def clear(self) -> None:
        """Forgets all."""
        self._templates.clear()

    def make(self, parameters: Mapping[str, Any]) -> UtilityTemplate:
        """A new template, still to be reviewed. Raises error 100."""
        refuse_unexpected(parameters, ("name", "language", "category", "parameter_format", "components"))
        name, language = parameters.get("name"), text_of(parameters, "language", "template", 20)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise bad_parameter("param name must be lower-case letters, digits and underscores")
        if parameters.get("category") != "UTILITY":
            raise bad_parameter("param category must be UTILITY")
        form = parameters.get("parameter_format", "POSITIONAL")
        if form not in ("NAMED", "POSITIONAL"):
            raise bad_parameter("param parameter_format must be one of {NAMED, POSITIONAL}")
        if any(known.name == name and known.language == language for known in self._templates):
            raise bad_parameter(f"A template {name} in {language} already exists")
        template = UtilityTemplate(self._make_id(), name, language, form, _components(parameters.get("components")))
        template.reason = _fault_of(template)
        self._templates.append(template)
        return template

    def delete(self, name: str) -> None:
        """Deletes a template in all its languages. Raises error 100."""
        left = [known for known in self._templates if known.name != name]
        if len(left) == len(self._templates):
            raise bad_parameter(f"Template {name} does not exist")
        self._templates = left

    def named(self, name: str, language: str | None = None) -> UtilityTemplate | None:
        """The template of that name (and language), or None."""
        return next((t for t in self._templates if t.name == name and language in (None, t.language)), None)

    def approved(self, template: Mapping[str, Any]) -> UtilityTemplate:
        """The one that a send names. Raises error 100 where there is none, or it is not approved."""
        found = self.named(template["name"], template["language"]["code"])
        if found is None:
            raise bad_parameter(f"Template name {template['name']} does not exist in {template['language']['code']}")
        if found.status != "APPROVED":
            raise GraphError(100, f"Template {found.name} is not approved: {found.status}")
        return found


def _components(components: Any) -> list[dict[str, Any]]:
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise bad_parameter("param components must be an array of objects")
    kinds = [part.get("type") for part in components]
    if kinds.count("BODY") != 1 or any(kind not in ("HEADER", "BODY", "BUTTONS") for kind in kinds):
        raise bad_parameter("param components must hold one BODY, and at most a HEADER and BUTTONS")
    for part in components:
        if part["type"] == "BUTTONS":
            _check_buttons(part.get("buttons"))
        else:
            text_of(part, "text", "components", _BODY)
    return components


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3 or not all(isinstance(button, dict) for button in buttons):
        raise bad_parameter("param components[buttons] must be an array of 1 to 3 objects")
    for button in buttons:
        text_of(button, "text", "components[buttons]", BUTTON_TITLE)
        match button.get("type"):
            case "POSTBACK":
                text_of(button, "payload", "components[buttons]", PAYLOAD)
            case "URL":
                check_url(button.get("url"), "components[buttons][url]")
            case "PHONE_NUMBER":
                text_of(button, "phone_number", "components[buttons]", 20)
            case _:
                raise bad_parameter("param components[buttons][type] must be one of {POSTBACK, URL, PHONE_NUMBER}")


def _fault_of(template: UtilityTemplate) -> str:
    """The reason for which the review must reject it, NONE otherwise."""
    placeholders = template.parameters
    words = len(re.sub(r"\{\{[^}]*\}\}", " ", template.body).split())
    if template.parameter_format == "POSITIONAL" and placeholders != [str(n + 1) for n in range(len(placeholders))]:
        return "INCORRECT_PARAMS"
    if words < _WORDS_PER_PARAMETER * len(placeholders):
        return "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT"
    return "NONE"
