"""docs/portal-api.yaml is valid, and says what the simulator serves."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from simulators.portal.app import create_app, vietnam_now
from simulators.portal.demo_dossiers import demo_dossiers
from simulators.portal.exchange import public_view
from simulators.portal.problems import problem
from simulators.portal.store import DossierStore

WRITTEN: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs" / "portal-api.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    with DossierStore(":memory:", []) as store:
        return create_app(store, "secret").openapi()


def test_both_files_are_valid(served: dict[str, Any]) -> None:
    validate(WRITTEN)
    validate(served)


def outline(api: dict[str, Any]) -> dict[str, Any]:
    """Paths, methods, parameters, bodies, statuses, media types and security: what a caller depends on."""
    return {
        f"{method} {path}": {
            "parameters": sorted((p["name"].lower(), p["in"], bool(p.get("required"))) for p in operation.get("parameters", [])),
            "body": references(operation.get("requestBody", {})),
            "answers": {
                status: (references(answer), sorted(answer.get("headers", {})))
                for status, answer in operation["responses"].items()
            },
            "token": bool(operation.get("security", api.get("security"))),
        }
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }


def references(part: dict[str, Any]) -> dict[str, str]:
    return {media: content["schema"]["$ref"] for media, content in part.get("content", {}).items()}


def test_paths_methods_bodies_and_statuses_are_the_same(served: dict[str, Any]) -> None:
    assert outline(served) == outline(WRITTEN)


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Field → (JSON types, choices, required)."""
    required = set(schema.get("required", []))
    return {name: (*kind(part), name in required) for name, part in schema["properties"].items()}


def kind(part: dict[str, Any]) -> tuple[Any, ...]:
    if "$ref" in part:
        return (part["$ref"],)
    if "anyOf" in part and "type" not in part:
        types, choices = set(), set()
        for option in part["anyOf"]:
            types |= {option["type"]}
            choices |= set(option.get("enum", []))
    else:
        types = set(part["type"]) if isinstance(part["type"], list) else {part["type"]}
        choices = set(part.get("enum", [])) | ({part["const"]} if "const" in part else set())
    return sorted(types), sorted(choices - {None}), part.get("items", {}).get("$ref")


def test_schemas_have_the_same_fields(served: dict[str, Any]) -> None:
    written, shown = WRITTEN["components"]["schemas"], served["components"]["schemas"]
    assert set(written) <= set(shown)
    for name, schema in written.items():
        assert fields(shown[name]) == fields(schema), name


def test_answers_are_what_the_file_says() -> None:
    now = vietnam_now()
    validator = validator_of("Dossier")
    for demo in demo_dossiers(now.date()):
        validator.validate(public_view(demo.record, now).model_dump())


@pytest.mark.parametrize("status", [401, 404, 413, 422, 429, 503])
def test_problems_are_what_the_file_says(status: int) -> None:
    answer = yaml.safe_load(bytes(problem(status).body))
    validator_of("Problem").validate(answer)
    name = answer["type"].removeprefix("urn:problem:")
    assert f"`{name}`" in WRITTEN["components"]["schemas"]["Problem"]["properties"]["type"]["description"]


def validator_of(schema: str) -> Any:
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": WRITTEN["components"]})
