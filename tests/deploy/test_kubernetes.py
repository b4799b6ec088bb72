"""The Kubernetes files: restricted pods, probes that exist, a private Rasa, the settings and secrets of every process."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from deploy.check.compose_file import read_composition
from deploy.check.kubernetes_files import BASE, read_base, read_component, read_settings, workloads
from motcua.processes import product_processes
from tests.deploy.test_compose import OF_LIBRARIES, SETTINGS, VARIABLES, settings_of_the_engine

THINGS = read_base()
PODS = workloads(THINGS)
BACKUP_THINGS, JOURNAL_STEPS = read_component("backup")
BACKUP = workloads(BACKUP_THINGS)
POLICIES = {thing["metadata"]["name"]: thing["spec"] for thing in THINGS if thing["kind"] == "NetworkPolicy"}
ROUTES = {9100: {"/healthz", "/readyz"}, 5005: {"/webhooks/motcua/slot"}}


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def test_every_process_of_the_product_runs() -> None:
    settings = Settings(engine_secret="x", ledger_key="x", web_session_secret="x", platform_simulators=False)
    product = {spec.name for spec in product_processes(settings)} - {"portal"}
    named = {"engine": "engine-a"}
    assert {named.get(name, name) for name in product} | {"motcua-migrate"} == set(PODS)
    modules = {" ".join(spec.command[1:]) for spec in product_processes(settings) if spec.name != "portal"}
    started = {" ".join(pod["containers"][0]["command"][1:]) for pod in PODS.values()}
    assert modules == started - {"-m motcua.cli migrate"}


@pytest.mark.parametrize("name", [*PODS, *BACKUP])
def test_pods_keep_the_restricted_standard(name: str) -> None:
    pod = (PODS | BACKUP)[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    for container in containers(pod):
        mine = container["securityContext"]
        assert mine["allowPrivilegeEscalation"] is False
        assert mine["readOnlyRootFilesystem"] is True
        assert mine["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", [*PODS, *BACKUP])
def test_names_of_services_never_become_our_settings(name: str) -> None:
    # Kubernetes would set GATEWAY_PORT=tcp://10.0.0.1:8080 beside a service called gateway.
    assert (PODS | BACKUP)[name]["enableServiceLinks"] is False


@pytest.mark.parametrize("name", [name for name in PODS if name != "motcua-migrate"])
def test_probes_ask_for_what_is_served(name: str) -> None:
    container = PODS[name]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[kind]["httpGet"]
        assert asked["path"] in ROUTES[ports[asked["port"]]], (name, kind)


def test_every_variable_is_a_setting_and_every_file_a_secret_of_the_pod() -> None:
    known = SETTINGS | OF_LIBRARIES | settings_of_the_engine()
    variables = read_settings()
    assert {name if name in known else name.removesuffix("_FILE") for name in variables} <= known
    files = {value.rpartition("/")[2] for name, value in variables.items() if name.endswith("_FILE")}
    for name, pod in (PODS | BACKUP).items():
        secret = next(volume["secret"] for volume in pod["volumes"] if volume["name"] == "secrets")
        shown = {item["path"] for item in secret["items"]}
        wanted = {"engine_secret", "tracker_url", "redis_url"} if name.startswith("engine") else files
        wanted = wanted | ({"backup_key"} if name == "motcua-backup" else set())
        assert shown == wanted, name


def test_secrets_are_called_as_the_script_for_compose_writes_them() -> None:
    files = {value.rpartition("/")[2] for name, value in read_settings().items() if name.endswith("_FILE")} | {"backup_key"}
    assert files <= set(read_composition(VARIABLES).secrets)


def test_what_is_mounted_is_there() -> None:
    for name, pod in (PODS | BACKUP).items():
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in containers(pod):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, name


def test_nobody_speaks_to_anybody_unless_it_is_written() -> None:
    assert POLICIES["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_rasa_is_reached_by_workers_and_the_gateway_alone_and_reaches_its_own_alone() -> None:
    engine = POLICIES["engine"]
    sources = engine["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert (len(engine["ingress"]), sorted(sources)) == (1, ["gateway", "worker"])
    targets = [rule["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for rule in engine["egress"]]
    assert targets == ["actions", "model-server"]
    for name, policy in POLICIES.items():
        selected = policy["podSelector"].get("matchExpressions", [{}])[0].get("values", [])
        assert "engine" not in selected or name == "stores-for-those-who-use-them"


def test_no_ingress_and_no_open_service_leads_to_a_private_port() -> None:
    backends = {
        path["backend"]["service"]["name"]
        for thing in THINGS
        if thing["kind"] == "Ingress"
        for rule in thing["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert backends == {"gateway", "console"}
    assert all(thing["spec"].get("type", "ClusterIP") == "ClusterIP" for thing in THINGS if thing["kind"] == "Service")


def test_engine_addresses_are_those_of_the_processes() -> None:
    variables = read_settings()
    sets = {thing["metadata"]["name"]: thing["spec"] for thing in THINGS if thing["kind"] == "StatefulSet"}
    for name, listed in (("engine-a", variables["ENGINE_URLS"]), ("engine-b", variables["ENGINE_B_URLS"])):
        assert listed.split(",") == [f"http://{name}-{n}.{name}:5005" for n in range(sets[name]["replicas"])]


def test_addresses_in_the_settings_are_services() -> None:
    services = {thing["metadata"]["name"]: thing["spec"] for thing in THINGS if thing["kind"] == "Service"}
    for host, port in re.findall(r"http://(?:[a-z-]+-\d\.)?([a-z-]+):(\d+)", " ".join(read_settings().values())):
        assert services[host]["ports"][0]["port"] == int(port), host


def test_budgets_and_scalers_mean_something_that_runs() -> None:
    for thing in THINGS:
        if thing["kind"] == "HorizontalPodAutoscaler":
            assert thing["spec"]["scaleTargetRef"]["name"] in PODS
        if thing["kind"] == "PodDisruptionBudget":
            assert thing["metadata"]["name"] in PODS


def test_a_backup_is_made_and_proved_every_night_before_an_old_one_goes() -> None:
    job = next(thing["spec"] for thing in BACKUP_THINGS if thing["kind"] == "CronJob")
    assert (job["concurrencyPolicy"], job["timeZone"]) == ("Forbid", "Asia/Ho_Chi_Minh")
    pod = BACKUP["motcua-backup"]
    steps = [container["command"][-2:] for container in containers(pod)]
    assert steps == [["create", "--verify"], ["backup", "prune"]]
    policy = next(thing["spec"] for thing in BACKUP_THINGS if thing["kind"] == "NetworkPolicy")
    labels = job["jobTemplate"]["spec"]["template"]["metadata"]
    assert policy["podSelector"]["matchLabels"].items() <= labels["labels"].items()
    claims = {thing["metadata"]["name"] for thing in [*THINGS, *BACKUP_THINGS] if thing["kind"] == "PersistentVolumeClaim"}
    used = {volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume}
    assert used <= claims
    written = {mount["name"] for mount in pod["initContainers"][0]["volumeMounts"] if not mount.get("readOnly")}
    assert written == {"scratch", "state", "backups"}


def test_each_worker_notes_deletions_outside_of_the_ledger_in_a_file_of_its_own() -> None:
    added = {step["path"].rpartition("/0/")[2].rpartition("spec/")[2]: step["value"] for step in JOURNAL_STEPS}
    variables = {one["name"]: one for one in added["env"]}
    assert variables["POD_NAME"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    assert variables["DELETION_JOURNAL"]["value"] == f"{added['volumeMounts/-']['mountPath']}/$(POD_NAME).journal"
    assert added["volumes/-"]["name"] == added["volumeMounts/-"]["name"]
    claims = {thing["metadata"]["name"] for thing in BACKUP_THINGS if thing["kind"] == "PersistentVolumeClaim"}
    assert added["volumes/-"]["persistentVolumeClaim"]["claimName"] in claims


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl builds nothing here; the files are read above all the same")
def test_kustomize_builds_what_we_read() -> None:
    for folder in (BASE, BASE.parent / "overlays" / "production"):
        built = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True)
        pods = workloads(list(yaml.safe_load_all(built.stdout)))
        assert set(pods) == set(PODS) | (set(BACKUP) if folder != BASE else set())
        added = {"worker": {step["value"]["name"] for step in JOURNAL_STEPS if step["path"].endswith("/volumes/-")}}
        for name, pod in pods.items():
            read, more = (PODS | BACKUP)[name], added.get(name, set()) if folder != BASE else set()
            assert pod["containers"][0]["command"] == read["containers"][0]["command"]
            assert {volume["name"] for volume in pod["volumes"]} == {volume["name"] for volume in read["volumes"]} | more
            assert pod["enableServiceLinks"] is False
