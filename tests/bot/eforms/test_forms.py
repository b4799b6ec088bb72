"""Which fields of a schema are asked, and when."""

import pytest

from bot.eforms.forms import EFormError, form_of
from tests.bot.eforms.citizen import form_from


def paths(text: str, values: dict[str, object] | None = None, skipped: tuple[str, ...] = ()) -> list[str]:
    return [field.path for field in form_from(text).asked(values or {}, skipped).fields]


CONDITION = """
type: object
required: [a]
properties: {a: {type: boolean, x-order: 1}, last: {type: string, x-order: 99}}
if: {properties: {a: {const: true}}}
then: {properties: {b: {type: string, x-order: 2}}, required: [b]}
else: {properties: {c: {type: string, x-order: 2}}}
"""


def test_a_condition_waits_for_its_answer() -> None:
    assert paths(CONDITION) == ["a", "last"]
    assert paths(CONDITION, {"a": True}) == ["a", "b", "last"]
    assert paths(CONDITION, {"a": False}) == ["a", "c", "last"]


def test_a_condition_on_a_field_left_empty_is_decided_by_its_absence() -> None:
    optional = CONDITION.replace("required: [a]\n", "")
    assert paths(optional) == ["a", "last"]
    # By JSON Schema a property that is not there fits "properties".
    assert paths(optional, {}, ("a",)) == ["a", "b", "last"]


def test_an_answer_that_is_hidden_decides_nothing() -> None:
    text = """
    type: object
    properties: {a: {enum: [x, y]}}
    allOf:
      - {if: {properties: {a: {const: x}}, required: [a]}, then: {properties: {b: {type: boolean}}}}
      - {if: {properties: {b: {const: true}}, required: [b]}, then: {properties: {c: {type: string}}}}
    """
    assert paths(text, {"a": "x", "b": True}) == ["a", "b", "c"]
    assert paths(text, {"a": "y", "b": True}) == ["a"]
    assert form_from(text).asked({"a": "y", "b": True, "c": "z"}).instance == {"a": "y"}


def test_order_and_cases() -> None:
    text = """
    type: object
    properties:
      z: {type: string, x-order: 2}
      y: {type: string, x-case: [one]}
      kind: {enum: [one, two], x-case: true}
      x: {type: string, x-order: 1, x-case: two}
    """
    assert paths(text) == ["kind", "z"]
    assert paths(text, {"kind": "one"}) == ["kind", "z", "y"]
    assert paths(text, {"kind": "two"}) == ["kind", "x", "z"]


def test_an_object_that_need_not_be_given_is_left_after_its_first_field() -> None:
    text = "type: object\nproperties: {p: {type: object, required: [n, b], properties: {n: {type: string}, b: {type: string}}}}"
    assert paths(text) == ["p.n"]
    assert paths(text, {}, ("p.n",)) == ["p.n"]
    fields = form_from(text).asked({"p.n": "x"}).by_path
    assert fields["p.b"].required
    assert not form_from(text).asked({}).by_path["p.n"].required


def test_groups_begin_and_end_with_a_question() -> None:
    items = "{type: object, required: [n], properties: {n: {type: string}}}"
    text = f"type: object\nproperties: {{m: {{type: array, maxItems: 2, items: {items}}}}}"
    assert paths(text) == ["m#0"]
    assert paths(text, {"m#0": False}) == ["m#0"]
    assert paths(text, {"m#0": True, "m[0].n": "x"}) == ["m#0", "m[0].n", "m#1"]
    assert paths(text, {"m#0": True, "m[0].n": "x", "m#1": True}) == ["m#0", "m[0].n", "m#1", "m[1].n"]
    assert form_from(text).asked({"m#0": False, "m[0].n": "x"}).instance == {}


def test_references_are_written_out() -> None:
    text = """
    type: object
    $defs: {p: {type: object, title: Người, properties: {n: {type: string, title: Tên}}, required: [n]}}
    required: [a]
    properties: {a: {$ref: '#/$defs/p', x-order: 1}, b: {$ref: '#/$defs/p'}}
    """
    assert paths(text) == ["a.n", "b.n"]


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string"}, "of type 'object'"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}}, "leads nowhere"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.com/x"}}}, "outside the file"),
        ({"type": "object", "$defs": {"x": {"$ref": "#/$defs/x"}}, "properties": {"a": {"$ref": "#/$defs/x"}}}, "back to itself"),
        ({"type": "object", "$defs": {"x": "text"}, "properties": {"a": {"$ref": "#/$defs/x"}}}, "does not lead to a schema"),
    ],
)
def test_what_is_no_form(schema: dict[str, object], why: str) -> None:
    with pytest.raises(EFormError, match=why):
        form_of(schema)


def test_the_version_changes_with_the_schema() -> None:
    one, same, other = ({"type": "object", "properties": {name: {"type": "string"}}} for name in ("a", "a", "b"))
    assert form_of(one).version == form_of(same).version
    assert form_of(one).version != form_of(other).version
