"""Where credentials come from: S3 requests are looked at on the wire."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlpack.core.errors import OutsideError
from tests.adapters.sources.conftest import Fetcher
from tests.adapters.sources.faulty import FaultyServer

_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")


@pytest.fixture
def bucket(server: FaultyServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> FaultyServer:
    """A server that takes any signature, and writes down what it is sent."""
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
        fetcher.environ[name] = value
    server.serve("/bucket/a.bin", b"weights")
    return server


def _key(server: FaultyServer) -> str | None:
    found = re.search(r"Credential=([^/]+)/", server.logins[-1] or "")
    return found[1] if found else None


def test_variables_of_the_environment(
    bucket: FaultyServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "FROMENV", "AWS_SECRET_ACCESS_KEY": "s"}.items():
        monkeypatch.setenv(name, value)
        fetcher.environ[name] = value
    assert fetcher.bytes("s3://bucket/a.bin") == b"weights"
    assert _key(bucket) == "FROMENV"


def _write_profiles(home: Path) -> None:
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/credentials").write_text(
        "[default]\naws_access_key_id = FROMFILE\naws_secret_access_key = s\n"
        "[team]\naws_access_key_id = OFTEAM\naws_secret_access_key = s\n"
    )
    (home / ".aws/config").write_text(
        "[default]\nregion = eu-west-1\n[profile sso]\nsso_session = ours\n"
    )


def test_the_shared_files_and_their_profiles(bucket: FaultyServer, fetcher: Fetcher) -> None:
    _write_profiles(Path(fetcher.environ["HOME"]))
    fetcher("s3://bucket/a.bin")
    assert _key(bucket) == "FROMFILE"
    fetcher.environ["AWS_PROFILE"] = "team"
    fetcher("s3://bucket/a.bin")
    assert _key(bucket) == "OFTEAM"


def test_the_region_of_the_profile(
    bucket: FaultyServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_profiles(Path(fetcher.environ["HOME"]))
    monkeypatch.delenv("AWS_REGION")
    del fetcher.environ["AWS_REGION"]
    fetcher("s3://bucket/a.bin")
    assert "/eu-west-1/s3/" in (bucket.logins[-1] or "")


def test_a_profile_that_needs_a_login_names_what_makes_it(
    bucket: FaultyServer, fetcher: Fetcher
) -> None:
    _write_profiles(Path(fetcher.environ["HOME"]))
    fetcher.environ["AWS_PROFILE"] = "sso"
    with pytest.raises(OutsideError, match="needs boto3"):
        fetcher("s3://bucket/a.bin")


def test_a_profile_that_is_not_there(bucket: FaultyServer, fetcher: Fetcher) -> None:
    fetcher.environ["AWS_PROFILE"] = "nobody"
    with pytest.raises(OutsideError, match="AWS profile nobody not found"):
        fetcher("s3://bucket/a.bin")


def test_a_public_bucket_needs_no_credentials(bucket: FaultyServer, fetcher: Fetcher) -> None:
    assert fetcher.bytes("s3://bucket/a.bin") == b"weights"
    assert bucket.logins[-1] is None


def test_a_private_bucket_without_credentials_says_which_to_give(
    bucket: FaultyServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The machine's role is asked for too; no machine of the tests has one.
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    bucket.serve("/bucket/a.bin", b"weights", status=403)
    with pytest.raises(OutsideError, match="was denied") as caught:
        fetcher("s3://bucket/a.bin")
    assert "AWS_ACCESS_KEY_ID" in (caught.value.hint or "")


def test_a_container_needs_an_account(fetcher: Fetcher) -> None:
    with pytest.raises(OutsideError, match="the storage account") as caught:
        fetcher("az://container/a.bin")
    assert "AZURE_STORAGE_ACCOUNT_NAME" in (caught.value.hint or "")
