"""Whether installed files are still the ones that their RECORD promises."""

from __future__ import annotations

import base64
import csv
import hashlib
from pathlib import Path

_MADE_BY_UV = {"_virtualenv.py", "_virtualenv.pth"}


def damaged(site: Path) -> list[str]:
    """Return what differs from the RECORDs in a ``site-packages`` folder, by relative path."""
    claimed: set[Path] = set()
    wrong: list[str] = []
    for record in sorted(site.glob("*.dist-info/RECORD")):
        for name, promised, _ in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            path = (site / name).resolve()
            claimed.add(path)
            if promised.startswith("sha256=") and not _holds(path, promised[7:]):
                wrong.append(name)
    for path in sorted(site.rglob("*")):
        inside = path.relative_to(site)
        if "__pycache__" in inside.parts or inside.parts[0] in _MADE_BY_UV or path.is_dir():
            continue
        if path.resolve() not in claimed and path.name not in ("RECORD", "uv_cache.json"):
            wrong.append(str(inside))
    return wrong


def _holds(path: Path, promised: str) -> bool:
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == promised
