"""Which fields of a schema are asked, given what is answered so far. Pure.

What a condition (``if``) depends on is asked before anything that it decides: while one of its fields is still open, neither
``then`` nor ``else`` holds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.eforms.fields import Field, Group, Wording, kind_of, options_of, type_of, wording, words_of
from bot.eforms.json_schema import holds

MOST_MEMBERS = 50
"""A repeated group without ``maxItems`` ends here."""

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NONE = Wording("")
_UNORDERED = 1_000_000
_ROUNDS = 12


def tree_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as nested objects; lists as mappings from place to member."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        if "#" in path:
            continue
        node = tree
        parts = [name or f"[{place}]" for name, place in _PART.findall(path)]
        for part in parts[:-1]:
            step = node.setdefault(part, {})
            node = step if isinstance(step, dict) else {}
        if parts:
            node[parts[-1]] = value
    return tree


@dataclass
class _Level:
    """What one object asks for: its properties in order, and which of them are required."""

    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


@dataclass
class Walk:
    """Goes through a schema with the answers at hand."""

    tree: Mapping[str, Any]
    values: Mapping[str, Any]
    skipped: frozenset[str]
    case: str | None
    fields: list[Field] = field(default_factory=list)

    def object(
        self,
        schema: Mapping[str, Any],
        path: str,
        tree: Mapping[str, Any],
        *,
        wanted: bool,
        member: Wording = _NONE,
        section: Wording = _NONE,
    ) -> dict[str, Any]:
        """Adds the fields of an object and returns what is filled in. ``wanted``: the object itself is required."""
        level = self._settled_level(schema, path, tree)
        instance: dict[str, Any] = {}
        begun = wanted or bool(tree)
        closed = False
        for name, row in self._ordered(level):
            here = f"{path}.{name}" if path else name
            before = len(self.fields)
            needed = name in level.required and begun
            if not closed:
                self._property(row, here, path, tree, instance, needed=needed, member=member, section=section)
            # Of an object that need not be given only the first field is asked; without it the others are not.
            closed = closed or (not begun and len(self.fields) > before)
        return instance

    def _property(
        self,
        row: Mapping[str, Any],
        path: str,
        parent: str,
        tree: Mapping[str, Any],
        instance: dict[str, Any],
        *,
        needed: bool,
        member: Wording,
        section: Wording,
    ) -> None:
        name = path.rpartition(".")[2]
        kind = type_of(row)
        told = tree.get(name)
        fixed, value = _fixed(row)
        if fixed:
            if needed or "const" not in row:
                instance[name] = value
        elif kind == "object":
            inner = self.object(
                row, path, told if isinstance(told, Mapping) else {}, wanted=needed, member=member, section=_label(row, path)
            )
            if inner or needed:
                instance[name] = inner
        elif kind == "array" and _is_group(row):
            members = self._members(row, path, told if isinstance(told, Mapping) else {}, needed=needed)
            if members or needed:
                instance[name] = members
        else:
            made = _field(row, path, parent, needed=needed or (path == name and row.get("x-case") is True))
            self.fields.append(replace(made, member=member, section=section))
            if path in self.values:
                instance[name] = self.values[path]

    def _members(self, row: Mapping[str, Any], path: str, tree: Mapping[str, Any], *, needed: bool) -> list[dict[str, Any]]:
        """The members of a repeated group, each begun by the question whether there is one more."""
        least = int(row.get("minItems", 0)) if needed or tree else 0
        most = min(int(row.get("maxItems", MOST_MEMBERS)), MOST_MEMBERS)
        group = _group(row, path)
        members: list[dict[str, Any]] = []
        for place in range(most):
            if place >= least:
                gate = f"{path}#{place}"
                question = group.first if place == 0 else group.more
                self.fields.append(Field(gate, "boolean", group.one, question, required=True, gate=True, parent=path))
                if self.values.get(gate) is not True:
                    break
            told = tree.get(f"[{place}]")
            number = Wording(f"{group.one.vi} {place + 1}", f"{group.one.en or group.one.vi} {place + 1}")
            items = row["items"]
            inner = told if isinstance(told, Mapping) else {}
            members.append(self.object(items, f"{path}[{place}]", inner, wanted=True, member=number))
        return members

    def _settled_level(self, schema: Mapping[str, Any], path: str, tree: Mapping[str, Any]) -> _Level:
        """The properties that hold, once no condition changes them any more: a hidden answer decides nothing."""
        level = self._gathered(schema, path, {}, _Level(), {})
        for _ in range(_ROUNDS):
            known = level.properties
            visible = {name: _plain(told) for name, told in tree.items() if name in known}
            visible |= {name: _fixed(row)[1] for name, row in known.items() if _fixed(row)[0]}
            again = self._gathered(schema, path, visible, _Level(), known)
            if again.properties.keys() == known.keys() and again.required == level.required:
                return again
            level = again
        return level

    def _gathered(
        self, schema: Mapping[str, Any], path: str, visible: Mapping[str, Any], level: _Level, known: Mapping[str, Any]
    ) -> _Level:
        self._gather(schema, path, visible, level, known)
        for name in level.refused:
            level.properties.pop(name, None)
        level.properties = {name: row for name, row in level.properties.items() if self._in_case(row)}
        level.required &= level.properties.keys()
        return level

    def _gather(
        self, schema: Mapping[str, Any], path: str, visible: Mapping[str, Any], level: _Level, known: Mapping[str, Any]
    ) -> None:
        for name, row in (schema.get("properties") or {}).items():
            if row is False:
                level.refused.add(name)
                continue
            told = {} if row is True else dict(row)
            level.properties[name] = {**level.properties.get(name, {}), **told}
        level.required |= set(schema.get("required") or ())
        for further in self._further(schema, path, visible, known):
            self._gather(further, path, visible, level, known)

    def _further(
        self, schema: Mapping[str, Any], path: str, visible: Mapping[str, Any], known: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        """The parts of a schema that hold for what is filled in."""
        yield from (part for part in schema.get("allOf") or () if isinstance(part, Mapping))
        condition = schema.get("if")
        if isinstance(condition, Mapping) and not self._open(condition, path, visible, known):
            branch = schema.get("then" if holds(condition, visible) else "else")
            if isinstance(branch, Mapping):
                yield branch
        for name, part in (schema.get("dependentSchemas") or {}).items():
            if name in visible and isinstance(part, Mapping):
                yield part
        for name, names in (schema.get("dependentRequired") or {}).items():
            if name in visible:
                yield {"required": names}
        for word in ("oneOf", "anyOf"):
            branches = [part for part in schema.get(word) or () if isinstance(part, Mapping) and "properties" in part]
            yield from _fitting_branches(branches, visible)

    def _open(self, condition: Mapping[str, Any], path: str, visible: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        """Whether something that the condition looks at is asked and still unanswered."""
        for name in _mentioned(condition):
            here = f"{path}.{name}" if path else name
            if (
                name in known
                and name not in visible
                and here not in self.skipped
                and type_of(known[name]) not in ("object", "array")
            ):
                return True
        return False

    def _in_case(self, row: Mapping[str, Any]) -> bool:
        cases = row.get("x-case")
        if cases is None or isinstance(cases, bool) or self.case is None:
            return True
        return self.case in ([cases] if isinstance(cases, str) else list(cases))

    def _ordered(self, level: _Level) -> list[tuple[str, dict[str, Any]]]:
        rows = list(level.properties.items())

        def order(numbered: tuple[int, tuple[str, dict[str, Any]]]) -> tuple[float, int]:
            place, (_, row) = numbered
            told = row.get("x-order")
            default = -1 if row.get("x-case") is True else _UNORDERED
            return (float(told) if isinstance(told, int | float) else default, place)

        return [row for _, row in sorted(enumerate(rows), key=order)]


def _plain(told: Any) -> Any:
    """A part of the tree as JSON: mappings from place to member become lists."""
    if not isinstance(told, Mapping):
        return told
    if told and all(key.startswith("[") for key in told):
        return [_plain(told[key]) for key in sorted(told, key=lambda key: int(key[1:-1]))]
    return {key: _plain(value) for key, value in told.items()}


def _mentioned(condition: Mapping[str, Any]) -> set[str]:
    found = set(condition.get("properties") or ()) | set(condition.get("required") or ())
    for word in ("allOf", "anyOf", "oneOf"):
        for part in condition.get(word) or ():
            found |= _mentioned(part) if isinstance(part, Mapping) else set()
    inner = condition.get("not")
    return found | (_mentioned(inner) if isinstance(inner, Mapping) else set())


def _fitting_branches(branches: list[Mapping[str, Any]], visible: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Of branches told apart by a ``const`` (or ``enum``) the one that fits; before it is known, the choice between them."""
    if not branches:
        return
    marks = [{name: _allowed(row) for name, row in part["properties"].items() if _allowed(row)} for part in branches]
    shared = set(marks[0]).intersection(*marks[1:])
    if not shared:
        return
    name = min(shared)
    if name in visible:
        for part, mark in zip(branches, marks, strict=True):
            if visible[name] in mark[name]:
                row = part["properties"][name]
                plain = {key: value for key, value in row.items() if key not in ("const", "enum")}
                every = [value for one in marks for value in one[name]]
                yield {**part, "properties": {**part["properties"], name: {**plain, "enum": every}}}
                return
        return
    every = [value for one in marks for value in one[name]]
    yield {"properties": {name: {"enum": list(dict.fromkeys(every))}}, "required": [name]}


