"""Builds the two environments of the product from the lock files. Runs on a bare Python 3.11, standard library only.

Each environment carries a stamp with the hash of its lock files, so that a second run costs nothing.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
TOOLS = ROOT / "var" / "tools"
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SERVERS = ("pgbouncer", "redis-server")
"""Packages of Debian with a program of the same name."""


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def fingerprint(*files: Path) -> str:
    """The hash of lock files and of the Python that the environment is built with."""
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def pip(environment: Path, *arguments: str) -> int:
    """Runs the environment's pip quietly; its exit status."""
    command = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def install_torch(environment: Path) -> int:
    """The CPU build of the pinned torch: a local or indexed "+cpu" file on Linux, the ordinary file elsewhere."""
    pin = next(line for line in (REQUIREMENTS / "torch.txt").read_text().splitlines() if line.startswith("torch=="))
    if platform.system() != "Linux":
        return pip(environment, "--no-deps", pin)
    cpu = f"{pin}+cpu"
    quick = subprocess.run(
        [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", cpu],
        cwd=ROOT,
        check=False,
        stderr=subprocess.DEVNULL,
    )
    return quick.returncode and pip(environment, "--no-deps", "--extra-index-url", PYTORCH_CPU_INDEX, cpu)


def build(name: str, environment: Path, locks: tuple[Path, ...], install) -> str | None:
    """Makes one environment unless its stamp says that it fits; says what went wrong. Leaves no half-built environment behind."""
    stamp = environment / ".lock-fingerprint"
    wanted = fingerprint(*locks)
    if stamp.exists() and stamp.read_text() == wanted:
        say(f"✓ môi trường {name} đã có")
        return None
    say(f"… dựng môi trường {name} (lần đầu mất một vài phút)")
    began = time.monotonic()
    shutil.rmtree(environment, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    if install(environment):
        shutil.rmtree(environment, ignore_errors=True)
        return f"Không cài được các gói của môi trường {name}. Kiểm tra mạng tới kho gói Python rồi chạy lại."
    stamp.write_text(wanted)
    say(f"✓ môi trường {name} ({time.monotonic() - began:.0f} s)")
    return None


def install_app(environment: Path) -> int:
    """torch first (its CPU build), then the locked packages with their hashes, then the project itself."""
    say("    ứng dụng: torch (bản CPU)")
    if status := install_torch(environment):
        return status
    say("    ứng dụng: các gói khác")
    if status := pip(environment, "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS / "dev.lock")):
        return status
    return pip(environment, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def install_engine(environment: Path) -> int:
    """The closed list of the engine: Rasa's own metadata does not resolve on 3.11, hence without dependencies."""
    say("    Rasa: Rasa và các gói của nó")
    lock = str(REQUIREMENTS / "engine.lock")
    return pip(environment, "--no-deps", "--ignore-requires-python", "--require-hashes", "-r", lock)


def find_chromium() -> str | None:
    """The browser of the tests: ``CHROMIUM``, else one on the path."""
    return os.environ.get("CHROMIUM") or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def install_package(title: str, package: str) -> None:
    """Installs a package of Debian where we may; nothing happens elsewhere."""
    apt = shutil.which("apt-get")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if apt:
        say(f"… cài {title} cho kiểm thử")
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run([*sudo, apt, "update", "-q"], check=False, **quiet)
        subprocess.run([*sudo, apt, "install", "-y", "-q", package], check=False, **quiet)


def ensure_chromium() -> None:
    """Installs Debian's chromium where none is there and we may; else says how."""
    if not find_chromium():
        install_package("Chromium", "chromium")
    if not find_chromium():
        sys.exit("Kiểm thử trang web cần Chromium: cài gói «chromium», hoặc đặt CHROMIUM=/đường/dẫn/chromium, rồi chạy lại.")
    say("✓ trình duyệt Chromium")


def ensure_servers() -> None:
    """Installs the programs that tests start by themselves. Without one its tests are left out, and the run says so."""
    for program in SERVERS:
        where = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
        if not shutil.which(program, path=where):
            install_package(program, program)
        if shutil.which(program, path=where):
            say(f"✓ {program}")
        else:
            say(f"! không có {program}: các kiểm thử cần nó được bỏ qua, cuối lượt chạy có ghi rõ")


def find_promtool() -> str | None:
    """The check of Prometheus' rules: ``PROMTOOL``, else one on the path, else the one unpacked in ``var/tools``."""
    unpacked = TOOLS / "prometheus" / "usr" / "bin" / "promtool"
    return os.environ.get("PROMTOOL") or shutil.which("promtool") or (str(unpacked) if unpacked.is_file() else None)


def ensure_promtool() -> None:
    """Unpacks Debian's prometheus into ``var/tools`` where none is there: nothing is installed and no service starts."""
    apt = shutil.which("apt-get")
    if not find_promtool() and apt and shutil.which("dpkg"):
        say("… tải promtool cho kiểm thử luật cảnh báo")
        folder = TOOLS / "prometheus"
        folder.mkdir(parents=True, exist_ok=True)
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if subprocess.run([apt, "download", "prometheus"], cwd=folder, **quiet).returncode:
            subprocess.run([*sudo, apt, "update", "-q"], **quiet)
            subprocess.run([apt, "download", "prometheus"], cwd=folder, **quiet)
        for package in folder.glob("prometheus_*.deb"):
            subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=False)
            package.unlink()
    if not find_promtool():
        sys.exit("Kiểm thử luật cảnh báo cần promtool: cài gói «prometheus», hoặc đặt PROMTOOL=/đường/dẫn, rồi chạy lại.")
    say("✓ promtool")


def main() -> None:
    """Builds both environments; with ``--tests`` also what only the tests need."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    arguments = parser.parse_args()
    if sys.version_info[:2] != (3, 11):
        sys.exit("scripts/bootstrap.py cần Python 3.11; chạy qua: make setup")
    app_locks = (REQUIREMENTS / "dev.lock", REQUIREMENTS / "torch.txt")
    # Side by side: one unpacks while the other waits for the net.
    with ThreadPoolExecutor() as side_by_side:
        building = [
            side_by_side.submit(build, "ứng dụng", ROOT / ".venv", app_locks, install_app),
            side_by_side.submit(build, "Rasa", ROOT / ".venv-engine", (REQUIREMENTS / "engine.lock",), install_engine),
        ]
    if problems := [problem for one in building if (problem := one.result())]:
        sys.exit("\n".join(problems))
    if arguments.tests:
        ensure_chromium()
        ensure_servers()
        ensure_promtool()


if __name__ == "__main__":
    main()
