"""ZBS templates: what may be sent outside the consulting window, with its parameters."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.zalo import errors
from simulators.zalo.errors import ZaloError

TemplateStatus = Literal["PENDING_REVIEW", "ENABLE", "REJECT", "DISABLE"]
CHANGES_PER_DAY: Final = 100


class TemplateParameter(BaseModel):
    """One parameter, as ``/template/info/v2`` lists it."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,35}$")
    require: bool = True
    type: Literal["STRING", "NUMBER", "DATE"] = "STRING"
    min_length: int = Field(0, ge=0, alias="minLength")
    max_length: int = Field(30, ge=1, le=400, alias="maxLength")


class Template(BaseModel):
    """A template and its standing. ``tag``: 1 transaction, 2 customer care, 3 promotion."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    template_id: str = Field("", max_length=32)
    template_name: str = Field(min_length=1, max_length=60)
    tag: Literal[1, 2, 3] = 1
    text: str = Field(min_length=1, max_length=400)
    """What is shown; ``<name>`` stands for a parameter."""
    parameters: Annotated[list[TemplateParameter], Field(alias="listParams", max_length=20)] = []
    status: TemplateStatus = "PENDING_REVIEW"
    reason: str = ""
    by_uid: bool = True
    """Whether it may be sent by user id."""
    price_sdt: str = "300.0"
    price_uid: str = "200.0"

    def check(self, data: object) -> dict[str, str]:
        """The checked ``template_data``.

        Raises ``ZaloError``: -111 empty, -112 not an object or with an unknown parameter, -1122 one is missing, -1121 one is over
        or under its length, -1124 one has the wrong format.
        """
        if data is None or (data == {} and self.parameters):
            raise ZaloError(errors.ZBS_NO_DATA)
        if not isinstance(data, dict) or set(data) - {parameter.name for parameter in self.parameters}:
            raise ZaloError(errors.ZBS_BAD_DATA)
        return {p.name: _checked(p, data[p.name]) for p in self.parameters if p.name in data or _is_missing(p)}

    def shown(self, data: dict[str, str]) -> str:
        """The text as a person sees it."""
        text = self.text
        for name, value in data.items():
            text = text.replace(f"<{name}>", value)
        return text

    def listing(self) -> dict[str, Any]:
        """How ``/template/all`` shows it."""
        return {
            "templateId": self.template_id,
            "templateName": self.template_name,
            "status": self.status,
            "templateTag": self.tag,
        }

    def info(self) -> dict[str, Any]:
        """How ``/template/info/v2`` shows it."""
        parameters = [p.model_dump(by_alias=True) | {"acceptNull": False} for p in self.parameters]
        prices = {"price_sdt": self.price_sdt, "price_uid": self.price_uid, "reason": self.reason}
        return self.listing() | {"listParams": parameters} | prices


def _is_missing(parameter: TemplateParameter) -> bool:
    if parameter.require:
        raise ZaloError(errors.ZBS_PARAMETER_MISSING, parameter.name)
    return False


def _checked(parameter: TemplateParameter, value: object) -> str:
    if parameter.type == "NUMBER" and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ZaloError(errors.ZBS_PARAMETER_FORMAT, parameter.name)
    if parameter.require and not value.strip():
        raise ZaloError(errors.ZBS_PARAMETER_MISSING, parameter.name)
    if not parameter.min_length <= len(value) <= parameter.max_length:
        raise ZaloError(errors.ZBS_PARAMETER_LENGTH, parameter.name)
    if not _fits(parameter.type, value):
        raise ZaloError(errors.ZBS_PARAMETER_FORMAT, parameter.name)
    return value


def _fits(kind: str, value: str) -> bool:
    match kind:
        case "NUMBER":
            return value.removeprefix("-").replace(".", "", 1).isdecimal()
        case "DATE":
            return any(_is_date(value, form) for form in ("%d/%m/%Y", "%H:%M %d/%m/%Y", "%H:%M:%S %d/%m/%Y"))
    return True


def _is_date(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007  # only whether it is one
    except ValueError:
        return False
    return True


class TemplateStore:
    """The Official Account's templates."""

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}
        self._next = 400_001

    def __iter__(self) -> Any:
        return iter(self._templates.values())

    def put(self, template: Template) -> Template:
        """Stores it; gives it an id where it has none."""
        if not template.template_id:
            template = template.model_copy(update={"template_id": str(self._next)})
            self._next += 1
        self._templates[template.template_id] = template
        return template

    def get(self, template_id: object) -> Template:
        """The template. Raises ``ZaloError`` -109 where there is none."""
        found = self._templates.get(template_id) if isinstance(template_id, str) else None
        if found is None:
            raise ZaloError(errors.ZBS_BAD_TEMPLATE)
        return found

    def clear(self) -> None:
        """Removes all."""
        self._templates.clear()