def _allowed(row: object) -> list[Any]:
    if not isinstance(row, Mapping):
        return []
    return [row["const"]] if "const" in row else list(row.get("enum") or ())


def _fixed(row: Mapping[str, Any]) -> tuple[bool, Any]:
    """Whether nobody is asked for the value, and which it is."""
    # A commitment that must be "true" is still the citizen's to give.
    if "const" in row and not isinstance(row["const"], bool):
        return True, row["const"]
    if row.get("readOnly") is True and "default" in row:
        return True, row["default"]
    return False, None


def _is_group(row: Mapping[str, Any]) -> bool:
    items = row.get("items")
    return isinstance(items, Mapping) and type_of(items) == "object"


def _label(row: Mapping[str, Any], path: str) -> Wording:
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", path.rpartition(".")[2]).replace("_", " ").replace("-", " ")
    return wording(row.get("x-label") or row.get("title"), name)


def _group(row: Mapping[str, Any], path: str) -> Group:
    told = row.get("x-group") if isinstance(row.get("x-group"), Mapping) else {}
    one = wording((told or {}).get("one"), _label(row, path).vi)
    shown = one.vi[:1].lower() + one.vi[1:]
    shown_en = (one.en or one.vi)[:1].lower() + (one.en or one.vi)[1:]
    first = (
        wording((told or {}).get("first"))
        or wording(row.get("x-question"))
        or Wording(f"Có {shown} nào cần khai không?", f"Is there any {shown_en} to declare?")
    )
    more = wording((told or {}).get("more")) or Wording(f"Còn {shown} nào nữa không?", f"Is there another {shown_en}?")
    return Group(one, first, more)


