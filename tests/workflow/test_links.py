"""Links inside a project's data are followed, and packed as what they lead to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from mlpack.core.errors import ManifestError
from mlpack.core.files import project_files
from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, write_project


def _data(root: Path) -> None:
    """Lay out a checkpoint with a `latest`, and a hub's snapshot that links to its blobs."""
    for name in ("data/ckpt/step_100/w.txt", "data/hub/blobs/aaa"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text("1.0")
    (root / "data/ckpt/latest").symlink_to("step_100")
    (root / "data/hub/snapshots/abc").mkdir(parents=True)
    (root / "data/hub/snapshots/abc/w.txt").symlink_to("../../blobs/aaa")


@pytest.mark.slow
def test_links_are_packed_as_what_they_lead_to(tmp_path: Path, mlpack: Mlpack) -> None:
    artifacts = "artifacts: {c: data/ckpt, h: data/hub/snapshots/abc}\n"
    root = write_project(tmp_path / "project", manifest=MANIFEST + artifacts)
    _data(root)
    for _ in range(2):
        done = mlpack("build", cwd=root)
        assert done.returncode == 0, done.stderr
    laid = root / "dist/doubler/artifacts"
    for name in ("ckpt/latest/w.txt", "ckpt/step_100/w.txt", "abc/w.txt"):
        assert (laid / name).read_text() == "1.0"
    assert not any(path.is_symlink() for path in laid.rglob("*"))
    assert mlpack("build", "--locked", "--force", cwd=root).returncode == 0


def test_links_have_the_digest_of_what_they_lead_to(tmp_path: Path) -> None:
    _data(tmp_path)
    linked = tree_digest(tmp_path / "data/ckpt", files=project_files(tmp_path))
    (tmp_path / "data/ckpt/latest").unlink()
    (tmp_path / "data/ckpt/latest").mkdir()
    (tmp_path / "data/ckpt/latest/w.txt").write_text("1.0")
    assert tree_digest(tmp_path / "data/ckpt") == linked


@pytest.mark.parametrize("target", ["..", "../..", "nothing", "link"])
def test_a_link_that_cannot_be_packed_is_named_by_its_relative_path(
    tmp_path: Path, target: str
) -> None:
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (project / "data/link").symlink_to(target)
    with pytest.raises(ManifestError, match=r"^`data/link` ") as caught:
        list(project_files(project)(project / "data"))
    assert str(tmp_path) not in str(caught.value)


def test_a_fifo_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ManifestError, match="`pipe` is neither a file nor a folder"):
        list(project_files(tmp_path)(tmp_path))
