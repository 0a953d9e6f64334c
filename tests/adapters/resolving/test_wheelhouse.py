"""A folder of locked packages: the files that a platform takes, checked, for pip and uv."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from mlpack.adapters.resolving import UvWheels
from mlpack.adapters.uv import find_uv
from mlpack.core.errors import DependencyError, IntegrityError, OutsideError
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.requirements import install_lines
from mlpack.ports import CollectedFile, EnvironmentRequest
from tests.indexes import Held, Index, surroundings

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"
MAC = "aarch64-apple-darwin"
LINUX = "x86_64-manylinux_2_28"


def package(*files: Held, marker: str | None = None, url: str | None = None) -> LockedPackage:
    name, version = files[0].filename.split("-")[:2]
    return LockedPackage(
        name=name,
        version=version.removesuffix(".tar.gz"),
        marker=marker,
        sha256=tuple(sorted(hashlib.sha256(held.content).hexdigest() for held in files)),
        url=url,
    )


def locked(*packages: LockedPackage) -> LockedEnvironment:
    return LockedEnvironment(request="sha256:" + "0" * 64, python=PYTHON, packages=packages)


def collect(
    index: Index,
    folder: Path,
    environment: LockedEnvironment,
    platform: str | None = LINUX,
    **environ: str,
) -> list[CollectedFile]:
    wheels = UvWheels(uv=find_uv(surroundings(index, folder.parent, **environ)))
    folder.mkdir(exist_ok=True)
    request = EnvironmentRequest(requirements=install_lines(environment), python=PYTHON)
    return list(wheels.collect(environment, request, folder, platform=platform))


def names(found: list[CollectedFile]) -> list[str]:
    return [each.path.name for each in found]


def test_each_platform_gets_its_best_file(index: Index, tmp_path: Path) -> None:
    minor = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    tags = ["py3-none-any", f"{minor}-{minor}-manylinux2014_x86_64"]
    systems = ("manylinux_2_28_x86_64", "macosx_11_0_arm64")
    tags += [f"{minor}-{minor}-{system}" for system in systems]
    leaf = package(
        *(index.wheel("leaf", "1.0", tag=tag) for tag in tags), index.sdist("leaf", "1.0")
    )
    stem = package(index.wheel("stem", "1.0"), marker="sys_platform == 'darwin'")
    environment = locked(leaf, stem)
    folder = tmp_path / "wheels"
    best = f"leaf-1.0-{minor}-{minor}-manylinux_2_28_x86_64.whl"
    assert names(collect(index, folder, environment)) == [best]
    mac = names(collect(index, folder, environment, MAC))
    assert mac == [f"leaf-1.0-{minor}-{minor}-macosx_11_0_arm64.whl", "stem-1.0-py3-none-any.whl"]
    before = list(index.asked)
    again = collect(index, folder, environment)
    assert [each.new for each in again] == [False]
    assert [path for path in index.asked[len(before) :] if path.startswith("/files")] == []


def test_pip_installs_from_it_alone(index: Index, tmp_path: Path) -> None:
    environment = locked(package(index.wheel("leaf", "1.0")), package(index.wheel("stem", "2.0")))
    folder = tmp_path / "wheels"
    collect(index, folder, environment, None)
    listed = tmp_path / "requirements.txt"
    listed.write_text("\n".join(install_lines(environment)))
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--require-hashes"]
    arguments = ["--find-links", folder, "-r", listed, "--target", tmp_path / "installed"]
    subprocess.run([*command, *arguments], check=True, env={"PATH": "/usr/bin:/bin"})
    assert (tmp_path / "installed/leaf.py").is_file()


def test_what_has_no_wheel_comes_as_its_source(index: Index, tmp_path: Path) -> None:
    found = collect(index, tmp_path / "wheels", locked(package(index.sdist("leaf", "1.0"))))
    assert names(found) == ["leaf-1.0.tar.gz"]


def test_what_is_required_by_url_is_left_out(index: Index, tmp_path: Path) -> None:
    held = index.wheel("leaf", "1.0")
    url = f"http://{index.host}/files/{held.filename}"
    assert collect(index, tmp_path / "wheels", locked(package(held, url=url))) == []


def test_a_folder_of_the_machine_is_a_source_too(index: Index, tmp_path: Path) -> None:
    held = index.wheel("leaf", "1.0")
    index.projects.clear()
    links = tmp_path / "links"
    links.mkdir()
    (links / held.filename).write_bytes(held.content)
    folder = tmp_path / "wheels"
    found = collect(index, folder, locked(package(held)), UV_FIND_LINKS=str(links))
    assert [each.path.read_bytes() for each in found] == [held.content]


@pytest.mark.parametrize("way", ["address", "by name", "netrc", "keyring"])
def test_files_behind_a_login_are_opened_as_pages_are(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    environment = locked(package(index.wheel("leaf", "1.0")))
    index.login = ("someone", "k3y")
    netrc, keyring = tmp_path / "netrc", tmp_path / "bin/keyring"
    netrc.write_text("machine 127.0.0.1 login someone password k3y\n")
    keyring.parent.mkdir()
    keyring.write_text('#!/bin/sh\n[ "$1 $3" = "get someone" ] && echo k3y\n')
    keyring.chmod(0o755)
    named = {"UV_DEFAULT_INDEX": "", "UV_INDEX": f"own={index.url}"}
    environ = {
        "address": {"UV_DEFAULT_INDEX": index.url_as("someone", "k3y")},
        "by name": {**named, "UV_INDEX_OWN_USERNAME": "someone", "UV_INDEX_OWN_PASSWORD": "k3y"},
        "netrc": {"NETRC": str(netrc)},
        "keyring": {
            **named,
            "UV_INDEX_OWN_USERNAME": "someone",
            "UV_KEYRING_PROVIDER": "subprocess",
            "PATH": f"{keyring.parent}:/usr/bin:/bin",
        },
    }[way]
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = collect(index, tmp_path / "wheels", environment, **environ)
    assert names(found) == ["leaf-1.0-py3-none-any.whl"]


def test_other_bytes_than_the_locked_ones_are_refused(index: Index, tmp_path: Path) -> None:
    held = index.wheel("leaf", "1.0")
    environment = locked(package(held))
    held.content += b"more"
    with pytest.raises(IntegrityError, match=r"leaf-1.*\.whl does not match the lock"):
        collect(index, tmp_path / "wheels", environment)
    assert list((tmp_path / "wheels").iterdir()) == []


def test_another_file_of_the_version_is_no_substitute(index: Index, tmp_path: Path) -> None:
    environment = locked(package(index.wheel("leaf", "1.0")))
    index.projects.clear()
    index.wheel("leaf", "1.0", files={"leaf.py": "VERSION = 'another'\n"})
    with pytest.raises(DependencyError, match=r"no file of leaf 1\.0 that the lock allows"):
        collect(index, tmp_path / "wheels", environment)


def test_an_index_that_is_gone_is_told(index: Index, tmp_path: Path) -> None:
    environment = locked(package(index.wheel("leaf", "1.0")))
    gone = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.raises(OutsideError, match="cannot be reached"):
        collect(index, tmp_path / "wheels", environment, **gone)
