"""Artifacts reach a package as the lock pins them, or the build ends saying which one did not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from mlpack.core.errors import IntegrityError, MlpackError, OutsideError
from mlpack.lock.model import PinnedFile
from mlpack.lock.text import read_lock
from mlpack.manifest.reading import read
from mlpack.ports.plan import Plan, plan
from mlpack.storage.blobs import Store
from mlpack.workflow.build.artifacts import lay_artifacts
from tests.conftest import ROOT
from tests.workflow.conftest import MANIFEST, write_project

ARTIFACTS = "artifacts: {table: model_data/table.json, folder: model_data/folder}\n"


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    """A plan for two artifacts, a file and a folder of two files, that lie as they are pinned."""
    root = write_project(tmp_path / "project", manifest=MANIFEST)
    data = root / "model_data"
    (data / "folder").mkdir(parents=True)
    for name in ("table.json", "folder/a", "folder/b"):
        (data / name).write_text("[1]")
    with (root / "mlpack.yaml").open("a") as file:
        file.write(ARTIFACTS)
    (variant,) = read(root / "mlpack.yaml").variants
    lock = read_lock(ROOT / "examples/quickstart/mlpack.lock")
    trees = {"table": tree_digest(data / "folder/a"), "folder": tree_digest(data / "folder")}
    pins = {name: PinnedFile(digest=tree.digest, size=tree.size) for name, tree in trees.items()}
    pins["table"] = replace(pins["table"], digest=trees["table"].files[0].digest)
    (locked,) = (replace(each, artifacts=pins) for each in lock.variants.values())
    return plan(variant, replace(lock, variants={"": locked}), output=None, build_time=0)


def test_what_is_pinned_is_laid(planned: Plan, tmp_path: Path) -> None:
    lay_artifacts(planned, tmp_path / "package", Store(tmp_path / "cache"))
    laid = tmp_path / "package/artifacts"
    assert sorted(path.relative_to(laid).as_posix() for path in laid.rglob("*.*")) == ["table.json"]
    assert (laid / "folder/b").read_text() == "[1]"


@pytest.mark.parametrize(
    ("path", "deed", "error", "said"),
    [
        ("table.json", Path.unlink, OutsideError, r"cannot read .*table\.json: No such"),
        ("table.json", lambda path: path.write_text("3"), IntegrityError, "artifact table was"),
        ("folder/a", Path.unlink, IntegrityError, "artifact folder was changed while"),
        ("folder/a", lambda path: path.write_text("3"), IntegrityError, "artifact folder was"),
        ("folder/c", lambda path: path.write_text("3"), IntegrityError, "artifact folder was"),
    ],
)
def test_what_vanishes_or_changes_after_it_was_pinned_is_named(
    planned: Plan,
    tmp_path: Path,
    path: str,
    deed: Callable[[Path], object],
    error: type[MlpackError],
    said: str,
) -> None:
    deed(tmp_path / "project/model_data" / path)
    with pytest.raises(error, match=said):
        lay_artifacts(planned, tmp_path / "package", Store(tmp_path / "cache"))
