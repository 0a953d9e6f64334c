"""uv's policies cannot change a lock; where things lie, and who asks, can be told as usual."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from mlpack.core.errors import OutsideError
from mlpack.lock.model import Lock, LockedEnvironment
from mlpack.lock.text import lock_text
from tests.adapters.resolving.conftest import Resolve, pins
from tests.indexes import Index

TOML = 'resolution = "lowest"\nprerelease = "allow"\nexclude-newer = "2000-01-01T00:00:00Z"\n'


@pytest.fixture
def choices(index: Index) -> None:
    """A package with something to choose among."""
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", needs=["stem"])
    index.wheel("leaf", "3.0rc1")
    index.wheel("stem", "1.0")
    index.sdist("stem", "1.0")
    index.wheel("stem", "1.1")


WANTED = {"leaf": "2.0", "stem": "1.1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_RESOLUTION", "lowest"),
        ("UV_PRERELEASE", "allow"),
        ("UV_EXCLUDE_NEWER", "2000-01-01T00:00:00Z"),
        ("UV_EXCLUDE_NEWER_PACKAGE", "leaf=2000-01-01T00:00:00Z"),
        ("UV_CONSTRAINT", "{folder}/older.txt"),
        ("UV_OVERRIDE", "{folder}/older.txt"),
        ("UV_BUILD_CONSTRAINT", "{folder}/older.txt"),
        ("UV_EXCLUDE", "{folder}/stem.txt"),
        ("UV_NO_BINARY", "1"),
        ("UV_NO_BUILD", "1"),
        ("UV_NO_DEPS", "1"),
        ("UV_TORCH_BACKEND", "cu128"),
        ("UV_INDEX_STRATEGY", "unsafe-best-match"),
        ("UV_FORK_STRATEGY", "fewest"),
        ("UV_NO_SOURCES", "1"),
        ("UV_PYTHON", "3.13"),
        ("UV_PYTHON_PREFERENCE", "only-managed"),
        ("UV_CONFIG_FILE", "{folder}/uv.toml"),
        ("UV_PROJECT", "{folder}"),
        ("UV_WORKING_DIR", "{folder}"),
        ("VIRTUAL_ENV", "{folder}"),
        ("PYTHONPATH", "{folder}"),
    ],
)
@pytest.mark.usefixtures("choices")
def test_a_policy_of_the_callers_changes_nothing(
    resolve: Resolve, tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "older.txt").write_text("leaf<2\nstem<1.1\n")
    (tmp_path / "stem.txt").write_text("stem\n")
    (tmp_path / "uv.toml").write_text(TOML)
    found = resolve("leaf", environ={name: value.format(folder=tmp_path)})
    assert pins(found) == WANTED


@pytest.mark.usefixtures("choices")
def test_a_configuration_file_changes_nothing(
    resolve: Resolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.toml").write_text(TOML)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.uv]\n" + TOML + '[tool.uv.pip]\nresolution = "lowest"\n'
    )
    (tmp_path / "config/uv").mkdir(parents=True)
    (tmp_path / "config/uv/uv.toml").write_text(TOML)
    monkeypatch.chdir(tmp_path)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    assert pins(resolve("leaf", environ=environ)) == WANTED


@pytest.fixture
def other() -> Iterator[Index]:
    with Index().served() as found:
        found.wheel("leaf", "9.0")
        yield found


@pytest.mark.parametrize("name", ["UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX"])
def test_indexes_of_the_environment_are_used(
    index: Index, other: Index, resolve: Resolve, name: str
) -> None:
    index.wheel("leaf", "1.0")
    assert pins(resolve("leaf", environ={name: other.url})) == {"leaf": "9.0"}


def test_a_mirror_takes_the_place_of_the_manifests_index(
    index: Index, other: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0")
    nowhere = "http://127.0.0.1:9/simple"
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        environ = {"UV_DEFAULT_INDEX": "", name: other.url}
        found = resolve("leaf", index_url=nowhere, environ=environ)
        assert pins(found) == {"leaf": "9.0"}, name


def test_the_manifests_index_is_used_where_the_environment_names_none(
    index: Index, other: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0")
    found = resolve("leaf", index_url=other.url, environ={"UV_DEFAULT_INDEX": ""})
    assert pins(found) == {"leaf": "9.0"}
    assert index.asked == []


def test_an_extra_index_of_the_manifest_comes_before_the_default(
    index: Index, other: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("stem", "1.0")
    found = resolve("leaf", "stem", extra_index_urls=(other.url,))
    assert pins(found) == {"leaf": "9.0", "stem": "1.0"}


def test_a_folder_of_wheels_in_the_environment_is_looked_in(
    index: Index, resolve: Resolve, tmp_path: Path
) -> None:
    held = index.wheel("leaf", "2.0")
    index.projects.clear()
    folder = tmp_path / "some wheels"
    folder.mkdir()
    (folder / held.filename).write_bytes(held.content)
    found = resolve("leaf", environ={"UV_FIND_LINKS": str(folder)})
    assert pins(found) == {"leaf": "2.0"}
    assert str(tmp_path) not in _text(found)


SECRET = {"user": "someone", "password": "k3y-of-someone"}


@pytest.fixture
def locked_up(index: Index) -> Index:
    """An index that wants to know who asks, with a version to rule out by asking it."""
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python="<3.11")
    index.login = (SECRET["user"], SECRET["password"])
    return index


def _ways(index: Index, folder: Path) -> dict[str, dict[str, str]]:
    netrc = folder / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login {SECRET['user']} password {SECRET['password']}\n")
    netrc.chmod(0o600)
    return {
        "address": {"UV_DEFAULT_INDEX": index.url_as(**SECRET)},
        "old address": {"UV_DEFAULT_INDEX": "", "UV_INDEX_URL": index.url_as(**SECRET)},
        "extra address": {"UV_DEFAULT_INDEX": "", "UV_EXTRA_INDEX_URL": index.url_as(**SECRET)},
        "by name": {
            "UV_DEFAULT_INDEX": "",
            "UV_INDEX": f"our-own={index.url}",
            "UV_INDEX_OUR_OWN_USERNAME": SECRET["user"],
            "UV_INDEX_OUR_OWN_PASSWORD": SECRET["password"],
        },
        "netrc": {"NETRC": str(netrc)},
    }


@pytest.mark.parametrize("way", ["address", "old address", "extra address", "by name", "netrc"])
def test_credentials_open_an_index_and_stay_out_of_the_lock(
    locked_up: Index, resolve: Resolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    environ = _ways(locked_up, tmp_path)[way]
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = resolve("leaf", environ=environ)
    assert pins(found) == {"leaf": "1.0"}
    text = _text(found)
    for planted in (*SECRET.values(), "127.0.0.1", str(locked_up.port), str(tmp_path), "http"):
        assert planted not in text


def test_the_manifests_own_index_gets_the_credentials_of_the_environment(
    locked_up: Index, resolve: Resolve
) -> None:
    environ = {"UV_DEFAULT_INDEX": "", "UV_EXTRA_INDEX_URL": locked_up.url_as(**SECRET)}
    found = resolve("leaf", environ=environ, index_url=locked_up.url)
    assert pins(found) == {"leaf": "1.0"}


@pytest.mark.parametrize("password", [None, "k3y-of-nobody"])
def test_a_refused_login_is_told_without_the_password(
    locked_up: Index, resolve: Resolve, password: str | None
) -> None:
    address = locked_up.url_as("someone", password) if password else locked_up.url
    with pytest.raises(OutsideError, match="refused the request: 401 Unauthorized") as refused:
        resolve("leaf", environ={"UV_DEFAULT_INDEX": address})
    said = f"{refused.value.message} {refused.value.hint} {refused.value.details}"
    assert "k3y-of-nobody" not in said
    assert "netrc" in said


def test_an_index_that_is_not_there_is_told(resolve: Resolve) -> None:
    with pytest.raises(OutsideError, match="cannot be reached"):
        nowhere = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
        resolve("leaf", environ=nowhere)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Index, Path]]:
    """An index whose certificate comes from an authority of its own, and that one's file."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    known = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(known))
    with Index(tls=context).served() as found:
        found.wheel("leaf", "1.0")
        found.wheel("leaf", "2.0", requires_python="<3.11")
        yield found, known


