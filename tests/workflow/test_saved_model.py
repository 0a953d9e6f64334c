"""A saved model in a project: run by nobody before the forward pass, pinned like an artifact."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mlpack

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The case of a loader module, with the one line of MLflow that most tests share."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "tests/cases/build/saved", folder)
    text = (folder / "mlpack.yaml").read_text().partition("\nvariants")[0]
    needs = "dependencies: [mlflow-skinny~=3.17.2, pandas~=2.3]\n"
    (folder / "mlpack.yaml").write_text(f"{text}\n{needs}")
    return folder


def test_it_is_pinned_and_what_others_leave_in_it_is_not(project: Path, mlpack: Mlpack) -> None:
    saved = project / "model_data/times"
    large = saved / "data" / "large.bin"
    large.write_bytes(bytes(5 << 20))
    assert mlpack("build", cwd=project).returncode == 0
    packed = project / "dist/saved/data/large.bin"
    assert packed.stat().st_ino != large.stat().st_ino
    assert '"saved":"model_data/times"' in (project / "dist/saved.intoto.json").read_text()

    (saved / "registered_model_meta").write_text("left by a registry's client")
    (saved / "code/__pycache__").mkdir()
    (saved / "code/__pycache__/loading.cpython-311.pyc").write_bytes(b"left by a loader")
    (saved / "requirements.txt").write_text("replaced by the lock's")
    assert "is up to date" in mlpack("build", cwd=project).stdout

    (saved / "data/data.json").write_text('{"factor": 4}')
    locked = mlpack("build", "--locked", cwd=project)
    assert locked.returncode == 4
    assert "artifact model_data/times does not match the lock" in locked.stderr
    built = mlpack("build", "--explain", cwd=project)
    assert "[80.]" in built.stdout
    assert "save: model changed" in built.stdout


def test_none_of_its_code_runs_before_the_forward_pass(project: Path, mlpack: Mlpack) -> None:
    code = project / "model_data/times/code/loading.py"
    code.write_text("raise RuntimeError('imported')\n")
    built = mlpack("build", "--skip-inference", cwd=project)
    assert built.returncode == 0, built.stderr
    proven = mlpack("build", cwd=project)
    assert proven.returncode == 1
    assert "imported" in proven.stderr


def test_one_without_a_signature_gets_it_from_its_example(project: Path, mlpack: Mlpack) -> None:
    described = project / "model_data/times/MLmodel"
    described.write_text(re.sub(r"signature:\n(  .*\n)+", "", described.read_text()))
    refused = mlpack("build", "--format", "json", cwd=project)
    assert [each["code"] for each in json.loads(refused.stdout)["problems"]] == [
        "missing-signature"
    ]
    assert mlpack("signature", "--write", "-y", cwd=project).returncode == 0
    assert mlpack("build", cwd=project).returncode == 0


def test_training_may_still_have_to_save_it(project: Path, mlpack: Mlpack) -> None:
    described = project / "model_data/times/MLmodel"
    described.rename(project / "aside")
    train = "import pathlib; pathlib.Path('aside').rename('model_data/times/MLmodel')"
    assert mlpack("build", cwd=project).returncode == 2
    trained = mlpack("run", "--", "python", "-c", train, cwd=project)
    assert trained.returncode == 0, trained.stderr
    assert mlpack("build", cwd=project).returncode == 0
