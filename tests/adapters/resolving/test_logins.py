"""Logins for indexes: each way that uv knows opens them for mlpack's own questions too."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlpack.adapters.uv import find_uv
from mlpack.core.errors import OutsideError
from tests.adapters.resolving.conftest import Resolve, pins
from tests.indexes import Index, surroundings

USER, PASSWORD = "someone", "k3y-of-someone"

KEYRING = f"""#!/bin/sh
echo "$@" >> "$0.log"
[ "$1 $3" = "get {USER}" ] && echo {PASSWORD}
"""


@pytest.fixture
def locked_up(index: Index) -> Index:
    """An index that wants to know who asks, with a version to rule out by asking it."""
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python="<3.11")
    index.login = (USER, PASSWORD)
    return index


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a keyring program, first on PATH."""
    folder = tmp_path / "keyring"
    folder.mkdir()
    (folder / "keyring").write_text(KEYRING)
    (folder / "keyring").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def _asked(index: Index, how: str) -> dict[str, Any]:
    """Return the manifest's keys, and what else uv would ask otherwise."""
    if how == "index_url":
        return {"index_url": index.url}
    return {"extra_index_urls": (index.url,)}


@pytest.mark.parametrize("how", ["index_url", "extra_index_urls"])
def test_a_keyring_is_asked_for_a_user_by_name(
    locked_up: Index, resolve: Resolve, keyring: Path, how: str
) -> None:
    environ = {
        "UV_DEFAULT_INDEX": "",
        "UV_KEYRING_PROVIDER": "subprocess",
        "UV_INDEX": f"private={locked_up.url}",
        "UV_INDEX_PRIVATE_USERNAME": USER,
    }
    assert pins(resolve("leaf", environ=environ, **_asked(locked_up, how))) == {"leaf": "1.0"}
    asked = (keyring / "keyring.log").read_text().splitlines()
    # Once by uv in each of two rounds, and once by mlpack.
    assert set(asked) == {f"get {locked_up.url} {USER}"}
    assert len(asked) <= 3


@pytest.mark.usefixtures("keyring")
def test_a_keyring_that_does_not_know_is_told_as_a_refusal(
    locked_up: Index, resolve: Resolve
) -> None:
    environ = {
        "UV_KEYRING_PROVIDER": "subprocess",
        "UV_DEFAULT_INDEX": locked_up.url.replace("//", "//nobody@"),
    }
    with pytest.raises(OutsideError, match="refused the request: 401 Unauthorized"):
        resolve("leaf", environ=environ)


def test_uvs_own_store_is_asked(locked_up: Index, resolve: Resolve, tmp_path: Path) -> None:
    environ = {"UV_CREDENTIALS_DIR": str(tmp_path / "logins")}
    uv = find_uv(surroundings(locked_up, tmp_path, **environ))
    uv.check("auth", "login", locked_up.url, f"--username={USER}", f"--password={PASSWORD}",
             doing="logging in")  # fmt: skip
    assert pins(resolve("leaf", environ=environ)) == {"leaf": "1.0"}


def _by_netrc(hint: str, home: Path) -> dict[str, str]:
    found = re.search(r"`(machine \S+ login USER password PASSWORD)` to ~/\.netrc", hint)
    assert found
    line = found[1].replace("PASSWORD", PASSWORD).replace("USER", USER)
    (home / ".netrc").write_text(f"{line}\n")
    (home / ".netrc").chmod(0o600)
    return {"HOME": str(home)}


def _by_variables(hint: str, _: Path) -> dict[str, str]:
    found = re.search(r"set (UV_INDEX)=(\S+), (\w+) and (\w+)$", hint)
    assert found
    return {found[1]: found[2], found[3]: USER, found[4]: PASSWORD}


@pytest.mark.parametrize("way", [_by_netrc, _by_variables])
@pytest.mark.parametrize("how", ["index_url", "extra_index_urls"])
def test_what_the_hint_says_opens_the_index(
    locked_up: Index,
    resolve: Resolve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[str, Path], dict[str, str]],
    how: str,
) -> None:
    alone = {"UV_DEFAULT_INDEX": ""} if how == "index_url" else {}
    asked = _asked(locked_up, how)
    with pytest.raises(OutsideError, match="refused the request: 401 Unauthorized") as refused:
        resolve("leaf", environ=alone, **asked)
    told = way(refused.value.hint or "", tmp_path)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert pins(resolve("leaf", environ={**alone, **told}, **asked)) == {"leaf": "1.0"}
    said = f"{refused.value.hint} {refused.value.details}"
    assert PASSWORD not in said
