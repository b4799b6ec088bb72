"""The compose file gives every process what it needs, and lets nobody reach Rasa."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.settings import PROJECT_ROOT, Settings
from deploy.check.compose_file import FOLDER, ComposeFileError, Composition, Service, read_composition
from deploy.check.container_file import IMAGES, read_stages

VARIABLES = {
    "PUBLIC_HOST": "motcua.example.gov.vn",
    "CONSOLE_HOST": "banlamviec.example.gov.vn",
    "CONSOLE_NETWORKS": "10.0.0.0/8",
    "ACME_EMAIL": "admin@example.gov.vn",
    "CHANNELS": "zalo,facebook,telegram",
    "ZALO_APP_ID": "1",
    "ZALO_OA_ID": "2",
    "FACEBOOK_APP_ID": "3",
    "FACEBOOK_PAGE_ID": "4",
}
WHOLE = read_composition(VARIABLES, "zalo", "facebook", "telegram")
OURS = {name: one for name, one in WHOLE.services.items() if re.search(r"/(app|engine|workbench|backup):", one.image)}
SETTINGS = {name.upper() for name in Settings.model_fields}
OF_LIBRARIES = {"FORWARDED_ALLOW_IPS"}
OF_THE_SIMULATOR = {"PORTAL_SIM_HOST", "PORTAL_DATABASE", "PORTAL_WEBHOOK_URL"}
PRIVATE = ("engine-a", "engine-b", "actions", "model-server", "postgres", "redis")


def settings_of_the_engine() -> set[str]:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "engine").rglob("*.py"))
    return set(re.findall(r'setting\("([A-Z_]+)"', code))


def as_in_the_container(service: Service, secrets: Path) -> dict[str, str]:
    """The environment that the process sees, its secrets in another folder."""
    image = service.image.rpartition("/")[2].partition(":")[0]
    both = read_stages()[image].environment | dict(service.environment)
    return {name: value.replace("/run/secrets/", f"{secrets}/") for name, value in both.items()}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets as the script makes them, those of the platforms given by variables."""
    folder = tmp_path_factory.mktemp("secrets")
    given = {name.upper(): "x" * 20 for name in WHOLE.secrets if name.startswith(("zalo", "facebook", "telegram"))}
    subprocess.run(
        ["sh", str(FOLDER / "make-secrets.sh"), "zalo", "facebook", "telegram"],
        env={"PATH": "/usr/bin:/bin", "SECRETS_DIR": str(folder), **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return folder


def test_every_variable_is_a_setting() -> None:
    engine = settings_of_the_engine() | SETTINGS
    for service in OURS.values():
        known = OF_LIBRARIES | (engine if "/engine:" in service.image else SETTINGS)
        known = known | OF_THE_SIMULATOR if service.name == "portal-simulator" else known
        names = {name if name in known else name.removesuffix("_FILE") for name in service.environment}
        assert names <= known, (service.name, names - known)


def test_every_process_starts_from_its_environment_alone(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in OURS.values():
        if "/engine:" in service.image or service.name in ("models", "portal-simulator"):
            continue
        with monkeypatch.context() as only:
            for name in list(SETTINGS):
                only.delenv(name, raising=False)
                only.delenv(f"{name}_FILE", raising=False)
            for name, value in as_in_the_container(service, secrets).items():
                only.setenv(name, value)
            settings = Settings()
        assert settings.database_url.startswith("postgresql://motcua:"), service.name
        assert settings.engine_secret.get_secret_value() == (secrets / "engine_secret").read_text()
        assert not settings.platform_simulators


def test_a_file_that_is_named_is_a_secret_of_the_service() -> None:
    for service in WHOLE.services.values():
        named = {Path(value).name for name, value in service.environment.items() if name.endswith("_FILE")}
        assert named <= set(service.secrets), service.name
        assert set(service.secrets) <= set(WHOLE.secrets), service.name


def test_the_script_makes_every_secret_and_never_changes_one(secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} >= set(WHOLE.secrets)
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o444}
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run(
        ["sh", str(FOLDER / "make-secrets.sh")], env={"PATH": "/usr/bin:/bin", "SECRETS_DIR": str(secrets)}, check=True
    )
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_a_secret_that_only_the_platform_knows_is_not_made_up(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(FOLDER / "make-secrets.sh"), "zalo"],
        env={"PATH": "/usr/bin:/bin", "SECRETS_DIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "zalo_app_secret" in done.stderr


def test_only_the_proxy_is_published_and_the_simulator_on_this_machine_alone() -> None:
    published = {name: one.raw["ports"] for name, one in WHOLE.services.items() if one.raw.get("ports")}
    assert set(published) == {"proxy", "portal-simulator"}
    assert all(port.startswith("127.0.0.1:") for port in published["portal-simulator"])
    assert not any(re.search(r"\b(5005|5006|5007|5055|9100|5432|6379)\b", str(port)) for port in published["proxy"])


def test_rasa_stands_on_networks_without_a_way_out() -> None:
    for name in ("engine-a", "engine-b", "model-server", "postgres", "redis"):
        assert all(WHOLE.networks[network].get("internal") for network in WHOLE.services[name].networks), name
    on_its_network = {name for name, one in WHOLE.services.items() if "rasa" in one.networks}
    assert on_its_network == {*PRIVATE, "worker", "gateway", "portal-simulator"}
    assert "rasa" not in WHOLE.services["proxy"].networks


def test_neighbours_that_are_named_share_a_network() -> None:
    for service in OURS.values():
        addresses = [value for name, value in service.environment.items() if name.endswith(("_URL", "_URLS"))]
        for host in re.findall(r"http://([a-z-]+):\d+", " ".join(addresses)):
            if needs(service.name, host):
                assert set(service.networks) & set(WHOLE.services[host].networks), (service.name, host)


def needs(service: str, host: str) -> bool:
    """Who speaks to whom; the others get the address with the common block and do not use it."""
    users = {
        "engine-a": ("worker", "gateway"),
        "engine-b": ("worker", "gateway"),
        "actions": ("worker", "engine-a", "engine-b"),
        "gateway": ("worker",),
        "model-server": ("engine-a", "engine-b"),
        "portal-simulator": ("worker", "actions"),
    }
    return service in users[host]


def test_every_container_is_locked_down() -> None:
    for name, service in WHOLE.services.items():
        raw = service.raw
        assert raw["read_only"] is True, name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", raw["user"]), name
        assert raw["cap_drop"] == ["ALL"], name
        assert raw["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in raw, name
        assert "privileged" not in raw, name
        assert raw.get("mem_limit"), name


def test_every_lasting_service_has_a_health_check() -> None:
    built_in = any(word == "HEALTHCHECK" for word, _ in read_stages()["runtime"].instructions)
    assert built_in
    for name, service in WHOLE.services.items():
        check = service.raw.get("healthcheck")
        once = service.raw["restart"] == "no"
        assert (check == {"disable": True}) if once else (service in OURS.values() or check), name


def test_nothing_waits_for_what_is_not_there() -> None:
    for service in WHOLE.services.values():
        for other in service.depends_on:
            assert not WHOLE.services[other].profiles or set(WHOLE.services[other].profiles) <= set(service.profiles)


def test_a_missing_variable_is_named() -> None:
    without = {name: value for name, value in VARIABLES.items() if name != "CONSOLE_HOST"}
    with pytest.raises(ComposeFileError, match="CONSOLE_HOST"):
        read_composition(without)


def test_the_example_of_variables_is_enough_for_a_first_start() -> None:
    lines = (FOLDER / "env.example").read_text(encoding="utf-8").splitlines()
    example: Mapping[str, str] = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    composition: Composition = read_composition(example)
    assert composition.services["actions"].environment["PORTAL_URL"] == "http://portal-simulator:8090"
    assert set(example) >= set(VARIABLES) - {"ZALO_APP_ID", "ZALO_OA_ID", "FACEBOOK_APP_ID", "FACEBOOK_PAGE_ID"}


def test_images_of_the_services_are_those_that_are_built() -> None:
    names = {one.image.rpartition("/")[2].partition(":")[0] for one in OURS.values()}
    assert names == set(IMAGES)
