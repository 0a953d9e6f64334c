"""Models as lines, as JSON, and as a job matrix."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mlpack.render.machine import json_text
from mlpack.render.reports import Shown
from mlpack.report import ListedModel


def text(models: Sequence[ListedModel], format: str, shown: Shown) -> str:
    """Write models as ``full`` lines, as ``json``, or as a ``github-matrix`` on one line."""
    if format == "full":
        return "".join(_line(model, shown) for model in models)
    records = [_record(model, shown) for model in models]
    if format == "json":
        return json_text([], models=records)
    keys = ("manifest", "name", "variant", "package")
    # Jobs are told apart by text: a matrix cannot hold null.
    rows = [{key: record[key] or "" for key in keys} for record in records]
    return json.dumps({"include": rows}, ensure_ascii=False) + "\n"


def _line(model: ListedModel, shown: Shown) -> str:
    name = model.name if model.variant is None else f"{model.name}  {model.variant}"
    return f"{shown(model.manifest)}  {name}  {model.version}  {model.digest or 'not built'}\n"


def _record(model: ListedModel, shown: Shown) -> dict[str, str | None]:
    return {
        "manifest": shown(model.manifest),
        "name": model.name,
        "variant": model.variant,
        "version": model.version,
        "package": shown(model.package),
        "digest": model.digest,
    }
