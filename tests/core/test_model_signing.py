"""Our digest is the one that OpenSSF Model Signing signs: computed by its own package."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from tests.throwaway import throwaway_environment

# What its signing payload holds as the subject's digest; every file counts, those of git too.
_PROGRAM = """
import json, pathlib, sys
from model_signing import hashing
from model_signing._signing.signing import Payload

answers = {}
for root in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    config = hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False)
    payload = Payload(config.hash(root))
    answers[root.name] = payload.statement.pb.subject[0].digest["sha256"]
print(json.dumps(answers))
"""

TREES: dict[str, dict[str, bytes]] = {
    "dash-sorts-before-slash": {"a/b": b"1", "a-b/x": b"2", "a.b": b"3", "a/c": b"4", "ab": b"5"},
    "dots": {".hidden": b"1", ".git/config": b"2", "..a/b": b"3", ".gitattributes": b"4"},
    "unicode": {"é": b"1", "e\u0301": b"2", "z": b"3", "日本/語": b"4", "😀": b"5", "\uffee": b"6"},
    "case": {"MLmodel": b"1", "artifacts/B": b"2", "artifacts/a": b"3", "code/x.py": b"4"},
    "spaces and signs": {"a b": b"1", "a%20b": b"2", "a#b": b"3", "a\nb": b"4", "a+b/c": b"5"},
    "deep": {"/".join("abcdefgh"[:n]) + "/1": bytes([n]) for n in range(1, 8)},
    "one": {"MLmodel": b""},
    "many": {f"d{n % 7}/f{n:03}-{n % 3}": b"x" * n for n in range(60)},
    "large": {"weights": b"w" * (3 << 20), "more": b"m" * (6 << 20)},
}


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("trees")
    for name, files in TREES.items():
        for path, content in files.items():
            target = base / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return base


@pytest.mark.slow
@pytest.mark.network
def test_the_root_digest_is_the_one_that_model_signing_computes(trees: Path, cache: Path) -> None:
    # It imports OpenSSL, but does not ask for it.
    python = throwaway_environment(cache, ["model-signing==1.1.1", "pyopenssl"])
    done = subprocess.run(
        [python, "-c", _PROGRAM, trees], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    theirs = {name: f"sha256:{digest}" for name, digest in json.loads(done.stdout).items()}
    assert theirs == {name: tree_digest(trees / name).digest for name in TREES}
