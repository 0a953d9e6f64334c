"""Which of the caller's variables reach uv."""

from __future__ import annotations

import pytest

from mlpack.adapters.uv import Locations, scrubbed
from mlpack.adapters.uv.surroundings import (
    index_urls,
    with_known_credentials,
    with_locations,
    without_user,
)


@pytest.mark.parametrize(
    "name",
    [
        "PATH", "HOME", "HTTPS_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC", "PYENV_ROOT",
        "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS",
        "UV_INDEX_OUR_OWN_USERNAME", "UV_INDEX_OUR_OWN_PASSWORD", "UV_KEYRING_PROVIDER",
        "UV_CACHE_DIR", "UV_LINK_MODE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST",
        "UV_PYTHON_INSTALL_DIR", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_OFFLINE",
        "UV_CONCURRENT_DOWNLOADS",
    ],
)  # fmt: skip
def test_where_things_are_and_who_asks_is_passed(name: str) -> None:
    assert scrubbed({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    [
        "UV_RESOLUTION", "UV_PRERELEASE", "UV_EXCLUDE_NEWER", "UV_CONSTRAINT", "UV_OVERRIDE",
        "UV_INDEX_STRATEGY", "UV_TORCH_BACKEND", "UV_CONFIG_FILE", "UV_PYTHON", "UV_NO_BINARY",
        "UV_NO_VERIFY_HASHES", "UV_REQUIRE_HASHES", "UV_COMPILE_BYTECODE", "UV_SYSTEM_PYTHON",
        "UV_SOME_POLICY_OF_TOMORROW", "UV_INDEX_STRATEGY_PASSWORDS",
        "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED",
    ],
)  # fmt: skip
def test_what_could_change_a_result_is_not(name: str) -> None:
    assert scrubbed({name: "x"}) == {}


def test_the_manifests_places_stand_behind_those_of_the_environment() -> None:
    locations = Locations(
        index_url="https://a.example.org/simple",
        extra_index_urls=("https://b.example.org/simple",),
        find_links=("/srv/x,y",),
    )
    alone = with_locations({}, locations)
    assert alone == {
        "UV_INDEX_URL": "https://a.example.org/simple",
        "UV_EXTRA_INDEX_URL": "https://b.example.org/simple",
        "UV_FIND_LINKS": "/srv/x%2Cy",
    }
    known = {
        "UV_INDEX_URL": "https://mirror.example.org/simple",
        "UV_EXTRA_INDEX_URL": "https://c.example.org/simple",
        "UV_FIND_LINKS": "/srv/z",
    }
    both = with_locations(known, locations)
    assert both["UV_INDEX_URL"] == "https://mirror.example.org/simple"
    assert both["UV_EXTRA_INDEX_URL"].split() == [
        "https://c.example.org/simple", "https://b.example.org/simple",
    ]  # fmt: skip
    assert both["UV_FIND_LINKS"] == "/srv/z,/srv/x%2Cy"
    assert known["UV_FIND_LINKS"] == "/srv/z"


def test_credentials_are_found_by_the_address_without_them() -> None:
    environ = {
        "UV_INDEX": "our-own=https://a.example.org/simple/ https://u:p@b.example.org/simple",
        "UV_INDEX_OUR_OWN_USERNAME": "me@home",
        "UV_INDEX_OUR_OWN_PASSWORD": "a/b",
        "UV_FIND_LINKS": "https://u:p@c.example.org/wheels,/srv/z",
    }
    assert index_urls(environ) == {
        "https://a.example.org/simple": "https://me%40home:a%2Fb@a.example.org/simple/",
        "https://b.example.org/simple": "https://u:p@b.example.org/simple",
        "https://c.example.org/wheels": "https://u:p@c.example.org/wheels",
    }
    known = with_known_credentials(environ, "https://b.example.org/simple/")
    assert known == "https://u:p@b.example.org/simple"
    assert with_known_credentials(environ, "https://d.example.org/") == "https://d.example.org/"


def test_an_address_loses_its_user() -> None:
    assert (
        without_user("https://u:p@a.example.org:8443/x/?q=1") == "https://a.example.org:8443/x?q=1"
    )
    assert without_user("/srv/wheels/") == "/srv/wheels"
