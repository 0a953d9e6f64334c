"""Which credentials a bucket may be opened with: the cloud's own variables, files and tools."""

from __future__ import annotations

import configparser
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpack.adapters.sources.clients import Patience, settings
from mlpack.core.errors import OutsideError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_AWS = frozenset(
    {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SKIP_SIGNATURE"}
    | {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}
)
_GOOGLE = frozenset(
    {"GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_SERVICE_ACCOUNT_KEY"}
    | {"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_BEARER_TOKEN", "GOOGLE_SKIP_SIGNATURE"}
)
_AZURE = frozenset(
    {"AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_MASTER_KEY"}
    | {"AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY", "AZURE_STORAGE_TOKEN"}
    | {"AZURE_CLIENT_SECRET", "AZURE_STORAGE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"}
    | {"AZURE_STORAGE_USE_EMULATOR", "AZURE_USE_AZURE_CLI", "AZURE_SKIP_SIGNATURE"}
)

# Asking the machine's own role means waiting for an address that most machines do not have.
_ROLE = Patience(retries=0, connect=2.0, silence=5.0)


def stores(
    scheme: str, bucket: str, patience: Patience, environ: Mapping[str, str]
) -> list[ObjectStore]:
    """Return the bucket as each kind of caller sees it, the likeliest first.

    Where credentials are configured, it is opened with them only. Else first as anybody, which
    public buckets allow, then with the role of the machine.
    """
    opened = {"s3": _aws, "gs": _google, "az": _azure}[scheme]
    return opened(bucket, patience, environ)


def _aws(bucket: str, patience: Patience, environ: Mapping[str, str]) -> list[ObjectStore]:
    from obstore.store import S3Store

    profile = _aws_profile(environ)
    region: dict[str, Any] = {}
    if "region" in profile and not (environ.keys() & {"AWS_REGION", "AWS_DEFAULT_REGION"}):
        region = {"region": profile["region"]}
    usual = settings(patience, environ, plain=True)
    if any(environ.get(name) for name in _AWS):
        return [S3Store(bucket, **region, **usual)]
    if "aws_access_key_id" in profile and "aws_secret_access_key" in profile:
        keys: dict[str, Any] = {
            "access_key_id": profile["aws_access_key_id"],
            "secret_access_key": profile["aws_secret_access_key"],
        }
        if token := profile.get("aws_session_token"):
            keys["session_token"] = token
        return [S3Store(bucket, **keys, **region, **usual)]
    if profile.keys() & {"sso_session", "sso_start_url", "role_arn", "credential_process"}:
        return [S3Store(bucket, credential_provider=_boto3(environ), **region, **usual)]
    role = settings(_as_role(patience), environ, plain=True)
    return [
        S3Store(bucket, skip_signature=True, **region, **usual),
        S3Store(bucket, **region, **role),
    ]


def _aws_profile(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a profile's settings from the shared credentials and config files."""
    name = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    home = Path(environ.get("HOME", "~")).expanduser() / ".aws"
    section = name if name == "default" else f"profile {name}"
    config = _ini(environ.get("AWS_CONFIG_FILE") or home / "config").get(section, {})
    keys = _ini(environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials").get(name, {})
    if environ.get("AWS_PROFILE") and not (config or keys):
        raise OutsideError(f"AWS profile {name} not found", hint="fix or unset AWS_PROFILE")
    return {**config, **keys}


def _ini(path: str | Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(Path(path).expanduser(), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise OutsideError(f"{path} cannot be read", hint="fix the file") from error
    return {name: dict(parser[name]) for name in parser.sections()}


def _boto3(environ: Mapping[str, str]) -> Any:
    try:
        from boto3 import Session
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        raise OutsideError(
            "the AWS profile uses a login or a role, which needs boto3",
            hint="run `pip install boto3`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ) from None
    return Boto3CredentialProvider(Session(profile_name=environ.get("AWS_PROFILE")))


def _google(bucket: str, patience: Patience, environ: Mapping[str, str]) -> list[ObjectStore]:
    from obstore.store import GCSStore

    emulator = environ.get("STORAGE_EMULATOR_HOST")
    if emulator:
        base = emulator if "://" in emulator else f"http://{emulator}"
        usual = settings(patience, environ, plain=True)
        return [GCSStore(bucket, base_url=base, skip_signature=True, **usual)]
    usual = settings(patience, environ, plain=False)
    home = Path(environ.get("HOME", "~")).expanduser()
    login = home / ".config" / "gcloud" / "application_default_credentials.json"
    if any(environ.get(name) for name in _GOOGLE) or login.is_file():
        return [GCSStore(bucket, **usual)]
    role = settings(_as_role(patience), environ, plain=True)
    return [GCSStore(bucket, skip_signature=True, **usual), GCSStore(bucket, **role)]


def _azure(bucket: str, patience: Patience, environ: Mapping[str, str]) -> list[ObjectStore]:
    from obstore.store import AzureStore

    stated = _connection(environ.get("AZURE_STORAGE_CONNECTION_STRING", ""))
    emulated = environ.get("AZURE_STORAGE_USE_EMULATOR")
    if not (stated.get("account_name") or environ.get("AZURE_STORAGE_ACCOUNT_NAME") or emulated):
        raise OutsideError(
            f"az://{bucket} does not specify the storage account",
            hint="set AZURE_STORAGE_ACCOUNT_NAME, or use the container's https:// URL",
        )
    usual = settings(patience, environ, plain=True)
    if stated or any(environ.get(name) for name in _AZURE):
        return [AzureStore(bucket, **stated, **usual)]
    role = settings(_as_role(patience), environ, plain=True)
    found = [AzureStore(bucket, skip_signature=True, **usual)]
    if shutil.which("az", path=environ.get("PATH")):
        return [*found, AzureStore(bucket, use_azure_cli=True, **usual)]
    return [*found, AzureStore(bucket, **role)]


def _connection(text: str) -> dict[str, Any]:
    """Return what an Azure connection string says, as the library's settings."""
    pairs = (part.partition("=") for part in text.split(";") if part)
    names = {
        "AccountName": "account_name",
        "AccountKey": "account_key",
        "SharedAccessSignature": "sas_key",
        "BlobEndpoint": "endpoint",
    }
    return {names[key]: value for key, _, value in pairs if key in names}


def _as_role(patience: Patience) -> Patience:
    return replace(_ROLE, retries=min(patience.retries, 1))
