"""What was measured: hashes, dates and sizes of file, model and catalogue, so that two reports can be told apart."""

import hashlib
import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.catalogue.load import Catalogue
from motcua.evaluation.intents import EngineModel

_SHOWN = 12


def of_file(path: Path, size: str, now: datetime) -> dict[str, str]:
    """The file with its size in words, and when and where it was measured on."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "tệp": f"{path.name} · {size} · sha256 {digest[:_SHOWN]}",
        "đo lúc": now.isoformat(timespec="seconds"),
        "máy": f"Python {platform.python_version()} · {platform.machine()}",
    }


def of_model(model: EngineModel) -> dict[str, str]:
    """The trained model, and whether it is that of the present data and code."""
    stale = " · ! dữ liệu hoặc mã đã đổi sau khi huấn luyện (motcua train)" if model.fits is False else ""
    return {
        "mô hình": f"{model.name} · {model.bytes / 1e6:.1f} MB · {len(model.intents)} ý định",
        "huấn luyện": f"{model.trained_at} · dấu vân tay {model.fingerprint[:_SHOWN]}{stale}",
    }


def of_served_model(health: Mapping[str, Any]) -> dict[str, str]:
    """The model of a running engine, from its health page; nothing where the page could not be read."""
    if not health.get("model"):
        return {}
    return {"mô hình": f"{health['model']} · dấu vân tay {str(health.get('fingerprint') or '?')[:_SHOWN]}"}


def catalogue_digest(catalogue: Catalogue) -> str:
    """A hash over every wording, and over the facts of the reviewed procedures."""
    digest = hashlib.sha256()
    for listing in sorted(catalogue.listings, key=lambda one: one.code):
        digest.update(f"{listing!r}\n".encode())
        if listing.origin == "reviewed":
            digest.update(f"{catalogue.procedures[listing.code]!r}\n".encode())
    return digest.hexdigest()


def of_catalogue(catalogue: Catalogue) -> dict[str, str]:
    """The catalogue that was searched."""
    reviewed = [listing.code for listing in catalogue.listings if listing.origin == "reviewed"]
    dates = sorted(str(catalogue.procedures[code].source.as_of) for code in reviewed)
    parts = [f"{len(catalogue.listings)} thủ tục, {len(reviewed)} đã duyệt"]
    parts += [f"dữ liệu duyệt {dates[0]} đến {dates[-1]}"] if dates else []
    return {"danh mục": " · ".join([*parts, f"sha256 {catalogue_digest(catalogue)[:_SHOWN]}"])}


def of_search(described: Mapping[str, Any]) -> dict[str, str]:
    """What the search consists of (``ProcedureSearch.describe``)."""
    dense = f"từ và véc-tơ câu ({described['encoder']})" if described["dense"] else f"chỉ từ khoá ({described['reason']})"
    return {"tra cứu": f"{described['rows']} cách gọi · {dense}"}
