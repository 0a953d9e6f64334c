"""Locked packages as files in a folder, which pip and uv can install from without an index."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name, parse_wheel_filename

from mlpack.adapters.resolving.asking import THREADS, IndexClient
from mlpack.adapters.uv import Locations, Uv, find_interpreter
from mlpack.adapters.uv.surroundings import index_urls, with_locations
from mlpack.core.digest import file_digest
from mlpack.core.errors import DependencyError, IntegrityError, OutsideError
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.requirements import install_lines, torch_backend_of
from mlpack.ports import CollectedFile, EnvironmentRequest

_CHUNK = 1 << 20
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class UvWheels:
    """Asks uv where the files of locked packages are, downloads them, and checks their hashes."""

    uv: Uv

    def collect(
        self,
        locked: LockedEnvironment,
        request: EnvironmentRequest,
        folder: Path,
        *,
        platform: str | None = None,
    ) -> tuple[CollectedFile, ...]:
        """Put a file of each package of ``locked`` into ``folder``; one that is there stays.

        Packages that are required by URL, or from git, are left out: neither pip nor uv would take
        them from a folder. Raises ``IntegrityError``, ``DependencyError`` or ``OutsideError``.
        """
        places = Locations(
            index_url=request.index_url,
            extra_index_urls=request.extra_index_urls,
            find_links=request.links,
        )
        pins = {(each.name, each.version): each for each in locked.packages if not each.url}
        served = self._served(locked, request, places, platform)
        wanted = [_chosen(entry, pins) for entry in served if _key(entry) in pins]
        indexes = list(index_urls(with_locations(self.uv.environ, places)))
        with IndexClient(self.uv) as client, ThreadPoolExecutor(THREADS) as pool:
            bring = partial(_brought, client, indexes, folder)
            return tuple(sorted(pool.map(bring, wanted), key=lambda each: each.path.name))

    def _served(
        self,
        locked: LockedEnvironment,
        request: EnvironmentRequest,
        places: Locations,
        platform: str | None,
    ) -> list[dict[str, Any]]:
        """Return uv's entries (PEP 751) of the packages that the platform takes."""
        found = find_interpreter(self.uv, request.python)
        arguments = [f"--python={found.path if found else sys.executable}"]
        if platform or found is None:
            arguments.append(f"--python-version={request.python}")
        arguments += [f"--python-platform={platform}"] if platform else []
        options = [line for line in request.requirements if line.startswith("-")]
        backends = [backend for line in options if (backend := torch_backend_of(line))]
        arguments += [f"--torch-backend={backend}" for backend in backends[:1]]
        kept = [line for line in options if not torch_backend_of(line)]
        with tempfile.TemporaryDirectory(prefix="mlpack-wheels-") as name:
            listed = Path(name) / "requirements.txt"
            lines = [*kept, *install_lines(locked)]
            listed.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            said = self.uv.check(
                "pip", "compile", listed, "--no-deps", "--format=pylock.toml", "--no-header",
                "--quiet", *arguments, doing="looking for the packages' files", locations=places,
            )  # fmt: skip
        return _packages(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    package: LockedPackage
    filename: str
    url: str
    sha256: str


def _packages(text: str) -> list[dict[str, Any]]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    found: list[dict[str, Any]] = tomllib.loads(text).get("packages", [])
    return found


def _key(entry: Mapping[str, Any]) -> tuple[str, str]:
    return canonicalize_name(entry["name"]), entry.get("version", "")


def _chosen(entry: Mapping[str, Any], pins: Mapping[tuple[str, str], LockedPackage]) -> _Wanted:
    """Return the best file that the lock allows: a wheel before a source distribution."""
    package = pins[_key(entry)]
    wheels = list(_allowed(entry.get("wheels", ()), package))
    sources = list(_allowed([entry["sdist"]] if "sdist" in entry else (), package))
    if not wheels and not sources:
        raise DependencyError(
            f"The index has no file of {package.name} {package.version} that the lock allows",
            hint="use the index that the lock was made with, or run `mlpack lock --upgrade`",
        )
    return max(wheels, key=_rank) if wheels else sources[0]


def _allowed(files: Iterable[Mapping[str, Any]], package: LockedPackage) -> Iterator[_Wanted]:
    for file in files:
        url = file.get("url") or Path(file["path"]).absolute().as_uri()
        name = file.get("name") or unquote(urlsplit(url).path.rpartition("/")[2])
        sha256 = file.get("hashes", {}).get("sha256") or _hash_of(url)
        if sha256 in package.sha256:
            yield _Wanted(package=package, filename=name, url=url, sha256=sha256)


def _hash_of(url: str) -> str | None:
    path = _local(url)
    return file_digest(path).removeprefix("sha256:") if path else None


def _local(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _rank(file: _Wanted) -> tuple[bool, bool, tuple[int, ...]]:
    """Order wheels that all fit: for this Python alone, for one system, for the newest of those."""
    tags = parse_wheel_filename(file.filename)[3]
    newest = max((_system(tag.platform) for tag in tags), default=())
    own = any(tag.interpreter.startswith("cp") for tag in tags)
    return own, all(tag.platform != "any" for tag in tags), newest


def _system(platform: str) -> tuple[int, ...]:
    """Return the version in manylinux_2_28 or macosx_14_0; the oldest names have none."""
    found = re.search(r"_(\d+)_(\d+)_", platform)
    return (int(found[1]), int(found[2])) if found else ()


def _brought(client: IndexClient, indexes: list[str], folder: Path, file: _Wanted) -> CollectedFile:
    target = folder / file.filename
    if target.is_file() and file_digest(target) == f"sha256:{file.sha256}":
        return CollectedFile(path=target, package=file.package.name, new=False)
    for left in reversed(range(_TRIES)):
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".partial-", delete=False) as part:
            try:
                found = _written(client, indexes, file, part)
                _check(file, found)
                # Made for this process alone; others may read what is served to all.
                Path(part.name).chmod(0o644)
                Path(part.name).replace(target)
                break
            except OutsideError:
                if not left:
                    raise
            finally:
                Path(part.name).unlink(missing_ok=True)
    return CollectedFile(path=target, package=file.package.name, new=True)


def _written(client: IndexClient, indexes: list[str], file: _Wanted, part: Any) -> str:
    """Copy or download a file; return its sha256."""
    path = _local(file.url)
    if path is not None:
        shutil.copyfile(path, part.name)
        return file_digest(Path(part.name)).removeprefix("sha256:")
    from requests import RequestException

    doing = f"download {file.filename}"
    answer = client.get(file.url, _index_of(file.url, indexes), doing, stream=True)
    if answer is None:
        raise OutsideError(f"cannot {doing}: {file.url} does not exist any more")
    digest = hashlib.sha256()
    try:
        for chunk in answer.iter_content(_CHUNK):
            digest.update(chunk)
            part.write(chunk)
        part.flush()
        os.fsync(part.fileno())
    except RequestException as error:
        raise OutsideError(f"cannot {doing}: the connection was lost", details=str(error)) from None
    return digest.hexdigest()


def _index_of(url: str, indexes: list[str]) -> str:
    """Return the index whose login opens a file: one of the same host, else the file's own URL."""
    host = urlsplit(url)
    for index in indexes:
        parts = urlsplit(index)
        if (parts.scheme, parts.netloc) == (host.scheme, host.netloc):
            return index
    return url


def _check(file: _Wanted, found: str) -> None:
    if found != file.sha256:
        raise IntegrityError(
            f"{file.filename} does not match the lock: found sha256:{found}, expected "
            f"sha256:{file.sha256}",
            hint="the index serves a different file than when it was locked: find out why before "
            "you lock again",
        )
