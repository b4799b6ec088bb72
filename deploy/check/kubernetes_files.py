"""Reads ``deploy/kubernetes/base`` as kustomize builds it, as far as our files use it: resources and patches."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

BASE = Path(__file__).resolve().parents[1] / "kubernetes" / "base"
Thing = dict[str, Any]


def read_base(folder: Path = BASE) -> list[Thing]:
    """All objects, with what the shared patches add."""
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    things = [thing for name in plan["resources"] for thing in _documents(folder / name)]
    for patch in plan["patches"]:
        content = next(_documents(folder / patch["path"]))
        for thing in things:
            if _is_meant(thing, patch["target"]):
                thing["spec"] = _merged(thing["spec"], content["spec"])
    return things


def read_component(name: str, folder: Path = BASE) -> tuple[list[Thing], list[Thing]]:
    """The objects that a component adds, and the steps of its patches (RFC 6902)."""
    own = folder.parent / "components" / name
    plan = yaml.safe_load((own / "kustomization.yaml").read_text(encoding="utf-8"))
    things = [thing for file in plan["resources"] for thing in _documents(own / file)]
    return things, [step for patch in plan.get("patches", ()) for steps in _documents(own / patch["path"]) for step in steps]


def read_settings(folder: Path = BASE) -> Mapping[str, str]:
    """The variables of ``settings.env``."""
    lines = (folder / "settings.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def workloads(things: list[Thing]) -> dict[str, Thing]:
    """Name and pod of everything that runs."""
    return {
        thing["metadata"]["name"]: (thing["spec"].get("jobTemplate") or thing)["spec"]["template"]["spec"]
        for thing in things
        if thing["kind"] in ("Deployment", "StatefulSet", "Job", "CronJob")
    }


def _documents(path: Path) -> Iterator[Thing]:
    yield from (one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one)


def _is_meant(thing: Thing, target: Mapping[str, str]) -> bool:
    labels = thing["metadata"].get("labels") or {}
    name, _, value = target.get("labelSelector", "").partition("=")
    return bool(re.fullmatch(target["kind"], thing["kind"])) and (not name or labels.get(name) == value)


def _merged(old: Any, new: Any) -> Any:
    """Strategic merge: mappings by key, lists of named things by their name (a mount by its place), else the new value."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(one, dict) for one in [*old, *new]):
        known = {_key(one): one for one in old}
        return list({**known, **{_key(one): _merged(known.get(_key(one)), one) for one in new}}.values())
    return new


def _key(thing: Mapping[str, Any]) -> str:
    return str(thing.get("mountPath") or thing.get("name") or thing)
