"""A citizen for tests: talks with the filling engine, and can answer any field sensibly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import yaml

from bot.catalogue.schema import Place
from bot.eforms.draft import Draft
from bot.eforms.engine import begin, instance_of, new_draft, step
from bot.eforms.fields import Field
from bot.eforms.forms import Form, form_of
from bot.eforms.tools import Tools, tools_for
from bot.eforms.turns import FormReply, Said, Upload
from bot.settings import PROJECT_ROOT

CATALOGUE = PROJECT_ROOT / "data" / "catalogue"
TODAY = date(2026, 11, 23)


@cache
def places() -> tuple[Place, ...]:
    """The wards and communes that ship."""
    rows = yaml.load((CATALOGUE / "places.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["places"]
    return tuple(Place.model_validate(row) for row in rows)


@cache
def tools_of_today(language: str = "vi") -> Tools:
    """Tools of the day of the tests, without any placeholder."""
    return tools_for(places(), TODAY, lambda _kind, _token: None, language)


def form_from(text: str, code: str = "9.000001") -> Form:
    """A form written as YAML."""
    return form_of(yaml.safe_load(text), code)


@dataclass
class Talk:
    """One draft being filled in."""

    form: Form
    tools: Tools = field(default_factory=tools_of_today)
    case: str | None = None
    prefill: Mapping[str, Any] | None = None
    draft: Draft = field(init=False)
    reply: FormReply = field(init=False)

    def __post_init__(self) -> None:
        self.draft, self.reply = begin(self.form, new_draft(self.form, "draft-1", self.case, self.prefill), self.tools)

    def say(self, *texts: str) -> str:
        """Sends texts one after the other; the text of the last reply."""
        for text in texts:
            self.draft, self.reply = step(self.form, self.draft, Said(text), self.tools)
        return self.heard

    def press(self, title: str) -> str:
        """Presses the button with this title of the last reply."""
        buttons = [one for message in self.reply.messages for one in message.buttons if one.title.startswith(title)]
        self.draft, self.reply = step(self.form, self.draft, Said(act=buttons[0].entities), self.tools)
        return self.heard

    def send(self, *uploads: Upload) -> str:
        """Sends photos or files."""
        self.draft, self.reply = step(self.form, self.draft, Said(uploads=uploads), self.tools)
        return self.heard

    @property
    def heard(self) -> str:
        """All texts of the last reply."""
        return "\n".join(message.text for message in self.reply.messages)

    @property
    def values(self) -> dict[str, Any]:
        """What is answered, by path."""
        return self.draft.plain

    @property
    def instance(self) -> dict[str, Any]:
        """What is filled in."""
        return instance_of(self.form, self.draft)

    @property
    def asked(self) -> Field:
        """The field that is asked for."""
        return self.form.asked(self.draft.plain, self.draft.skipped).by_path[self.draft.asked or ""]

    def fill(self, told: Mapping[str, str] | None = None, members: int = 1, most: int = 200) -> "Talk":
        """Answers everything that is asked until the summary is confirmed. ``told``: answers by path, where it matters which."""
        for _ in range(most):
            if self.draft.stage == "confirmed":
                return self
            if self.draft.stage == "papers":
                self.say("bổ sung sau")
            elif self.draft.stage == "review":
                self.say("đúng rồi")
            else:
                before = self.draft
                text = (told or {}).get(self.asked.path) or sensible_answer(self.asked, members)
                self.say(text)
                assert self.draft != before, f"{before.asked}: {text!r} was not taken: {self.heard}"
        raise AssertionError(f"still {self.draft.stage} at {self.draft.asked} after {most} turns: {self.heard}")


def sensible_answer(asked: Field, members: int = 1) -> str:
    """What a citizen would say to this field."""
    if asked.gate:
        return "có" if int(asked.path.rpartition("#")[2]) < members else "không"
    schema = asked.schema
    match asked.kind:
        case "person_name":
            return "Nguyễn Thị Hoà"
        case "citizen_id":
            return "027190001234"
        case "identity_number":
            return "027190001234"
        case "phone":
            return "0912 345 678"
        case "email":
            return "hoa.nguyen@example.vn"
        case "date":
            return _sensible_day(asked)
        case "money":
            return "50 triệu"
        case "integer" | "number":
            return _sensible_number(schema)
        case "boolean":
            return "có"
        case "choice":
            return "2" if asked.is_sex else "1"
        case "choices":
            return "1"
        case "list":
            return "bán cà phê, bán bánh"
        case "ward":
            return "phường Kinh Bắc"
        case "address":
            return "số 15 đường Lý Thái Tổ"
    if "pattern" in schema:
        return asked.example or "0123 456 789"
    return asked.example or "theo giấy tờ đã nộp"


def _sensible_day(asked: Field) -> str:
    if asked.is_birth_date:
        return "12/3/1990"
    return "25/12/2026" if asked.schema.get("x-not-before") == "today" else "15/10/2026"


def _sensible_number(schema: Mapping[str, Any]) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    step_by = schema.get("multipleOf", 1)
    value = max(least, 1) if schema.get("maximum", 1) >= 1 else least
    value = -(-value // step_by) * step_by
    return str(int(value) if value == int(value) else value)


def texts_of(replies: Sequence[FormReply]) -> str:
    """All texts of several replies."""
    return "\n".join(message.text for reply in replies for message in (*reply.messages, *reply.again))
