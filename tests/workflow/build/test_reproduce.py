"""`build --locked`: the recorded output again, or the input that moved, by name."""

from __future__ import annotations

import json
import random
import re
import stat
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from mlpack.core.errors import IntegrityError
from mlpack.lock.text import read_lock
from mlpack.workflow.integrity import check_integrity
from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = pytest.mark.slow

WITH_ARTIFACT = MANIFEST + "artifacts: {table: model_data/table.json}\ntags: {team: cells}\n"


@pytest.fixture
def built(project: Project, mlpack: Mlpack) -> Path:
    root = project()
    (root / "model_data").mkdir()
    (root / "model_data/table.json").write_text("[1, 2]")
    (root / "mlpack.yaml").write_text(WITH_ARTIFACT)
    done = mlpack("build", cwd=root)
    assert done.returncode == 0, done.stderr
    return root


def _edit(root: Path, name: str, before: str, after: str) -> None:
    text = (root / name).read_text()
    assert before in text
    (root / name).write_text(text.replace(before, after))


def test_a_moved_input_is_named_and_nothing_is_touched(built: Path, mlpack: Mlpack) -> None:
    lock = (built / "mlpack.lock").read_bytes()
    package = tree_digest(built / "dist/doubler")
    for name, before, after, code, said in [
        ("model_code/doubler.py", "* 2", "* 3", 3, "code changed: model_code/doubler.py"),
        ("mlpack.yaml", "team: cells", "team: genes", 3, "metadata changed"),
        ("mlpack.yaml", "{x: 1.5}", "{x: 2.5}", 3, "input_example changed"),
        ("mlpack.yaml", 'version: "1.0"', 'version: "1.1"', 3, "name, version, tags or metadata"),
        ("mlpack.yaml", "pandas, numpy", "pandas, numpy<3", 3, "dependencies"),
        ("mlpack.yaml", "table: model", "other: model", 3, "artifact other was added"),
        ("model_data/table.json", "[1, 2]", "[1, 3]", 4, "artifact table does not match the lock"),
    ]:
        original = (built / name).read_bytes()
        _edit(built, name, before, after)
        done = mlpack("build", "--locked", cwd=built)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
        (built / name).write_bytes(original)
    assert (built / "mlpack.lock").read_bytes() == lock
    assert tree_digest(built / "dist/doubler") == package
    (built / "model_code/more.py").write_text("")
    (built / "dist/doubler.intoto.json").unlink()
    done = mlpack("build", "--locked", cwd=built)
    assert done.returncode == 3 and ": code changed\n" in done.stderr


