"""What a step's drawing shows, as data: a telephone's screen, a counter, or a sheet of paper."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Caption = Annotated[str, StringConstraints(min_length=1, max_length=44, strip_whitespace=True)]
"""As much as two lines of a drawn screen hold."""

SceneKind = Literal["phone", "counter", "paper"]
PartKind = Literal["bar", "text", "field", "button", "tick", "row", "code", "file", "paper", "money", "note", "menu"]
PaperState = Literal["good", "tilted", "dark", "blurred", "cut", "covered"]


class Part(BaseModel):
    """One thing on a screen. ``value``: what is filled in (made up); ``here``: what the step is about, drawn with a ring."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: PartKind
    says: Caption
    value: Caption | None = None
    here: bool = False


class Scene(BaseModel):
    """One drawing. ``show``: the parts of a screen from top to bottom, or what lies on the counter; ``state``: of a paper."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: SceneKind
    show: tuple[Part, ...] = Field(default=(), max_length=6)
    state: PaperState | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "paper") != (self.state is not None):
            raise ValueError("a paper has a state, and nothing else has one")
        if self.kind != "paper" and not self.show:
            raise ValueError("a screen or a counter shows something")
        return self
