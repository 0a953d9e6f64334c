"""How the package is written and proven: `build` and `verify`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mlpack.core.errors import Problem
from mlpack.manifest.fields import Serialization
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.view import View

if TYPE_CHECKING:
    from mlpack.manifest.model import Verify
DEFAULT_TIMEOUT = "10m"
DEFAULT_OUTPUT = "dist"
DEFAULT_SERIALIZATION: Serialization = "code"
DEFAULT_RTOL = 1e-5
DEFAULT_ATOL = 1e-8

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
# Beside the package `name` lies its record, `name.intoto.json`.
_RESERVED = ".intoto.json"


def serialization(view: View) -> Serialization:
    """Return how the model is saved."""
    kind: Serialization = view.keys.get("build", {}).get("serialization", DEFAULT_SERIALIZATION)
    return kind


def output(view: View) -> PurePosixPath | Path:
    """Return the folder that receives the packages."""
    written = view.keys.get("build", {}).get("output", DEFAULT_OUTPUT)
    return Path(written) if Path(written).is_absolute() else PurePosixPath(written)


def verify(view: View) -> Verify:
    """Return how the forward pass runs."""
    from mlpack.manifest.model import ExpectedOutput, Verify

    written = view.keys.get("verify", {})
    expected = written.get("expected_output")
    return Verify(
        timeout=seconds(written.get("timeout", DEFAULT_TIMEOUT)),
        env=written.get("env", {}),
        pass_env=tuple(written.get("pass_env", ())),
        expected_output=None
        if expected is None
        else ExpectedOutput(
            file=PurePosixPath(expected["file"]),
            rtol=float(expected.get("rtol", DEFAULT_RTOL)),
            atol=float(expected.get("atol", DEFAULT_ATOL)),
        ),
    )


def seconds(timeout: str | float) -> float:
    """Return a timeout in seconds: a number, or a string such as ``90s``, ``10m``, ``1h``."""
    if isinstance(timeout, str):
        return float(timeout[:-1]) * _UNITS[timeout[-1]]
    return float(timeout)


def check_saved(view: View) -> Iterator[Problem]:
    """Yield where a package would land on the saved model that it adopts."""
    if view.saved is None:
        return
    saved, target = view.root / view.saved, view.root / output(view) / _package_name(view)
    if saved.is_relative_to(target) or target.is_relative_to(saved):
        message = f"The package would overwrite the saved model `{view.saved}`"
        hint = "Choose another `build.output`."
        yield view.problem("output-overlap", message, at="/model/saved", hint=hint)


def _package_name(view: View) -> str:
    return "-".join([str(view.keys.get("name", "")), *([view.variant] if view.variant else [])])


def check_build(view: View) -> Iterator[Problem]:
    """Yield where a package would land on what it is made from."""
    package = _package_name(view)
    if package.endswith(_RESERVED):
        at = "/name"
        message = (
            f"The package name `{package}` ends in `{_RESERVED}`, which is reserved for records"
        )
        yield view.problem("reserved-name", message, at=at, hint="Choose another name.")
    target = view.root / output(view) / package
    inputs = [PurePosixPath(str(path)) for path in view.keys.get("code_paths", ())]
    if "model" in view.keys and any(view.root / path == target for path in inputs):
        message = f"The package would overwrite the code path `{package}`"
        hint = "Choose another `build.output`."
        yield view.problem("output-overlap", message, at="/build/output", hint=hint)


def check_verify(view: View) -> Iterator[Problem]:
    """Yield what is wrong with the timeout and the expected output's file."""
    written = view.keys.get("verify", {})
    if "timeout" in written and seconds(written["timeout"]) <= 0:
        at = "/verify/timeout"
        yield view.problem(
            "bad-value",
            "`verify.timeout` must be greater than 0",
            at=at,
            hint="Write a duration such as 10m.",
        )
    if "expected_output" in written:
        at = "/verify/expected_output/file"
        yield from check_path(view, written["expected_output"]["file"], at, kind="file")