def _field(row: Mapping[str, Any], path: str, parent: str, *, needed: bool) -> Field:
    label = _label(row, path)
    made = Field(
        path=path,
        kind=kind_of(row, path.rpartition(".")[2], label.vi),
        label=label,
        question=wording(row.get("x-question")),
        required=needed,
        schema=row,
        why=wording(row.get("x-why")),
        example=str(row.get("x-example") or next(iter(row.get("examples") or ()), "")),
        options=options_of(row),
        words=words_of(row.get("x-words")),
        sensitive=row.get("x-sensitive") is True,
        prefill=str(row.get("x-prefill") or ""),
        parent=parent,
    )
    return made if made.question else replace(made, question=_default_question(made, row))


def _default_question(made: Field, row: Mapping[str, Any]) -> Wording:
    """A question for a field that has none: its description, else its label."""
    shown, shown_en = (text[:1].lower() + text[1:] for text in (made.label.vi, made.label.en or made.label.vi))
    described = wording(row.get("description")).vi
    if described.endswith("?"):
        return Wording(described)
    if made.kind == "boolean":
        return Wording(f"{made.label.vi}: có hay không?", f"{made.label.en or made.label.vi}: yes or no?")
    if made.options:
        return Wording(f"Xin chọn {shown}.", f"Please choose {shown_en}.")
    return Wording(f"Xin cho biết {shown}.", f"Please tell {shown_en}.")
