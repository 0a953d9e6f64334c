"""Packages in MLflow's registry: its own client does the work, in an environment made for it."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from mlpack.core.errors import ModelError, OutsideError, UsageError
from mlpack.lock.request import ResolveRequest
from mlpack.lock.requirements import install_lines
from mlpack.manifest.rules.publish import MODEL
from mlpack.ports import (
    Environment,
    EnvironmentRequest,
    Environments,
    Isolation,
    ModelRunner,
    Progress,
    RegistryRequest,
    Resolver,
)
from mlpack.ports.publishing import (
    CLIENT_VARIABLES,
    TRACKING,
    Held,
    Published,
    Release,
    other_content,
    tracking_uri,
)

_VERSION = "3.17.2"
# The small client has no database driver: a store on this machine needs all of MLflow.
_CLIENTS = {"http": "mlflow-skinny", "https": "mlflow-skinny", "databricks": "mlflow-skinny"}
_DRIVERS = {
    "s3": ("boto3",),
    "gs": ("google-cloud-storage",),
    "wasb": ("azure-storage-blob", "azure-identity"),
    "wasbs": ("azure-storage-blob", "azure-identity"),
    "abfs": ("azure-storage-file-datalake", "azure-identity"),
    "abfss": ("azure-storage-file-datalake", "azure-identity"),
}
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowPublisher:
    """Publishes to ``models:/NAME[@alias]`` of the server that ``environ`` says."""

    environ: Mapping[str, str]
    resolver: Resolver
    environments: Environments
    models: ModelRunner
    aliases: tuple[str, ...] = ()
    """To set besides a target's own."""
    tags: Mapping[str, str] = field(default_factory=dict)

    def recorded(self, target: str, name: str, label: str) -> Published | None:
        """Return the newest version of the target's model that has the label."""
        model = _parts(target)["model"]
        told = self._ask("recorded", {"model": model, "label": label})
        if told["found"] is None:
            return None
        found = told["found"]
        return Published(digest=found["digest"], uri=f"models:/{model}/{found['version']}")

    def push(self, target: str, release: Release, *, force: bool, progress: Progress) -> Published:
        """Register the release, where it is not registered yet, and set its aliases."""
        parts = _parts(target)
        aliases = [alias for alias in (parts["alias"], *self.aliases) if alias]
        with _clean_folder(release) as folder:
            facts = _facts(release, folder, self.tags)
            told = self._ask(
                "push", {**facts, "model": parts["model"], "aliases": aliases, "force": force}
            )
        if "other" in told:
            raise other_content(target, release, told["other"])
        sent = release.tree.size if told["new"] else 0
        progress(sent, sent)
        uri = f"models:/{parts['model']}/{told['version']}"
        return Published(digest=release.tree.digest, uri=uri, sent=sent)

    def held(self, uri: str) -> Held:
        """Find a version by its number or its alias."""
        parts = _parts(uri)
        if parts["alias"] is None and parts["version"] is None:
            raise UsageError(
                f"{uri} does not say which version", hint=f"write {uri}/1 or {uri}@champion"
            )
        with tempfile.TemporaryDirectory(prefix="mlpack-evidence-") as folder:
            told = self._ask("held", {**parts, "folder": folder})
            evidence = {
                f".{'.'.join(Path(name).name.split('.')[-2:])}": Path(path).read_bytes()
                for name, path in told["evidence"].items()
            }
        where = {"model": parts["model"], "version": told["version"]}

        def bring(folder: Path, have: Mapping[PurePosixPath, Path], progress: Progress) -> Path:
            folder.mkdir(parents=True, exist_ok=True)
            return Path(self._ask("download", {**where, "folder": str(folder)})["path"])

        return Held(
            name=parts["model"] or "", digest=told["digest"], size=0, evidence=evidence, bring=bring
        )

    def _ask(self, action: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have the client do something; raises ``OutsideError`` with what the server said."""
        told = self._told(action, facts, ())
        if scheme := told.get("needs"):
            told = self._told(action, facts, _DRIVERS[scheme])
        if refused := told.get("refused"):
            raise OutsideError(
                f"MLflow's registry refused: {refused['message']}", hint=refused["hint"]
            )
        return told

    def _told(
        self, action: str, facts: Mapping[str, Any], more: tuple[str, ...]
    ) -> Mapping[str, Any]:
        tracking = tracking_uri(Path.cwd(), self.environ, otherwise="pass --tracking-uri")
        client = _CLIENTS.get(urlsplit(tracking).scheme, "mlflow")
        environment = self._environment((f"{client}=={_VERSION}", *more))
        variables = {
            name: value for name, value in self.environ.items() if name.startswith(CLIENT_VARIABLES)
        }
        variables |= {TRACKING: tracking, "HOME": self.environ.get("HOME", "/")}
        try:
            return self.models.examine(
                environment,
                RegistryRequest(action=action, facts=facts),
                Isolation(env=variables, timeout=_DAY),
                Path.cwd(),
            )
        except ModelError as error:
            raise OutsideError(f"MLflow's client failed: {error.message}") from error

    def _environment(self, requirements: tuple[str, ...]) -> Environment:
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        locked = self.resolver.resolve(ResolveRequest(python=python, requirements=requirements))
        request = EnvironmentRequest(requirements=install_lines(locked), python=locked.python)
        return self.environments.provide(request)


def _parts(uri: str) -> dict[str, str | None]:
    found = re.fullmatch(MODEL, uri)
    if found is None:
        raise UsageError(
            f"{uri} is not a registered model", hint="write it like models:/name@champion"
        )
    return found.groupdict()


def _facts(release: Release, folder: Path, tags: Mapping[str, str]) -> dict[str, Any]:
    about = {"mlpack.digest": release.tree.digest, "mlpack.version": release.label}
    return {
        "name": release.name,
        "label": release.label,
        "folder": str(folder),
        "tags": {**release.tags, **tags, **about},
        "params": release.facts,
        "metrics": {"size": release.tree.size},
        "evidence": [
            str(release.package.with_name(release.package.name + suffix))
            for suffix in release.evidence
        ],
    }


@contextmanager
def _clean_folder(release: Release) -> Iterator[Path]:
    """Yield a folder with the release's files alone: loaders may have left others beside them."""
    there = sum(path.is_file() for path in release.package.rglob("*"))
    if there == len(release.tree.files):
        yield release.package
        return
    with tempfile.TemporaryDirectory(prefix="mlpack-push-") as name:
        for file in release.tree.files:
            path = Path(name) / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(release.package / file.path)
        yield Path(name)
