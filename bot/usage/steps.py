"""The words of a form's steps, for tables of where guided submissions stop. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.eforms.forms import Form


def step_words(step: str, form: Form | None) -> str:
    """What a step is called in the form: the label of its field. The bare name where the form does not know it (any more)."""
    kind, _, path = step.partition(":")
    if kind != "field" or form is None:
        return path or step
    node: Any = form.schema
    for part in path.split("."):
        node = _members(node).get(part)
        if node is None:
            return path
    label = node.get("x-label")
    return str((label.get("vi") if isinstance(label, Mapping) else None) or node.get("title") or path)


def _members(node: Any) -> Mapping[str, Any]:
    if not isinstance(node, Mapping):
        return {}
    if "items" in node:
        return _members(node["items"])
    found: dict[str, Any] = {}
    for other in (*node.get("allOf", ()), *node.get("oneOf", ()), *node.get("anyOf", ()), node.get("then"), node.get("else")):
        found |= _members(other)
    return found | (node.get("properties") or {})
