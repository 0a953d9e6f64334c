"""Runs of ``uv pip compile``, and resolutions for single platforms joined into one."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlpack.adapters.resolving.pins import Pin, pins_from
from mlpack.adapters.uv import Locations, Uv, failure
from mlpack.adapters.uv.failures import tidy
from mlpack.core.errors import DependencyError
from mlpack.lock.request import ResolveRequest
from mlpack.lock.requirements import platform_marker
from mlpack.ports import UpgradeScope


def joined(by_platform: Mapping[str, tuple[Pin, ...]]) -> tuple[Pin, ...]:
    """Join the pins of several platforms: one that all share needs no marker."""
    found: dict[Pin, list[str]] = {}
    hashes: dict[Pin, set[str]] = {}
    for platform, pins in by_platform.items():
        for pin in pins:
            key = replace(pin, sha256=(), marker=None)
            found.setdefault(key, []).append(_both(platform_marker(platform), pin.marker))
            hashes.setdefault(key, set()).update(pin.sha256)
    everywhere = len(by_platform)
    return tuple(
        replace(
            pin,
            sha256=tuple(sorted(hashes[pin])),
            marker=None if len(markers) == everywhere and _bare(markers) else _any(markers),
        )
        for pin, markers in found.items()
    )


def _bare(markers: list[str]) -> bool:
    return not any("(" in marker for marker in markers)


def _both(first: str, second: str | None) -> str:
    return first if second is None else f"{first} and ({second})"


def _any(markers: list[str]) -> str:
    # Two builds of one platform, such as two levels of manylinux, have one marker.
    return " or ".join(f"({marker})" for marker in dict.fromkeys(markers))


_FORM = (
    "--generate-hashes",
    "--no-header",
    "--annotation-style=split",
    "--emit-index-annotation",
    "--quiet",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compilation:
    """What uv is asked beside the request.

    ``python`` is the interpreter that runs build code; ``previous`` is the text of earlier pins,
    ``left_out`` the versions ruled out (name, version), ``without`` packages to do without.
    """

    request: ResolveRequest
    python: Path | None
    previous: str = ""
    upgrade: UpgradeScope = frozenset()
    left_out: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    offline: bool = False


class UnsolvableError(DependencyError):
    """uv found no solution; ``details`` are its reasons."""


def compile_pins(uv: Uv, asked: Compilation) -> tuple[Pin, ...]:
    """Resolve. Raises ``UnsolvableError``, ``DependencyError`` or ``OutsideError``."""
    platforms = asked.request.platforms
    if not platforms:
        return _universal(uv, asked)
    return joined({name: _compile(uv, asked, f"--python-platform={name}") for name in platforms})


def compile_each(uv: Uv, asked: Compilation) -> Iterator[tuple[Pin, ...]]:
    """Resolve for each platform, or for all at once, and for no other Python than the one asked.

    What is yielded is not joined: each pin says who asks for it there.
    """
    for name in asked.request.platforms:
        yield _compile(uv, asked, f"--python-platform={name}")
    if not asked.request.platforms:
        yield _compile(uv, asked, "--universal", alone=True)


def _universal(uv: Uv, asked: Compilation) -> tuple[Pin, ...]:
    try:
        return _compile(uv, asked, "--universal")
    except UnsolvableError:
        # uv solves for newer Pythons too, and they may be what has no solution.
        return _compile(uv, asked, "--universal", alone=True)


def _compile(uv: Uv, asked: Compilation, target: str, *, alone: bool = False) -> tuple[Pin, ...]:
    """Run uv; ``alone`` keeps it to the minor that is asked for."""
    request = asked.request
    with tempfile.TemporaryDirectory(prefix="mlpack-resolve-") as name:
        folder = Path(name).resolve()
        _write(folder / "requirements.in", request.requirements)
        _write(folder / "constraints.txt", [*request.constraints, *_exclusions(asked.left_out)])
        _write(folder / "excludes.txt", asked.without)
        (folder / "requirements.txt").write_text(asked.previous, encoding="utf-8")
        if alone:
            _write(folder / "pyproject.toml", _project(request.python))
        answer = uv.run(
            "pip", "compile", *_arguments(asked), target,
            cwd=folder, locations=locations_of(request), offline=asked.offline,
            configured=alone,
        )  # fmt: skip
        if answer.code:
            raise _failure(answer.stderr)
        return pins_from((folder / "requirements.txt").read_text(encoding="utf-8"))


def _project(minor: str) -> Iterator[str]:
    """Yield the only file in which uv takes the environments to solve for."""
    newer = f"3.{int(minor.split('.')[1]) + 1}"
    only = f"python_full_version >= '{minor}' and python_full_version < '{newer}'"
    yield from ("[project]", 'name = "asked"', 'version = "0"')
    yield f'requires-python = ">={minor},<{newer}"'
    yield from ("[tool.uv]", f'environments = ["{only}"]')


def locations_of(request: ResolveRequest) -> Locations:
    """Return where a request's packages come from, on this machine."""
    return Locations(
        index_url=request.index_url,
        extra_index_urls=request.extra_index_urls,
        find_links=request.find_links_now,
    )


def _arguments(asked: Compilation) -> Iterator[str]:
    request = asked.request
    yield from (
        "requirements.in",
        "--constraints=constraints.txt",
        "--output-file=requirements.txt",
    )
    yield from (*_FORM, f"--python-version={request.python}")
    # Some interpreter has to be there, though resolving for another Python needs none of it.
    yield f"--python={asked.python or sys.executable}"
    if asked.without:
        yield "--excludes=excludes.txt"
    if request.torch_backend:
        yield f"--torch-backend={request.torch_backend}"
    if request.exclude_newer:
        yield f"--exclude-newer={request.exclude_newer}"
    if request.allow_sdist is not True:
        yield "--only-binary=:all:"
        yield from (f"--no-binary={name}" for name in request.allow_sdist or ())
    yield from (f"--no-build-isolation-package={name}" for name in request.no_build_isolation)
    if asked.upgrade == "all":
        yield "--upgrade"
    else:
        yield from (f"--upgrade-package={name}" for name in sorted(asked.upgrade))


def _exclusions(left_out: Iterable[tuple[str, str]]) -> list[str]:
    by_name: dict[str, list[str]] = {}
    for name, version in left_out:
        by_name.setdefault(name, []).append(f"!={version}")
    return [f"{name}{','.join(versions)}" for name, versions in sorted(by_name.items())]


def _failure(stderr: str) -> Exception:
    error = failure(stderr, "resolving the requirements")
    if "unsatisfiable" in stderr and type(error) is DependencyError:
        return UnsolvableError(error.message, hint=error.hint, details=tidy(stderr))
    return error


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
