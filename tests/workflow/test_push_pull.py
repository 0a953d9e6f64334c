"""Packages that are pushed and pulled: the same bytes, or a refusal that leaves everything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, Project

pytestmark = [pytest.mark.slow, pytest.mark.network]

TWO = MANIFEST + "variants: {small: {}, large: {tags: {size: large}}}\n"
NOUGHT = "sha256:" + "0" * 64
Built = Callable[..., Path]


@pytest.fixture
def built(project: Project, mlpack: Mlpack, tmp_path: Path) -> Built:
    """Make a small project and build it; ``publish`` goes to a folder beside it."""

    def make(manifest: str = MANIFEST, name: str = "project") -> Path:
        published = f"publish: ['{(tmp_path / 'models').as_uri()}/{{name}}s']\n"
        root = project(manifest=manifest + published, name=name)
        done = mlpack("build", cwd=root)
        assert done.returncode == 0, done.stderr
        return root

    return make


def _digest(package: Path) -> str:
    return tree_digest(package).digest


def test_a_project_pushes_to_where_its_manifest_says(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = built(TWO)
    planned = mlpack("push", "--dry-run", cwd=root)
    assert "dist/doubler-small would be pushed to" in planned.stdout
    assert not (tmp_path / "models").exists()

    pushed = mlpack("push", "--format", "json", cwd=root)
    assert pushed.returncode == 0, pushed.stderr
    found = {each["version"]: each for each in json.loads(pushed.stdout)["pushed"]}
    assert {name: each["status"] for name, each in found.items()} == {
        "1.0-large": "pushed",
        "1.0-small": "pushed",
    }
    assert found["1.0-small"]["sent"] > 0
    again = mlpack("push", "--variant", "small", cwd=root)
    assert "dist/doubler-small is already in" in again.stdout

    source = f"{(tmp_path / 'models').as_uri()}/doublers/doubler/1.0-small"
    pulled = mlpack("pull", source, cwd=tmp_path)
    assert pulled.returncode == 0, pulled.stderr
    assert "doubler-small pulled" in pulled.stdout
    assert "(as in the source)" in pulled.stdout
    assert tree_digest(tmp_path / "doubler-small") == tree_digest(root / "dist/doubler-small")
    record = (root / "dist/doubler-small.intoto.json").read_bytes()
    assert (tmp_path / "doubler-small.intoto.json").read_bytes() == record
    verified = mlpack("verify", "doubler-small", "--no-predict", cwd=tmp_path)
    assert "(as in the record)" in verified.stdout, verified.stderr
    assert "is already here" in mlpack("pull", source, cwd=tmp_path).stdout


def test_what_is_published_is_listed(built: Built, mlpack: Mlpack, tmp_path: Path) -> None:
    root = built(TWO)
    assert "models/doublers  1.0-small  does not have it\n" in _listed(mlpack, root)
    assert mlpack("push", "--variant", "small", cwd=root).returncode == 0
    found = _listed(mlpack, root)
    assert "models/doublers  1.0-small  has the recorded package\n" in found
    assert "models/doublers  1.0-large  does not have it\n" in found
    (root / "model_code/__init__.py").write_text("# edited\n")
    assert mlpack("build", cwd=root).returncode == 0
    summary = tmp_path / "summary.md"
    settings = {"GITHUB_STEP_SUMMARY": str(summary)}
    done = mlpack("list", "--published", "--format", "json", cwd=root, env=settings)
    models = {each["variant"]: each for each in json.loads(done.stdout)["models"]}
    (small,) = models["small"]["published"]
    assert small["status"] == "different"
    assert small["digest"] != models["small"]["digest"]
    assert "| `doubler-small` | `1.0-small` |" in summary.read_text()


def _listed(mlpack: Mlpack, root: Path) -> str:
    done = mlpack("list", "--published", cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_pulled_predicts(built: Built, mlpack: Mlpack, tmp_path: Path) -> None:
    assert mlpack("push", cwd=built()).returncode == 0
    source = f"{(tmp_path / 'models').as_uri()}/doublers/doubler/1.0.json"
    digest = _digest(tmp_path / "project/dist/doubler")
    pulled = mlpack("pull", source, "-o", "here", "--digest", digest, cwd=tmp_path)
    assert pulled.returncode == 0, pulled.stderr
    assert mlpack("verify", "here", cwd=tmp_path).returncode == 0
    there = mlpack("pull", source, "--output", "here", "--format", "json", cwd=tmp_path)
    report = json.loads(there.stdout)["package"]
    assert (report["status"], report["digest"]) == ("present", digest)


def test_a_version_with_other_content_is_kept_unless_forced(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = built()
    assert mlpack("push", cwd=root).returncode == 0
    first = _digest(root / "dist/doubler")
    (root / "model_code/__init__.py").write_text("# edited\n")
    assert mlpack("build", cwd=root).returncode == 0
    refused = mlpack("push", cwd=root)
    assert refused.returncode == 4
    assert f"has version 1.0 of doubler with other content: {first}" in refused.stderr
    assert "set a new `version` in the manifest, or replace it with --force" in refused.stderr
    assert mlpack("push", "--force", cwd=root).returncode == 0
    version = json.loads((tmp_path / "models/doublers/doubler/1.0.json").read_text())
    assert version["digest"] == _digest(root / "dist/doubler")


def test_what_is_not_built_or_not_recorded_is_not_pushed(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = built()
    (root / "dist/doubler/MLmodel").write_text("flavors: {}\n")
    damaged = mlpack("push", cwd=root)
    assert damaged.returncode == 4
    assert "MLmodel was changed" in damaged.stderr
    shutil.rmtree(root / "dist")
    missing = mlpack("push", cwd=root)
    assert missing.returncode == 2
    assert "dist/doubler is not built" in missing.stderr
    assert "run `mlpack build`" in missing.stderr
    (root / "mlpack.lock").unlink()
    assert mlpack("push", cwd=root).returncode == 3
    assert not (tmp_path / "models").exists()


def test_any_package_goes_to_a_target_that_is_given(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    shutil.copytree(built() / "dist", tmp_path / "elsewhere")
    target = (tmp_path / "other").as_uri()
    pushed = mlpack("push", "--package", "elsewhere/doubler", target, cwd=tmp_path)
    assert pushed.returncode == 0, pushed.stderr
    assert (tmp_path / "other/doubler/1.0.json").is_file()
    without = mlpack("push", "--package", "elsewhere/doubler", cwd=tmp_path)
    assert without.returncode == 2
    assert "no target to push to" in without.stderr
    (tmp_path / "elsewhere/doubler.intoto.json").unlink()
    assert mlpack("push", "--package", "elsewhere/doubler", target, cwd=tmp_path).returncode == 0


def test_bytes_that_are_not_the_digests_never_appear(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = built()
    assert mlpack("push", cwd=root).returncode == 0
    base = tmp_path / "models/doublers/doubler"
    source = f"{base.as_uri()}/1.0"
    (folder,) = base.glob("sha256-*")
    code = folder / "code/model_code/doubler.py"
    good = code.read_bytes()
    code.write_bytes(good.replace(b"* 2", b"* 3"))
    for uri in (source, folder.as_uri()):
        refused = mlpack("pull", uri, "-o", "here", cwd=tmp_path)
        assert refused.returncode == 4, refused.stdout + refused.stderr
        assert "is not what was published" in refused.stderr
        assert not list(tmp_path.glob("here*"))
    code.write_bytes(good)
    wrong = mlpack("pull", source, "-o", "here", "--digest", NOUGHT, cwd=tmp_path)
    assert wrong.returncode == 4
    assert "check --digest" in wrong.stderr
    assert mlpack("pull", source, "--digest", "sha256:12", cwd=tmp_path).returncode == 2
    (folder / "registered_model_meta").write_text("left by a client")
    assert mlpack("pull", source, "-o", "here", cwd=tmp_path).returncode == 0
    assert tree_digest(tmp_path / "here") == tree_digest(root / "dist/doubler")


def test_a_source_does_not_choose_the_names_of_files_here(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    assert mlpack("push", cwd=built()).returncode == 0
    path = tmp_path / "models/doublers/doubler/1.0.json"
    version = json.loads(path.read_text())
    version["evidence"][".lock"] = "theirs"
    path.write_text(json.dumps(version))
    (tmp_path / "mlpack.lock").write_text("mine")
    pulled = mlpack("pull", path.as_uri(), "-o", "mlpack", cwd=tmp_path)
    assert pulled.returncode == 0, pulled.stderr
    assert (tmp_path / "mlpack.intoto.json").is_file()
    assert (tmp_path / "mlpack.lock").read_text() == "mine"


def test_a_folder_that_is_something_else_is_left_alone(
    built: Built, mlpack: Mlpack, tmp_path: Path
) -> None:
    assert mlpack("push", cwd=built()).returncode == 0
    source = f"{(tmp_path / 'models').as_uri()}/doublers/doubler/1.0"
    (tmp_path / "doubler").mkdir()
    (tmp_path / "doubler/notes.txt").write_text("mine")
    refused = mlpack("pull", source, cwd=tmp_path)
    assert refused.returncode == 2
    assert "nothing was changed" in refused.stderr
    assert (tmp_path / "doubler/notes.txt").read_text() == "mine"
    assert mlpack("pull", source, "--force", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "doubler/notes.txt").exists()


def test_a_uri_is_taken_for_a_model(built: Built, mlpack: Mlpack, tmp_path: Path) -> None:
    root = built()
    assert mlpack("push", cwd=root).returncode == 0
    source = f"{(tmp_path / 'models').as_uri()}/doublers/doubler/1.0"
    verified = mlpack("verify", source, cwd=tmp_path)
    assert verified.returncode == 0, verified.stderr
    assert "as in the record" in verified.stdout
    predicted = mlpack("predict", source, cwd=tmp_path)
    assert json.loads(predicted.stdout) == {"predictions": [{"x": 3.0}, {"x": 4.0}]}
    shown = mlpack("inspect", source, "--format", "json", cwd=tmp_path)
    assert json.loads(shown.stdout)["package"]["digest"] == _digest(root / "dist/doubler")
    assert mlpack("diff", "--exit-code", "dist/doubler", source, cwd=root).returncode == 0
    assert mlpack("verify", f"{source}9", cwd=tmp_path).returncode == 7
    assert mlpack("verify", "s4://bucket/model", cwd=tmp_path).returncode == 2
