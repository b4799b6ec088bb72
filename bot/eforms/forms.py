"""An e-form: a JSON Schema (2020-12) with our annotations, and which of its fields are asked, given what is answered so far.

Pure; the way through the schema is ``bot.eforms.walk``.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.eforms.fields import Field, Wording, type_of, wording
from bot.eforms.walk import Walk, tree_of


class EFormError(ValueError):
    """A schema that cannot be used as an e-form; the message says why, in plain words."""


@dataclass(frozen=True)
class Asked:
    """What the form asks now: its open and answered fields in order, and what is filled in so far, hidden answers left out."""

    fields: tuple[Field, ...]
    instance: Mapping[str, Any]

    @cached_property
    def by_path(self) -> Mapping[str, Field]:
        """The fields by their paths."""
        return {one.path: one for one in self.fields}


@dataclass(frozen=True)
class Form:
    """``schema`` has its references written out. ``version`` changes with every change of the schema."""

    code: str
    title: Wording
    version: str
    schema: Mapping[str, Any] = field(repr=False)
    case_field: str = ""

    def asked(self, values: Mapping[str, Any], skipped: Collection[str] = ()) -> Asked:
        """The fields that are asked with these answers (path → JSON value), in order."""
        walk = Walk(
            tree_of(values), values, frozenset(skipped), str(values.get(self.case_field, "")) if self.case_field else None
        )
        instance = walk.object(self.schema, "", walk.tree, wanted=True)
        return Asked(tuple(walk.fields), instance)


def form_of(schema: Mapping[str, Any], code: str = "") -> Form:
    """The form of a schema. Raises ``EFormError`` where it is no object or its references lead nowhere."""
    plain = _without_references(schema, schema, ())
    if not isinstance(plain, Mapping) or type_of(plain) != "object":
        raise EFormError("an e-form is a schema of type 'object'")
    digest = hashlib.sha256(json.dumps(schema, sort_keys=True, default=str).encode()).hexdigest()[:16]
    properties = plain.get("properties")
    rows = properties.items() if isinstance(properties, Mapping) else ()
    case = next((name for name, row in rows if isinstance(row, Mapping) and row.get("x-case") is True), "")
    code = code or str(plain.get("x-procedure") or "")
    return Form(code, wording(plain.get("x-title") or plain.get("title"), code), digest, plain, case)


def _without_references(node: Any, root: Mapping[str, Any], seen: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_without_references(item, root, seen) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        target = str(node["$ref"])
        if target in seen:
            raise EFormError(f"$ref {target} leads back to itself")
        found = _without_references(_at(root, target), root, (*seen, target))
        if not isinstance(found, Mapping):
            raise EFormError(f"$ref {target} does not lead to a schema")
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return {**found, **_without_references(beside, root, seen)}
    return {
        str(key): _without_references(value, root, seen) for key, value in node.items() if key not in ("$defs", "definitions")
    }


def _at(root: Mapping[str, Any], target: str) -> Any:
    if not target.startswith("#"):
        raise EFormError(f"$ref {target} leads outside the file; only '#/$defs/…' is read")
    node: Any = root
    for part in target.removeprefix("#").split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, Mapping) or part not in node:
            raise EFormError(f"$ref {target} leads nowhere")
        node = node[part]
    return node
