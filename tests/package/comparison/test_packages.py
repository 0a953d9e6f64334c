"""Two packages: every file that differs is named, and what differs in it is said in its terms."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.core.errors import IntegrityError, UsageError
from mlpack.package.comparison import Detail, FileDifference, compare_packages
from tests.packages import FILES, mlmodel, write_package


def compare(tmp_path: Path, changes: dict[str, bytes | None], **more: Any) -> list[FileDifference]:
    first, second = tmp_path / "first", tmp_path / "second"
    write_package(first)
    write_package(second, changes, **more)
    return list(compare_packages(first, second).files)


def detail(tmp_path: Path, name: str, content: bytes) -> Detail:
    (found,) = compare(tmp_path, {name: content})
    assert (found.path, found.change) == (name, "changed")
    assert found.detail is not None
    return found.detail


def test_equal_packages_are_equal_whatever_their_modes_and_caches(tmp_path: Path) -> None:
    first, second = write_package(tmp_path / "a"), write_package(tmp_path / "b")
    (second / "MLmodel").chmod(0o600)
    cache = second / "code/m/__pycache__/code.cpython-311.pyc"
    cache.parent.mkdir()
    cache.write_bytes(b"bytecode")
    (second / "registered_model_meta").write_bytes(b"model_name: m\nmodel_version: '1'\n")
    found = compare_packages(first, second)
    assert found.equal and found.files == ()
    assert found.first_digest == found.second_digest
    assert "code/m/__pycache__" in found.warnings[0].message
    assert found.warnings[1].message.startswith("registered_model_meta was left by a program")


def test_files_that_came_went_and_moved_are_told_apart(tmp_path: Path) -> None:
    found = compare(
        tmp_path,
        {
            "code/m/code.py": None,
            "code/m/moved.py": FILES["code/m/code.py"],
            "conda.yaml": None,
            "constraints.txt": b"numpy<3\n",
        },
    )
    assert [(file.path, file.change, file.old_path) for file in found] == [
        ("code/m/moved.py", "renamed", "code/m/code.py"),
        ("conda.yaml", "removed", None),
        ("constraints.txt", "added", None),
    ]
    assert found[2].before is None and found[2].after is not None and found[2].after.size == 8


def test_a_renaming_that_keeps_the_root_digest_is_a_difference(tmp_path: Path) -> None:
    first, second = write_package(tmp_path / "a"), write_package(tmp_path / "b")
    (second / "artifacts/vocab.json").rename(second / "artifacts/vocab.jsoo")
    found = compare_packages(first, second)
    assert found.first_digest == found.second_digest
    assert not found.equal
    assert [file.change for file in found.files] == ["renamed"]


def test_mlmodel_is_compared_by_key_and_its_signature_too(tmp_path: Path) -> None:
    columns = json.dumps([{"name": "x", "type": "float", "required": True}])
    signature = {**mlmodel()["signature"], "inputs": columns}
    (found,) = compare(tmp_path, {}, signature=signature, mlflow_version="3.1.0")
    assert found.detail is not None and found.detail.kind == "structure"
    assert [(v.key, v.before, v.after) for v in found.detail.values] == [
        ("mlflow_version", "3.17.2", "3.1.0"),
        ("signature.inputs[x].type", "double", "float"),
    ]


def test_requirements_say_which_package_moved(tmp_path: Path) -> None:
    text = (
        b"--extra-index-url https://other.example.org/simple\n"
        + f"mlflow_skinny==3.17.2 \\\n    --hash=sha256:{'1' * 64} \\\n".encode()
        + f"    --hash=sha256:{'9' * 64}\nNumPy==2.2.0 --hash=sha256:{'4' * 64}\n".encode()
        + b"torch==2.5.0 ; sys_platform == 'linux'\n"
    )
    found = detail(tmp_path, "requirements.txt", text)
    assert found.kind == "requirements"
    assert [
        (r.name, r.before, r.after, r.hashes_added, r.hashes_removed) for r in found.requirements
    ] == [
        ("--extra-index-url https://other.example.org/simple", None, "", 0, 0),
        ("--extra-index-url https://wheels.example.org/simple", "", None, 0, 0),
        ("mlflow-skinny", "==3.17.2", "==3.17.2", 1, 1),
        ("numpy", "==2.1.0", "==2.2.0", 1, 1),
        ("torch ; sys_platform == 'linux'", None, "==2.5.0", 0, 0),
    ]


def test_conda_says_which_package_moved_too(tmp_path: Path) -> None:
    text = FILES["conda.yaml"].replace(b"2.1.0", b"2.2.0").replace(b"3.11.7", b"3.11.8")
    found = detail(tmp_path, "conda.yaml", text)
    assert [(r.name, r.before, r.after) for r in found.requirements] == [
        ("numpy", "==2.1.0", "==2.2.0")
    ]
    assert [(v.key, v.after) for v in found.values] == [("dependencies[0]", "python=3.11.8")]


def test_json_is_compared_by_key(tmp_path: Path) -> None:
    found = detail(tmp_path, "artifacts/vocab.json", b'{"b": [1, 9, 3], "a": 1}')
    assert [(v.key, v.before, v.after) for v in found.values] == [("b[1]", 2, 9)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("artifacts/vocab.json", b'{"b": [1, 2, 3],   "a": 1}\n'),
        ("python_env.yaml", b"# said\npython: 3.11.7\ndependencies: [-r requirements.txt]\n"),
        ("requirements.txt", b"# said\n" + FILES["requirements.txt"]),
        ("artifacts/vocab.json", b"{ no json"),
        ("MLmodel", b"flavors: ["),
    ],
    ids=["order of keys", "comment", "comment in requirements", "no JSON", "no YAML"],
)
def test_what_is_no_difference_in_its_terms_shows_as_text(
    tmp_path: Path, name: str, content: bytes
) -> None:
    found = detail(tmp_path, name, content)
    assert found.kind == "text"
    assert any(line.startswith(("-", "+")) for line in found.lines[2:])


def test_code_shows_as_a_unified_diff(tmp_path: Path) -> None:
    found = detail(tmp_path, "code/m/code.py", b"class Doubler:\n    factor = 3\r\n    more = 1")
    assert found.lines == (
        "--- a/code/m/code.py",
        "+++ b/code/m/code.py",
        "@@ -1,2 +1,3 @@",
        " class Doubler:",
        "-    factor = 2",
        "+    factor = 3\r",
        "+    more = 1\n\\ No newline at end of file",
    )


def test_bytes_show_as_size_and_digest_only(tmp_path: Path) -> None:
    (found,) = compare(tmp_path, {"artifacts/vocab.json": bytes(range(256))})
    assert found.detail == Detail(kind="binary")
    assert found.before is not None and found.after is not None
    assert (found.before.size, found.after.size) == (25, 256)


class Planted:
    """Unpickled, it would leave a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_pickles_show_their_opcodes_and_are_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    first = write_package(
        tmp_path / "a", {"python_model.pkl": pickle.dumps([Planted(mark), "x", b"w" * 500])}
    )
    second = write_package(
        tmp_path / "b", {"python_model.pkl": pickle.dumps([Planted(mark), "y", b"v" * 500])}
    )
    (file,) = compare_packages(first, second).files
    assert file.detail is not None and file.detail.kind == "pickle"
    changed = [line for line in file.detail.lines[2:] if line.startswith(("-", "+"))]
    assert {"-SHORT_BINUNICODE 'x'", "+SHORT_BINUNICODE 'y'"} <= set(changed)
    assert any("500 bytes, sha256:" in line for line in changed)
    assert not mark.exists()


