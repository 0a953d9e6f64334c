"""No hint sends anybody in a circle: what it names is run, and then the same error is not there.

``SCENES`` and ``BUILT`` have a project for each hint that names a command of mlpack. A command that
no hint has named before gets its own there, and an entry in ``RUN``.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Locking, depend, index, locking, root
from tests.cli.test_merging import DAMAGE
from tests.conftest import ROOT, run_mlpack
from tests.indexes import Index
from tests.workflow.conftest import Project, project, shared_lock

__all__ = ["index", "locking", "project", "root", "shared_lock"]

# To be run in place of what was refused, which stays refused.
INSTEAD = [("explain",), ("run", "--", "python", "-V"), ("init", "--from", "model.pkl")]
NAMED = re.compile(r"`mlpack ([^`]*)`")
HELP = re.compile(r"^\s*(?:= )?help: (.*)$|^ .*; (`mlpack .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Scene:
    """A project in trouble, and the command that says so."""

    index: Index
    root: Path
    run: Callable[..., subprocess.CompletedProcess[str]]


def commands_in(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """Return the commands that the help of an answer names."""
    hints = [help or said for help, said in HELP.findall(done.stderr + done.stdout)]
    return [shlex.split(text) for hint in hints for text in dict.fromkeys(NAMED.findall(hint))]


def assert_the_hint_helps(
    run: Callable[..., subprocess.CompletedProcess[str]], *command: str
) -> None:
    first = run(*command)
    named = commands_in(first)
    assert named, first.stderr + first.stdout
    for each in {tuple(one): None for one in named}:
        done = run(*each)
        assert _said(done) != _said(first), f"{each} only says the same again"
        if each in INSTEAD:
            assert done.returncode == 0, done.stderr
        else:
            again = run(*command)
            assert _said(again) != _said(first), f"nothing came of {each}: {done.stderr}"


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """Return an answer without what differs each time: times, and names of temporary files."""
    text = re.sub(r"\(\d[^)]* m?s\)|/tmp/\S+", "", done.stderr + done.stdout)
    return f"{done.returncode}\n{text}"


def no_lock(scene: Scene) -> None:
    """Nothing has been locked."""


def locked(scene: Scene) -> None:
    assert scene.run("lock").returncode == 0


def stale(scene: Scene) -> None:
    locked(scene)
    depend(scene.root, "[numpy<9]")


def moved_file(scene: Scene) -> None:
    (scene.root / "weights.bin").write_bytes(b"first")
    depend(scene.root, "[numpy]", "artifacts: {weights: weights.bin}\n")
    locked(scene)
    (scene.root / "weights.bin").write_bytes(b"other")


def moved_made_file(scene: Scene) -> None:
    made = "artifacts: {weights: {path: weights.bin, fetch: never run}}\n"
    (scene.root / "weights.bin").write_bytes(b"first")
    depend(scene.root, "[numpy]", made)
    locked(scene)
    (scene.root / "weights.bin").write_bytes(b"other")


def elsewhere(scene: Scene) -> None:
    away = scene.root.parent / "weights.bin"
    away.write_bytes(b"first")
    depend(scene.root, "[numpy]", f"artifacts: {{weights: {{uri: '{away.as_uri()}'}}}}\n")


def own_wheel(scene: Scene) -> None:
    held = scene.index.wheel("leaf", "1.0")
    (scene.root / "wheels").mkdir()
    path = scene.root / "wheels" / held.filename
    path.write_bytes(held.content)
    del scene.index.projects["leaf"]
    depend(scene.root, "{requirements: [numpy, leaf], find_links: [wheels]}")
    locked(scene)
    path.write_bytes(scene.index.wheel("leaf", "1.0", needs=["numpy"]).content)
    del scene.index.projects["leaf"]


def without_mlflow(scene: Scene) -> None:
    locked(scene)
    path = scene.root / "mlpack.lock"
    text = path.read_text()
    at = text.index("      - name: mlflow")
    path.write_text(text[:at] + text[text.index("      - name: numpy") :])


def replaced(scene: Scene) -> None:
    locked(scene)
    del scene.index.projects["numpy"]
    scene.index.wheel("leaf", "1.0")
    scene.index.wheel("numpy", "2.0.0", needs=["leaf"])


def yanked(scene: Scene) -> None:
    leaf = scene.index.wheel("leaf", "1.0")
    scene.index.wheel("stem", "1.0", needs=["leaf"])
    depend(scene.root, "[numpy, stem]")
    locked(scene)
    leaf.yanked = "it is broken"
    scene.index.wheel("leaf", "2.0")
    depend(scene.root, "[numpy<9, stem]")


def nothing(scene: Scene) -> None:
    shutil.rmtree(scene.root)
    scene.root.mkdir()


def trained(scene: Scene) -> None:
    nothing(scene)
    # What `pickle` writes of a scikit-learn model, which is not installed here.
    (scene.root / "model.pkl").write_bytes(
        b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}"
        b"X\x10\x00\x00\x00_sklearn_versionX\x05\x00\x00\x001.7.0sb."
    )


def damaged(name: str) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        scene.index.wheel("leaf", "1.0")
        depend(scene.root, "[numpy, leaf]")
        locked(scene)
        path = scene.root / "mlpack.lock"
        path.write_bytes(DAMAGE[name](path.read_bytes()))

    return make


SCENES: dict[str, tuple[Callable[[Scene], None], list[str]]] = {
    "no lock": (no_lock, ["lock", "--check"]),
    "no lock, for a build": (no_lock, ["build", "--locked"]),
    "no lock, for its tree": (no_lock, ["tree"]),
    "stale": (stale, ["lock", "--check"]),
    "stale, by its path": (stale, ["-f", "mlpack.yaml", "lock", "--check"]),
    "stale, for a build": (stale, ["build", "--locked"]),
    "stale, for its tree": (stale, ["tree"]),
    "a file moved": (moved_file, ["build", "--locked"]),
    "a made file moved": (moved_made_file, ["lock"]),
    "a file elsewhere": (elsewhere, ["fetch", "--offline"]),
    "a wheel moved": (own_wheel, ["build"]),
    "a wheel of the index replaced": (replaced, ["fetch", "--to", "wheelhouse"]),
    "without mlflow": (without_mlflow, ["doctor"]),
    "yanked": (yanked, ["lock"]),
    "no manifest": (nothing, ["validate"]),
    "no such manifest": (nothing, ["-f", "mlpack.yaml", "validate"]),
    "a model's file": (trained, ["import", "model.pkl"]),
    "no such code": (no_lock, ["explain", "no-such-code"]),
    "no command to run": (locked, ["run", "--", "--"]),
    # `lock --check` and builds are in `cli/test_merging`, with every kind of damage.
    "emptied, for its tree": (damaged("emptied"), ["tree"]),
    "cut, for a doctor": (damaged("cut"), ["doctor"]),
    "a mark left behind, for a build": (damaged("a mark left behind"), ["build", "--locked"]),
    "pins edited, for a tree": (damaged("pins edited"), ["tree"]),
}


@pytest.mark.parametrize("name", SCENES)
def test_a_hint_leads_on(name: str, index: Index, root: Path, locking: Locking) -> None:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return locking(*args[1:], command=args[0])

    make, command = SCENES[name]
    make(Scene(index, root, run))
    assert_the_hint_helps(run, *command)


def unbuilt(root: Path) -> None:
    """Its packages are locked."""


def unsigned(root: Path) -> None:
    lines = (root / "mlpack.yaml").read_text().splitlines(keepends=True)
    signature = [
        each for each in lines if not each.startswith(("signature:", "  inputs:", "  out"))
    ]
    (root / "mlpack.yaml").write_text("".join(signature))


def unsigned_variant(root: Path) -> None:
    unsigned(root)
    first = "{signature: {inputs: [{name: x, type: double}], outputs: [{name: x, type: double}]}}"
    with (root / "mlpack.yaml").open("a") as file:
        file.write(f"variants:\n  signed: {first}\n  bare: {{}}\n")


def changed(root: Path) -> None:
    assert run_mlpack("build", cwd=root).returncode == 0
    (root / "model_code/more.py").write_text("")


BUILT: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "nothing built": (unbuilt, ["verify"]),
    "nothing to push": (unbuilt, ["push", "file:///nowhere/at/all", "--dry-run"]),
    "nothing recorded": (unbuilt, ["build", "--locked"]),
    "no signature": (unsigned, ["validate"]),
    "no signature of a variant": (unsigned_variant, ["validate"]),
    "code changed": (changed, ["build", "--locked"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT)
def test_a_hint_about_packages_leads_on(name: str, project: Project) -> None:
    root = project()
    make, command = BUILT[name]
    make(root)
    assert_the_hint_helps(lambda *args: run_mlpack(*args, cwd=root), *command)


CASES = [
    folder
    for folder in sorted((ROOT / "tests/cases").glob("*/*"))
    if (folder / "stderr.txt").exists() and NAMED.search((folder / "stderr.txt").read_text())
]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: str(folder.name))
def test_what_a_case_says_to_run_has_its_scene(folder: Path) -> None:
    # In the folder itself, whose other mistakes come first, the command could only refuse.
    for text in NAMED.findall((folder / "stderr.txt").read_text()):
        bare = re.sub(r" --variant \S+", "", text)
        assert bare in {" ".join(shlex.split(each)) for each in RUN}, text


# Every command that a message names, and the scene that runs it, or why none can.
RUN = {
    "build": "no lock, for a build",
    "diff": "names no packages: the sentence before it does",
    "explain": "no such code",
    "fetch": "a file elsewhere",
    "import": "what to import depends on the reader",
    "import {}": "the file that it names is still to be made",
    "init": "no manifest",
    "init --from ": "a model's file",
    "lock": "no lock",
    "lock --upgrade": "a wheel of the index replaced",
    "lock --upgrade-artifact {}": "a made file moved",
    "lock -P ": "a wheel moved; yanked",
    "cache prune": "may help, as it says, on a disk that is full",
    "run -- python -V": "no command to run",
    "run -- …": "the command of an artifact that failed, in the same environment",
    "signature --write": "no signature",
    "signature --write{}": "no signature of a variant",
    "validate": "tells what is wrong with a manifest that was skipped",
}


def test_every_hint_of_the_source_is_known() -> None:
    found = {
        command
        for path in sorted((ROOT / "mlpack").rglob("*.py"))
        if "authoring" not in path.parts
        for hint in _hints(ast.parse(path.read_text(encoding="utf-8")))
        for command in re.findall(r"`mlpack ([^`]*)", hint)
    }
    assert {re.sub(r" -f [^`]*|\(.*", "", each) for each in found} <= RUN.keys()


def _hints(tree: ast.AST) -> Iterator[str]:
    """Yield the strings that are, or become, hints: under that name, or a constant's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "hint":
            yield from _strings(node.value)
        elif isinstance(node, (ast.Assign, ast.AugAssign)) and not isinstance(node.value, ast.Dict):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            if any(name.isupper() or "hint" in name for name in names):
                yield from _strings(node.value)
        elif isinstance(node, ast.FunctionDef) and "hint" in node.name:
            yield from _strings(node)


def _strings(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        # A text that begins with a comment is a file's, or a page's.
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value[:1] != "#":
            yield each.value