def test_an_authority_of_ones_own_is_trusted_when_named(
    own: tuple[Index, Path], resolve: Resolve
) -> None:
    index, known = own
    environ = {"UV_DEFAULT_INDEX": index.url, "SSL_CERT_FILE": str(known)}
    assert pins(resolve("leaf", environ=environ)) == {"leaf": "1.0"}


def test_a_host_may_be_trusted_as_it_is(
    own: tuple[Index, Path], resolve: Resolve, capfd: pytest.CaptureFixture[str]
) -> None:
    index, _ = own
    environ = {"UV_DEFAULT_INDEX": index.url, "UV_INSECURE_HOST": index.host}
    assert pins(resolve("leaf", environ=environ)) == {"leaf": "1.0"}
    assert capfd.readouterr().err == ""


def test_an_unknown_authority_is_refused(own: tuple[Index, Path], resolve: Resolve) -> None:
    index, _ = own
    environ = {"UV_DEFAULT_INDEX": index.url, "UV_HTTP_RETRIES": "0"}
    with pytest.raises(OutsideError):
        resolve("leaf", environ=environ)
    assert index.asked == []


def _text(found: LockedEnvironment) -> str:
    lock = Lock(
        manifest="sha256:" + "0" * 64, build_time=1, environments={"default": found}, variants={}
    )
    return lock_text(lock)
