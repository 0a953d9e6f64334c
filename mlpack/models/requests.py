"""Requests as the worker reads them: plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from mlpack.ports import FetchRequest, PredictRequest, RecordRequest, SaveRequest

Request = SaveRequest | PredictRequest | RecordRequest | FetchRequest

TASKS: Mapping[type, str] = {
    SaveRequest: "save",
    PredictRequest: "predict",
    RecordRequest: "record",
    FetchRequest: "fetch",
}


def request_text(request: Request) -> str:
    """Return the request with the name of its task, as JSON."""
    return json.dumps({"task": TASKS[type(request)], **_plain(request)})


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
