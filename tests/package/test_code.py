"""Which files are shipped as code."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from mlpack.core.errors import ManifestError
from mlpack.package.code import code_files


def _project(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    return root


def _targets(root: Path, *paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    found = code_files(root, [PurePosixPath(path) for path in paths], exclude)
    return [str(file.target) for file in found]


def test_a_folder_goes_under_its_own_name(tmp_path: Path) -> None:
    root = _project(tmp_path, "src/tf/__init__.py", "src/tf/deep/model.py", "other.py")
    assert _targets(root, "src/tf", "other.py") == [
        "other.py",
        "tf/__init__.py",
        "tf/deep/model.py",
    ]


@pytest.mark.parametrize(
    "unwanted",
    [
        "__pycache__/model.cpython-311.pyc", "stray.pyc", ".git/config", ".env", ".env.local",
        "server.pem", "id_rsa", ".netrc", ".ipynb_checkpoints/a.ipynb", ".mypy_cache/x",
        "venv/lib/x.py", "node_modules/x.js", ".DS_Store", "credentials.json",
    ],
)  # fmt: skip
def test_caches_secrets_and_version_control_stay_behind(tmp_path: Path, unwanted: str) -> None:
    root = _project(tmp_path, "code/model.py", f"code/{unwanted}")
    assert _targets(root, "code") == ["code/model.py"]


def test_an_environment_of_any_name_stays_behind(tmp_path: Path) -> None:
    root = _project(tmp_path, "code/model.py", "code/myenv/pyvenv.cfg", "code/myenv/lib/a.py")
    assert _targets(root, "code") == ["code/model.py"]


def test_globs_leave_out_more(tmp_path: Path) -> None:
    root = _project(tmp_path, "code/model.py", "code/tests/test_a.py", "code/notes.md")
    assert _targets(root, "code", exclude=("code/tests", "*.md")) == ["code/model.py"]


def test_the_output_folder_is_no_code(tmp_path: Path) -> None:
    root = _project(tmp_path, "code/model.py", "code/dist/old/MLmodel")
    found = code_files(root, [PurePosixPath("code")], outputs=[root / "code/dist"])
    assert [str(file.target) for file in found] == ["code/model.py"]


def test_two_paths_of_one_name_are_refused(tmp_path: Path) -> None:
    root = _project(tmp_path, "a/lib/x.py", "b/lib/y.py")
    with pytest.raises(ManifestError, match="would both become code/lib"):
        _targets(root, "a/lib", "b/lib")


@pytest.mark.parametrize("target", ["../outside", "nowhere", ".."])
def test_links_out_of_the_project_are_refused(tmp_path: Path, target: str) -> None:
    _project(tmp_path, "outside/secret.py", "project/code/model.py")
    root = tmp_path / "project"
    (root / "code/link").symlink_to(tmp_path / "project" / target)
    with pytest.raises(ManifestError, match="symbolic link"):
        _targets(root, "code")


def test_links_inside_the_project_are_followed(tmp_path: Path) -> None:
    root = _project(tmp_path, "shared/common.py", "code/model.py")
    (root / "code/common.py").symlink_to("../shared/common.py")
    assert _targets(root, "code") == ["code/common.py", "code/model.py"]
