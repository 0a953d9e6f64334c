"""Requirements in manifests, requirements files and pyproject.toml, edited byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpack.authoring.editing import edits
from mlpack.core.errors import UsageError
from mlpack.manifest.reading import read
from tests.lock.conftest import MANIFEST, MODEL


def project(root: Path, dependencies: str, files: dict[str, str] | None = None) -> Path:
    """Write a project whose manifest ends with ``dependencies``, key included."""
    root.mkdir(exist_ok=True)
    (root / "model.py").write_text(MODEL)
    for name, text in (files or {}).items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(text.encode())
    (root / "mlpack.yaml").write_bytes((MANIFEST + dependencies).encode())
    return root


def edited(
    root: Path, dependencies: str, files: dict[str, str] | None = None, **what: list[str]
) -> dict[str, str]:
    """Return the text of each file that changes; of the manifest only what follows its keys."""
    project(root, dependencies, files)
    found, _ = edits(read(root / "mlpack.yaml"), **what)
    texts = {each.path.relative_to(root).as_posix(): each.after.decode() for each in found}
    return {name: text.removeprefix(MANIFEST) for name, text in texts.items()}


# What is written, what is done, what is written then.
IN_THE_MANIFEST = {
    "lines, at the end": (
        "dependencies:   # ours\n  - scipy   # why\n  # next\n  - numpy~=2.0\n\n"
        "build: {output: o}\n",
        {"add": ["anyio>=4"]},
        'dependencies:   # ours\n  - scipy   # why\n  # next\n  - numpy~=2.0\n  - anyio>=4\n\n'
        "build: {output: o}\n",
    ),
    "lines, in their order": (
        "dependencies:\n- numpy\n- scipy  # c\n",
        {"add": ["pandas", "anyio", "torch"]},
        "dependencies:\n- anyio\n- numpy\n- pandas\n- scipy  # c\n- torch\n",
    ),
    "lines without a line break at the end": (
        "dependencies:\n  - numpy",
        {"add": ["anyio"]},
        "dependencies:\n  - numpy\n  - anyio",
    ),
    "lines of another system": (
        "dependencies:\r\n  - 'numpy'\r\n  - 'scipy'\r\n",
        {"add": ["anyio==4", "scipy<2"], "remove": ["numpy"]},
        "dependencies:\r\n  - 'anyio==4'\r\n  - 'scipy<2'\r\n",
    ),
    "brackets": (
        "dependencies: [numpy, scipy]  # both\n",
        {"add": ["anyio>=4,<5", "torch"]},
        'dependencies: ["anyio>=4,<5", numpy, scipy, torch]  # both\n',
    ),
    "quotes are like their neighbors'": (
        'dependencies: ["scipy", "numpy"]\n',
        {"add": ["anyio", "httpx[http2] ; python_version > '3.10'"]},
        'dependencies: ["scipy", "numpy", "anyio", '
        "\"httpx[http2] ; python_version > '3.10'\"]\n",
    ),
    "brackets over lines": (
        "dependencies: [\n  numpy,  # one\n  scipy   # two\n]\n",
        {"add": ["torch", "pandas"]},
        "dependencies: [\n  numpy,  # one\n  pandas,\n  scipy,   # two\n  torch\n]\n",
    ),
    "brackets over lines with a last comma": (
        "dependencies: [\n  numpy,\n  scipy,\n  ]\n",
        {"add": ["torch"], "remove": ["numpy"]},
        "dependencies: [\n  scipy,\n  torch,\n  ]\n",
    ),
    "brackets that close behind the last": (
        "dependencies: [\n  numpy,\n  scipy]\n",
        {"add": ["torch"]},
        "dependencies: [\n  numpy,\n  scipy,\n  torch]\n",
    ),
    "brackets that wrap": (
        "dependencies: [numpy, pandas,\n               scipy, torch]\n",
        {"add": ["seaborn"], "remove": ["pandas", "torch"]},
        "dependencies: [numpy, \n               scipy, seaborn]\n",
    ),
    "the last of a list": (
        "dependencies: [numpy, scipy]\n",
        {"remove": ["scipy"]},
        "dependencies: [numpy]\n",
    ),
    "the only one between brackets": (
        "dependencies: [ numpy ]\n", {"remove": ["numpy"]}, "dependencies: []\n",
    ),
    "the only one of a line": (
        "dependencies:  # ours\n  # why\n  - numpy\n",
        {"remove": ["numpy"]},
        "dependencies: []  # ours\n  # why\n",
    ),
    "an empty list": ("dependencies: []\n", {"add": ["numpy"]}, "dependencies: [numpy]\n"),
    "a version": (
        "dependencies:\n  - NumPy ~= 2.0  # keep me\n",
        {"add": ["numpy==2.1"]},
        "dependencies:\n  - NumPy==2.1  # keep me\n",
    ),
    "a version leaves extras and marker": (
        "dependencies:\n  - \"httpx[http2]<1; sys_platform != 'win32'\"\n",
        {"add": ["httpx>=0.28"]},
        "dependencies:\n  - \"httpx[http2]>=0.28; sys_platform != 'win32'\"\n",
    ),
    "an extra leaves the version": (
        "dependencies: ['httpx<1']\n",
        {"add": ["httpx[http2]"]},
        "dependencies: ['httpx[http2]<1']\n",
    ),
    "a name alone leaves all": ("dependencies: [numpy~=2.0]\n", {"add": ["NumPy"]}, None),
    "all of one name": (
        "dependencies:\n  - leaf<2; os_name == 'nt'\n  - numpy\n  - Leaf; os_name != 'nt'\n",
        {"remove": ["leaf"]},
        "dependencies:\n  - numpy\n",
    ),
    "a mapping": (
        "dependencies:\n  allow_sdist: false\n  requirements:\n    - numpy\n  platforms: [linux]\n",
        {"add": ["scipy"]},
        "dependencies:\n  allow_sdist: false\n  requirements:\n    - numpy\n    - scipy\n"
        "  platforms: [linux]\n",
    ),
    "a mapping without the key": (
        "dependencies:  # ours\n  allow_sdist: false  # none\n",
        {"add": ["scipy~=1.1"]},
        "dependencies:  # ours\n  requirements: [scipy~=1.1]\n  allow_sdist: false  # none\n",
    ),
    "a mapping without the key, between braces": (
        "dependencies: {allow_sdist: false}\n",
        {"add": ["scipy"]},
        "dependencies: {requirements: [scipy], allow_sdist: false}\n",
    ),
    "a mapping whose list loses all": (
        "dependencies:\n  requirements:\n    - numpy\n  allow_sdist: false\n",
        {"remove": ["numpy"]},
        "dependencies:\n  requirements: []\n  allow_sdist: false\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_THE_MANIFEST)
def test_in_the_manifest(tmp_path: Path, name: str) -> None:
    before, what, after = IN_THE_MANIFEST[name]
    found = edited(tmp_path, before, **what)
    assert found == ({} if after is None else {"mlpack.yaml": after})


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    root = project(tmp_path, "dependencies: [numpy]\n")
    path = root / "mlpack.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().lstrip())
    ((found,), _) = edits(read(path), add=["scipy"])
    assert found.after == found.before.replace(b"[numpy]", b"[numpy, scipy]")


FILE = "dependencies: {file: requirements.in}\n"
IN_A_FILE = {
    "at the end": (
        "-r more.in\nscipy\nnumpy",
        {"add": ["anyio>=4"]},
        "-r more.in\nscipy\nnumpy\nanyio>=4",
    ),
    "in order": (
        "# ours\nnumpy  # why\nscipy\n",
        {"add": ["pandas"]},
        "# ours\nnumpy  # why\npandas\nscipy\n",
    ),
    "a version": (
        "  numpy ~= 2.0 ; os_name != 'nt'  # why\n",
        {"add": ["numpy==2.1"]},
        "  numpy==2.1; os_name != 'nt'  # why\n",
    ),
    "removed": ("numpy  # why\r\nscipy\r\n", {"remove": ["numpy"]}, "scipy\r\n"),
    "the only one": ("# ours\nnumpy\n", {"remove": ["numpy"]}, "# ours\n"),
    "an empty file": ("# ours\n", {"add": ["numpy"]}, "# ours\nnumpy\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_A_FILE)
def test_in_a_requirements_file(tmp_path: Path, name: str) -> None:
    before, what, after = IN_A_FILE[name]
    files = {"requirements.in": before, "more.in": "torch\n"}
    assert edited(tmp_path, FILE, files, **what) == {"requirements.in": after}


def test_what_an_included_file_requires_is_edited_there(tmp_path: Path) -> None:
    files = {"requirements.in": "-r sub/more.in\nnumpy\n", "sub/more.in": "torch  # big\n"}
    found = edited(tmp_path, FILE, files, add=["torch~=2.9"])
    assert found == {"sub/more.in": "torch~=2.9  # big\n"}


def test_the_manifests_own_list_takes_what_is_new(tmp_path: Path) -> None:
    dependencies = "dependencies: {file: requirements.in, requirements: [numpy]}\n"
    files = {"requirements.in": "scipy\n"}
    assert edited(tmp_path, dependencies, files, add=["anyio", "scipy<2"], remove=["numpy"]) == {
        "mlpack.yaml": "dependencies: {file: requirements.in, requirements: [anyio]}\n",
        "requirements.in": "scipy<2\n",
    }


PYPROJECT = '''\
[build-system]
requires = ["hatchling"]  # not these

[project]
name = "ours"
description = """
dependencies = ["no"]
"""
dependencies = [
    "numpy>=2",  # why
    'scipy ; os_name != "nt"',
]
optional-dependencies.plots = ["matplotlib"]

[dependency-groups]
serve = ["uvicorn", {include-group = "all"}]
all = ["rich"]
'''
STATED = "dependencies: {pyproject: {extras: [Plots], groups: [serve]}}\n"
IN_A_PROJECT = {
    "new": (
        {"add": ["pandas~=2.2"]},
        '    "numpy>=2",  # why\n',
        '    "numpy>=2",  # why\n    "pandas~=2.2",\n',
    ),
    "a version": ({"add": ["scipy<2"]}, "'scipy ; os_name", "'scipy<2; os_name"),
    "removed": ({"remove": ["numpy"]}, '    "numpy>=2",  # why\n', ""),
    "of an extra": ({"add": ["matplotlib<4"]}, '["matplotlib"]', '["matplotlib<4"]'),
    "of a group": ({"remove": ["uvicorn"]}, '["uvicorn", {', "[{"),
    "of an included group": ({"add": ["rich>=14"]}, '["rich"]', '["rich>=14"]'),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_A_PROJECT)
def test_in_a_pyproject(tmp_path: Path, name: str) -> None:
    what, before, after = IN_A_PROJECT[name]
    found = edited(tmp_path, STATED, {"pyproject.toml": PYPROJECT}, **what)
    assert PYPROJECT.count(before) == 1
    assert found == {"pyproject.toml": PYPROJECT.replace(before, after)}


REFUSED = {
    "no requirement": (
        "dependencies: [numpy]\n", {"add": ["numpy=2"]},
        "cannot add `numpy=2`: Invalid version specifier: pin a version with `==`",
        "Write `numpy==2`.",
    ),
    "a path": (
        "dependencies: [numpy]\n", {"add": ["./leaf.whl"]},
        "cannot add `./leaf.whl`: The requirement `./leaf.whl` is a local path, which exists "
        "only on this machine", "Ship the project's own code with `code_paths`",
    ),
    "no name": (
        "dependencies: [numpy]\n", {"remove": ["numpy==2"]},
        "'numpy==2' is not the name of a package", "pass names only, such as `numpy`",
    ),
    "not there": (
        "dependencies: [numpy]\n", {"remove": ["scipy"]},
        "scipy is not one of the requirements of mlpack.yaml",
        "run `mlpack tree --invert --package scipy` to see what requires it",
    ),
    "a slip": (
        "dependencies: [numpy]\n",
        {"remove": ["nunpy"]},
        "nunpy is not one of the requirements of mlpack.yaml",
        "did you mean `numpy`?",
    ),
    "two of one name": (
        "dependencies: [\"leaf; os_name == 'nt'\", \"leaf<2; os_name != 'nt'\"]\n",
        {"add": ["leaf==1"]},
        "leaf is required 2 times, in mlpack.yaml", "by hand, then run `mlpack lock`",
    ),
    "a variant's own": (
        "dependencies: [numpy]\nvariants:\n  a: {}\n  b: {dependencies: [scipy]}\n",
        {"remove": ["scipy"]},
        "only variant b requires scipy, in its own `dependencies`",
        "edit `variants.b.dependencies` by hand, then run `mlpack lock`",
    ),
    "all variants' own": (
        "dependencies: [numpy]\nvariants:\n  b: {dependencies: [scipy]}\n", {"add": ["scipy"]},
        "each variant in mlpack.yaml has its own `dependencies`",
        "edit those of the variant by hand",
    ),
    "a constraint": (
        "dependencies: {requirements: [numpy], constraints: [limits.txt]}\n", {"remove": ["scipy"]},
        "scipy is not required; it is only constrained, in limits.txt", "edit limits.txt by hand",
    ),
    "a generated file": (
        "dependencies: {file: hashed.txt}\n", {"add": ["scipy"]},
        "hashed.txt has hashes or continued lines, so mlpack does not edit it",
        "edit the file that it is generated from",
    ),
    "a list by another name": (
        "x-all: &all [numpy]\ndependencies: *all\n", {"add": ["scipy"]},
        "the list of requirements in mlpack.yaml cannot be edited as it is written",
        "edit it by hand",
    ),
    "an odd list": (
        "dependencies:\n  -\n    numpy\n", {"remove": ["numpy"]},
        "the list of requirements in mlpack.yaml cannot be edited as it is written",
        "edit it by hand",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_edited_is_refused_in_words(tmp_path: Path, name: str) -> None:
    dependencies, what, message, hint = REFUSED[name]
    files = {
        "limits.txt": "scipy<2\n",
        "hashed.txt": f"numpy==2.0 \\\n  --hash=sha256:{'a' * 64}\n",
    }
    with pytest.raises(UsageError) as refused:
        edited(tmp_path, dependencies, files, **what)
    assert refused.value.message == message
    assert hint in str(refused.value.hint)


NAMES = ["anyio", "httpx", "numpy", "pandas", "scipy"]
STYLES = {
    "lines": lambda names: "\n" + "".join(f"  - {each}  # {each}\n" for each in names),
    "brackets": lambda names: f" [{', '.join(names)}]\n",
    "wrapped": lambda names: " [\n" + ",\n".join(f"  '{each}'" for each in names) + "]\n",
    "open": lambda names: " [\n" + "".join(f"  {each},  # {each}\n" for each in names) + "]\n",
}


@settings(max_examples=60, deadline=None)
@given(
    style=st.sampled_from(sorted(STYLES)),
    first=st.lists(st.sampled_from(NAMES), min_size=1, unique=True),
    steps=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "==1", ">=1,<2"]))),
)
def test_any_edits_of_any_list_leave_what_was_meant(
    tmp_path_factory: pytest.TempPathFactory,
    style: str,
    first: list[str],
    steps: list[tuple[str, str]],
) -> None:
    root = project(tmp_path_factory.mktemp("p"), f"dependencies:{STYLES[style](first)}")
    path = root / "mlpack.yaml"
    expected = {name: name for name in first}
    for name, version in steps:
        if name in expected and not version:
            what = {"remove": [name]}
            del expected[name]
        else:
            what = {"add": [f"{name}{version}"]}
            expected[name] = f"{name}{version}"
        found, _ = edits(read(path), **what)
        for each in found:
            each.path.write_bytes(each.after)
        (variant,) = read(path).variants
        assert set(variant.dependencies.requirements) == set(expected.values())