@pytest.mark.parametrize("content", [b"\x80\x04.", b"\x80\x04junk.", b"\x80\x04\x95"])
def test_a_broken_pickle_shows_as_bytes(tmp_path: Path, content: bytes) -> None:
    first = write_package(tmp_path / "a", {"m.pkl": pickle.dumps(1, protocol=4)})
    second = write_package(tmp_path / "b", {"m.pkl": content})
    (file,) = compare_packages(first, second).files
    assert file.detail is not None and file.detail.kind in ("binary", "pickle")


def test_much_that_differs_is_cut_and_counted(tmp_path: Path) -> None:
    found = detail(tmp_path, "code/m/code.py", b"".join(b"line %d\n" % n for n in range(1000)))
    assert len(found.lines) == 400 and found.more > 500


def test_what_is_no_model_is_a_usage_error(tmp_path: Path) -> None:
    model = write_package(tmp_path / "m")
    (tmp_path / "empty").mkdir()
    for first, second in ((model, tmp_path / "empty"), (tmp_path / "gone", model)):
        with pytest.raises(UsageError, match="not an MLflow model"):
            compare_packages(first, second)


def test_a_link_is_refused_by_name(tmp_path: Path) -> None:
    model = write_package(tmp_path / "m")
    (model / "artifacts/link").symlink_to(model / "MLmodel")
    with pytest.raises(IntegrityError, match="artifacts/link is a symbolic link"):
        compare_packages(model, write_package(tmp_path / "n"))


def test_the_handwritten_package_is_yaml() -> None:
    assert yaml.safe_load(FILES["conda.yaml"])["dependencies"][2] == {"pip": ["numpy==2.1.0"]}