def test_a_build_time_of_its_own_is_an_input(built: Path, mlpack: Mlpack) -> None:
    done = mlpack("build", "--locked", cwd=built, env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert done.returncode == 3
    assert "the build time (the lock's, or SOURCE_DATE_EPOCH) changed" in done.stderr


def test_without_a_lock_there_is_nothing_to_hold_to(built: Path, mlpack: Mlpack) -> None:
    (built / "mlpack.lock").unlink()
    done = mlpack("build", "--locked", cwd=built)
    assert done.returncode == 3
    assert "mlpack.lock does not exist" in done.stderr
    assert not (built / "mlpack.lock").exists()


def test_the_lock_that_a_build_wrote_is_enough_elsewhere(
    built: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    import shutil

    clone = tmp_path / "clone"
    shutil.copytree(built, clone, ignore=shutil.ignore_patterns("dist", "__pycache__"))
    done = mlpack("build", "--locked", cwd=clone)
    assert done.returncode == 0, done.stderr
    assert tree_digest(clone / "dist/doubler") == tree_digest(built / "dist/doubler")
    assert (clone / "mlpack.lock").read_bytes() == (built / "mlpack.lock").read_bytes()


OUTSIDE = """
import mlflow
from pathlib import Path


class Doubler(mlflow.pyfunc.PythonModel):
    def __init__(self):
        self.note = Path({note!r}).read_text()

    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * 2
"""


def test_other_bytes_from_the_same_inputs_are_shown_and_kept(
    project: Project, tmp_path: Path, mlpack: Mlpack
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("monday")
    root = project(
        model=OUTSIDE.format(note=str(note)), manifest=MANIFEST + "build: {serialization: pickle}\n"
    )
    assert mlpack("build", cwd=root).returncode == 0
    recorded = tree_digest(root / "dist/doubler")
    lock = (root / "mlpack.lock").read_bytes()
    note.write_text("friday")
    done = mlpack("build", "--locked", "--force", cwd=root)
    assert done.returncode == 5, done.stderr
    assert f"but the lock records {recorded.digest}" in done.stderr
    assert "python_model.pkl was changed" in done.stderr
    assert "-SHORT_BINUNICODE 'monday'" in done.stderr
    assert "+SHORT_BINUNICODE 'friday'" in done.stderr
    assert tree_digest(root / "dist/doubler") == recorded
    rebuilt = root / "dist/doubler.rebuilt"
    assert b"friday" in (rebuilt / "python_model.pkl").read_bytes()
    assert (root / "mlpack.lock").read_bytes() == lock
    assert not [path for path in root.glob("dist/.*") if path.is_dir()]
    # Elsewhere, where the recorded package is not at hand, the rebuilt one is still kept.
    (root / "dist/doubler").rename(tmp_path / "aside")
    told = mlpack("build", "--locked", "--format", "json", cwd=root)
    assert told.returncode == 5
    assert json.loads(told.stdout)["problems"][0]["code"] == "not-reproducible"
    assert "kept at" in json.loads(told.stdout)["problems"][0]["hint"]


def test_what_only_looks_like_a_rebuilt_package_is_left_alone(built: Path, mlpack: Mlpack) -> None:
    lock = read_lock(built / "mlpack.lock")
    _edit(built, "mlpack.lock", lock.outputs[""].package, "sha256:" + "0" * 64)
    mine = built / "dist/doubler.rebuilt"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    done = mlpack("build", "--locked", cwd=built)
    assert done.returncode == 5
    assert "the recorded one is not here" in done.stderr
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert (built / "dist/doubler.rebuilt-2/MLmodel").is_file()


TIMED = MODEL.replace("import mlflow", "import os\n\nimport mlflow").replace(
    "* 2", '* 0 + int(os.environ["SOURCE_DATE_EPOCH"])'
)


def test_source_date_epoch_is_the_build_time_and_reaches_the_model(
    project: Project, mlpack: Mlpack
) -> None:
    root = project(model=TIMED)
    done = mlpack("build", cwd=root, env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert done.returncode == 0, done.stderr
    assert "1700000000" in done.stdout
    assert (
        "utc_time_created: '2023-11-14 22:13:20.000000'"
        in (root / "dist/doubler/MLmodel").read_text()
    )
    plain = mlpack("build", "-o", "plain", cwd=root)
    assert "315532800" in plain.stdout
    assert "utc_time_created: '1980-01-01" in (root / "plain/doubler/MLmodel").read_text()


@pytest.mark.parametrize("wrong", ["", "yesterday", "1.5", "-1", "1e9", " 7", "٣", "9" * 30])
def test_a_malformed_source_date_epoch_is_an_error(
    project: Project, mlpack: Mlpack, wrong: str
) -> None:
    root = project()
    done = mlpack("build", cwd=root, env={"SOURCE_DATE_EPOCH": wrong})
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH is" in done.stderr
    assert not (root / "dist").exists()


def test_check_builds_twice_and_leaves_the_package_alone(
    built: Path, project: Project, tmp_path: Path, mlpack: Mlpack
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (built / "dist").rglob("*")}
    lock = (built / "mlpack.lock").read_bytes()
    done = mlpack("build", "--check", cwd=built)
    assert done.returncode == 0, done.stderr
    assert tree_digest(built / "dist/doubler").digest in done.stdout
    assert {path: path.stat().st_mtime_ns for path in (built / "dist").rglob("*")} == before
    assert (built / "mlpack.lock").read_bytes() == lock


def test_check_shows_what_differs(project: Project, tmp_path: Path, mlpack: Mlpack) -> None:
    spec = """
        import os
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        columns = Schema([ColSpec("double", "x")])
        SIGNATURE = ModelSignature(columns, Schema([ColSpec("double", os.environ["USER"])]))
    """
    from textwrap import dedent

    manifest = MANIFEST.replace(
        MANIFEST[MANIFEST.index("signature:") : MANIFEST.index("input_example:")],
        "signature: spec.py:SIGNATURE\n",
    )
    root = project(manifest=manifest)
    (root / "spec.py").write_text(dedent(spec))
    done = mlpack("build", "--check", cwd=root)
    assert done.returncode == 5, done.stderr
    assert "differ in MLmodel" in done.stderr
    assert "- signature.outputs[mlpack]" in done.stderr
    assert "+ signature.outputs[somebody-else]" in done.stderr
    assert not (root / "dist").exists()


def test_every_flipped_bit_of_a_built_package_is_caught(built: Path) -> None:
    package = built / "dist/doubler"
    choice = random.Random(3)
    for path in sorted(item for item in package.rglob("*") if item.is_file()):
        content = path.read_bytes()
        bits = range(len(content) * 8)
        for bit in {0, len(bits) - 1, *choice.sample(bits, min(20, len(bits)))} if bits else ():
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            with pytest.raises(IntegrityError, match=re.escape(str(path.relative_to(package)))):
                check_integrity(package, digest=None, lock=read_lock(built / "mlpack.lock"))
        path.write_bytes(content)
    assert check_integrity(package, digest=None, lock=read_lock(built / "mlpack.lock"))


def test_the_users_own_files_keep_their_inode_and_modes(built: Path, mlpack: Mlpack) -> None:
    mine = built / "model_data/table.json"
    mine.chmod(0o600)
    before = mine.stat()
    assert mlpack("build", "--force", cwd=built).returncode == 0
    after = mine.stat()
    assert (after.st_ino, after.st_mode, after.st_nlink, after.st_mtime_ns) == (
        before.st_ino, before.st_mode, before.st_nlink, before.st_mtime_ns
    )  # fmt: skip
    package = built / "dist/doubler"
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in package.rglob("*")}
    assert modes <= {(False, 0o644), (True, 0o755)}
