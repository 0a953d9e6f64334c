"""Remote artifacts from the command line: pinned at first sight, held to it, never half there."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from mlpack.lock.text import read_lock
from tests.adapters.sources.faulty import FaultyServer
from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MANIFEST, Project

SIZE = 40_000_000
OLD, NEW = random.Random(3).randbytes(100_000), random.Random(4).randbytes(100_000)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer().running() as running:
        yield running


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, with an empty store; nothing waits long."""
    monkeypatch.setenv("MLPACK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("MLPACK_HTTP_RETRIES", "1")
    return tmp_path / "cache"


def with_artifacts(text: str) -> str:
    return f"{MANIFEST}artifacts:\n{text}"


def blobs(cache: Path) -> set[str]:
    return {path.name for path in (cache / "cas/sha256").glob("*/*")}


def forget(cache: Path) -> None:
    shutil.rmtree(cache / "cas")


def test_the_first_lock_pins_and_names_no_server(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    uri = server.serve("/models/weights%20v1.bin", OLD)
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    done = mlpack("lock", cwd=root)
    assert done.returncode == 0, done.stderr
    pin = read_lock(root / "mlpack.lock").variants[""].artifacts["weights"]
    assert (pin.digest, pin.size) == (f"sha256:{sha256(OLD)}", len(OLD))
    assert "127.0.0.1" not in (root / "mlpack.lock").read_text()
    assert blobs(own_cache) == {sha256(OLD)}
    asked = dict(server.seen)
    assert mlpack("lock", "--check", cwd=root).returncode == 0
    assert mlpack("lock", cwd=root).stdout.startswith("mlpack.lock is up to date")
    assert "already present" in mlpack("fetch", "--only", "artifacts", cwd=root).stdout
    assert dict(server.seen) == asked


def test_a_remote_file_that_moved_is_refused_until_it_is_let_in(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    uri = server.serve("/weights.bin", OLD)
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    assert mlpack("lock", cwd=root).returncode == 0
    lock = (root / "mlpack.lock").read_bytes()
    server.serve("/weights.bin", NEW)
    forget(own_cache)
    # What a lock pins needs no download.
    assert mlpack("lock", cwd=root).returncode == 0
    for _ in range(2):
        refused = mlpack("fetch", "--only", "artifacts", cwd=root)
        assert refused.returncode == 4
        for part in ("artifact weights", sha256(OLD), sha256(NEW), "--upgrade-artifact weights"):
            assert part in refused.stderr
        assert blobs(own_cache) == set()
        assert (root / "mlpack.lock").read_bytes() == lock
    let_in = mlpack("lock", "--upgrade-artifact", "weights", cwd=root)
    assert let_in.returncode == 0, let_in.stderr
    assert (
        read_lock(root / "mlpack.lock")
        .variants[""]
        .artifacts["weights"]
        .digest.endswith(sha256(NEW))
    )
    assert "already present" in mlpack("fetch", "--only", "artifacts", cwd=root).stdout


def test_only_known_artifacts_can_be_let_in(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    root = project(manifest=with_artifacts(f"  weights: {server.serve('/a', OLD)}\n"))
    done = mlpack("lock", "--upgrade-artifact", "wheights", cwd=root)
    assert done.returncode == 2
    assert "choose one of: weights" in done.stderr


def test_without_a_network_what_is_missing_is_named(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    listed = f"  one: {server.serve('/one', OLD)}\n  two: {server.serve('/two', NEW)}\n"
    root = project(manifest=with_artifacts(listed))
    for command in ("lock", "fetch", "build"):
        done = mlpack(command, "--offline", cwd=root)
        assert done.returncode == 7
        assert "network access is disabled: one, two" in done.stderr
    assert mlpack("fetch", "--only", "artifacts", cwd=root).returncode == 0
    assert mlpack("fetch", "--only", "artifacts", "--offline", cwd=root).returncode == 0
    forget(own_cache)
    done = mlpack("fetch", "--only", "artifacts", "--offline", cwd=root)
    assert done.returncode == 7
    assert "network access is disabled: one, two" in done.stderr


def test_what_the_manifest_states_is_held_to(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    uri = server.serve("/weights.bin", NEW)
    for stated in (f"sha256: {sha256(OLD)}", "size: 7"):
        root = project(manifest=with_artifacts(f"  weights: {{uri: {uri}, {stated}}}\n"))
        before = (root / "mlpack.lock").read_bytes()
        done = mlpack("lock", cwd=root)
        assert done.returncode == 4
        assert "artifact weights" in done.stderr
        assert blobs(own_cache) == set()
        assert (root / "mlpack.lock").read_bytes() == before


def test_another_uri_is_another_question(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    first, second = server.serve("/v1.bin", OLD), server.serve("/v2.bin", NEW)
    root = project(manifest=with_artifacts(f"  weights: {first}\n"))
    assert mlpack("lock", cwd=root).returncode == 0
    (root / "mlpack.yaml").write_text(with_artifacts(f"  weights: {second}\n").lstrip())
    stale = mlpack("lock", "--check", cwd=root)
    assert stale.returncode == 3
    assert "artifact weights changed" in stale.stderr
    assert mlpack("build", "--locked", cwd=root).returncode == 3
    assert mlpack("lock", cwd=root).returncode == 0
    assert mlpack("lock", "--check", cwd=root).returncode == 0


def test_variants_that_share_a_uri_share_the_download(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    uri = server.serve("/weights.bin", OLD)
    variants = f"variants:\n  a: {{}}\n  b: {{artifacts: {{other: {uri}}}}}\n"
    root = project(manifest=with_artifacts(f"  weights: {uri}\n") + variants)
    done = mlpack("fetch", "--only", "artifacts", cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("already present") == 3
    assert server.sent < len(OLD) + 10
    one = mlpack("fetch", "--only", "artifacts", "--variant", "b", cwd=root)
    assert len(one.stdout.splitlines()) == 2
    told = json.loads(mlpack("fetch", "--only", "artifacts", "--format", "json", cwd=root).stdout)
    assert told["ok"]
    assert [(each["artifact"], each["variant"], each["status"]) for each in told["artifacts"]] == [
        ("weights", "a", "present"),
        ("weights", "b", "present"),
        ("other", "b", "present"),
    ]


@pytest.mark.parametrize(
    "faults",
    [
        {"drops": -1, "cut": 700},
        {"drops": -1, "cut": 700, "etag": False},
        {"drops": -1, "cut": 700, "ranges": False},
        {"drops": -1, "cut": 700, "chunked": True},
        {"length": 200_000},
        {"length": 200_000, "ranges": False},
        {"length": -1, "ranges": False},
        {"status": 404},
        {"status": 401},
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "1"}},
    ],
)
def test_no_fault_of_a_server_puts_anything_into_the_store(
    project: Project,
    mlpack: Mlpack,
    server: FaultyServer,
    own_cache: Path,
    faults: dict[str, object],
) -> None:
    uri = server.serve("/weights.bin", OLD, dead=700, **faults)
    if "length" in faults:
        server.pages["/weights.bin"].dead = None
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    done = mlpack("lock", cwd=root)
    assert done.returncode == 7, done.stderr
    assert blobs(own_cache) == set()
    # The server is mended, and nothing is in the way.
    server.serve("/weights.bin", OLD)
    assert mlpack("lock", cwd=root).returncode == 0
    assert blobs(own_cache) == {sha256(OLD)}


def test_a_length_that_is_too_short_is_found_out_by_the_pin(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    uri = server.serve("/weights.bin", OLD)
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    assert mlpack("lock", cwd=root).returncode == 0
    forget(own_cache)
    server.serve("/weights.bin", OLD[:-1])
    assert mlpack("fetch", "--only", "artifacts", cwd=root).returncode == 4
    assert blobs(own_cache) == set()


def _start(root: Path, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlpack", *args],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_a_killed_download_is_gone_on_with(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    content = random.Random(5).randbytes(SIZE)
    uri = server.serve("/weights.bin", content, pause=0.002)
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    for share in (0.2, 0.6):
        running = _start(root, "lock")
        for _ in range(600):
            if server.sent > share * SIZE:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    assert blobs(own_cache) == set()
    server.pages["/weights.bin"].pause = 0.0
    done = mlpack("lock", cwd=root)
    assert done.returncode == 0, done.stderr
    assert blobs(own_cache) == {sha256(content)}
    # Whole parts are kept; what was on its way is sent again.
    assert server.sent < 3 * SIZE
    assert list((own_cache / "cas/downloads").iterdir()) == []


@pytest.mark.slow
def test_an_interrupt_ends_a_download_at_once(
    project: Project, server: FaultyServer, own_cache: Path
) -> None:
    uri = server.serve("/weights.bin", OLD, pause=300.0)
    running = _start(project(manifest=with_artifacts(f"  weights: {uri}\n")), "lock")
    for _ in range(600):
        if server.sent > 1000:
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == 130


@pytest.mark.slow
def test_processes_that_want_the_same_at_once_share_it(
    project: Project, mlpack: Mlpack, server: FaultyServer, own_cache: Path
) -> None:
    content = random.Random(6).randbytes(4_000_000)
    uri = server.serve("/weights.bin", content)
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    assert mlpack("lock", cwd=root).returncode == 0
    forget(own_cache)
    server.sent = 0
    server.pages["/weights.bin"].pause = 0.02
    running = [_start(root, "fetch", "--only", "artifacts") for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert blobs(own_cache) == {sha256(content)}
    assert server.sent < len(content) + 10


def test_a_folder_outside_the_project_is_pinned_and_kept(
    project: Project, mlpack: Mlpack, own_cache: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    for name in ("a.bin", "sub/b.bin", "sub/same.bin"):
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).write_text(name.removesuffix("a.bin"))
    root = project(manifest=with_artifacts(f"  weights: file://{share}\n"))
    done = mlpack("fetch", "--only", "artifacts", cwd=root)
    assert done.returncode == 0, done.stderr
    pin = read_lock(root / "mlpack.lock").variants[""].artifacts["weights"]
    assert pin.digest == tree_digest(share).digest
    shutil.rmtree(share)
    assert "already present" in mlpack("fetch", "--only", "artifacts", "--offline", cwd=root).stdout
    # A store that lost one of the files has lost the folder.
    for blob in (own_cache / "cas/sha256").glob("*/*"):
        blob.write_bytes(b"damaged")
    assert mlpack("fetch", "--only", "artifacts", "--offline", cwd=root).returncode == 7
    assert "does not exist" in mlpack("fetch", "--only", "artifacts", cwd=root).stderr


def test_no_login_is_written_anywhere(
    project: Project,
    mlpack: Mlpack,
    server: FaultyServer,
    own_cache: Path,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password correct-horse\n")
    netrc.chmod(0o600)
    token = "Basic YWRhOmNvcnJlY3QtaG9yc2U="
    uri = server.serve("/weights.bin", OLD, token=token)
    root = project(manifest=with_artifacts(f"  weights: {uri}\n"))
    done = mlpack("lock", cwd=root, env={"NETRC": str(netrc)})
    assert done.returncode == 0, done.stderr
    for folder in (root, own_cache):
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert b"correct-horse" not in content
                assert token[6:].encode() not in content


READER = """
import pathlib

import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.found = {name: pathlib.Path(path) for name, path in context.artifacts.items()}

    def predict(self, context, model_input, params=None):
        assert self.found["weights"].stat().st_size == 5_000_000
        assert (self.found["folder"] / "sub/b.txt").read_text() == "b"
        assert self.found["made"].read_text() == "made"
        return model_input[["x"]] * 2
"""

MAKE = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.parent.mkdir(); p.write_text('made')"


@pytest.mark.slow
def test_a_package_holds_what_was_fetched_and_outlives_the_cache(
    project: Project, mlpack: Mlpack, server: FaultyServer, tmp_path: Path, cache: Path
) -> None:
    content = random.Random(7).randbytes(5_000_000)
    share = tmp_path / "share"
    for name in ("a.txt", "sub/b.txt"):
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).write_text(name[-5])
    listed = f"""\
  weights: {server.serve("/models/weights%20v1.bin?v=1", content)}
  folder: file://{share}
  made: {{path: model_data/made.txt, fetch: python make.py model_data/made.txt}}
"""
    root = project(model=READER, manifest=with_artifacts(listed))
    (root / "make.py").write_text(MAKE)
    # Made from nothing, and made again from what the lock pins, it is the same package.
    digests = set()
    for again in ((), ("--force",), ("--force", "--locked")):
        done = mlpack("build", *again, cwd=root)
        assert done.returncode == 0, done.stderr
        package = root / "dist/doubler"
        placed = {
            path.relative_to(package / "artifacts").as_posix()
            for path in (package / "artifacts").rglob("*")
            if path.is_file()
        }
        assert placed == {"weights_v1.bin", "share/a.txt", "share/sub/b.txt", "made.txt"}
        digests.add(tree_digest(package).digest)
        (root / "model_data/made.txt").unlink()
        (root / "model_data").rmdir()
        for pin in read_lock(root / "mlpack.lock").variants[""].artifacts.values():
            name = pin.digest.removeprefix("sha256:")
            (cache / "cas/sha256" / name[:2] / name).unlink(missing_ok=True)
            (cache / f"cas/trees/{name}.json").unlink(missing_ok=True)
        assert tree_digest(package).digest in digests
    assert len(digests) == 1
    # What is up to date needs none of it.
    assert "is up to date" in mlpack("build", "--offline", cwd=root).stdout
    offline = mlpack("build", "--offline", "--force", cwd=root)
    assert offline.returncode == 7
    assert "weights, folder, made" in offline.stderr
    server.serve("/models/weights%20v1.bin?v=1", content[:-1] + b"!")
    moved = mlpack("build", "--force", cwd=root)
    assert moved.returncode == 4
    assert "artifact weights does not match the lock" in moved.stderr
    assert tree_digest(root / "dist/doubler").digest in digests


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import sys; sys.exit(3)", "failed with status 3: python make.py model_data/made.txt"),
        ("pass", "did not create model_data/made.txt"),
        ("import os; os.kill(os.getpid(), 9)", "failed with status 137"),
    ],
)
def test_a_command_that_fails_is_named_with_its_status(
    project: Project, mlpack: Mlpack, program: str, sentence: str
) -> None:
    made = "  made: {path: model_data/made.txt, fetch: python make.py model_data/made.txt}\n"
    root = project(manifest=with_artifacts(made))
    (root / "make.py").write_text(program)
    done = mlpack("fetch", "--only", "artifacts", cwd=root)
    assert done.returncode == 7
    assert sentence in done.stderr


@pytest.mark.slow
def test_what_a_command_makes_is_held_to_its_pin(project: Project, mlpack: Mlpack) -> None:
    made = "  made: {path: model_data/made.txt, fetch: python make.py model_data/made.txt}\n"
    root = project(manifest=with_artifacts(made))
    (root / "make.py").write_text(MAKE)
    done = mlpack("fetch", "--only", "artifacts", cwd=root)
    assert done.returncode == 0, done.stderr
    there = root / "model_data/made.txt"
    assert there.read_text() == "made"
    assert "already present" in mlpack("fetch", "--only", "artifacts", cwd=root).stdout
    assert mlpack("lock", "--check", cwd=root).returncode == 0
    there.write_text("otherwise")
    for command in (["fetch", "--only", "artifacts"], ["lock"], ["build", "--locked"]):
        refused = mlpack(*command, cwd=root)
        assert refused.returncode == 4, refused.stderr
        assert "artifact made does not match the lock" in refused.stderr
        assert "--upgrade-artifact made" in refused.stderr
    shutil.rmtree(there.parent)
    # Missing, but pinned: only who needs it makes it.
    assert mlpack("lock", "--check", cwd=root).returncode == 0
    (root / "make.py").write_text(MAKE.replace("'made'", "'drifted'"))
    refused = mlpack("fetch", "--only", "artifacts", cwd=root)
    assert refused.returncode == 4
    assert sha256(b"drifted") in refused.stderr
    assert mlpack("lock", "--upgrade-artifact", "made", cwd=root).returncode == 0
    assert mlpack("fetch", "--only", "artifacts", cwd=root).returncode == 0


@pytest.mark.slow
def test_a_command_that_was_stopped_half_way_runs_again(project: Project, mlpack: Mlpack) -> None:
    made = "  made: {path: made.txt, fetch: python make.py}\n"
    root = project(manifest=with_artifacts(made))
    (root / "make.py").write_text(
        "import os, pathlib\n"
        "there = pathlib.Path('made.txt')\n"
        "again = there.exists()\n"
        "there.write_text('whole' if again else 'half')\n"
        "again or os.kill(os.getppid(), 9)\n"
    )
    for _ in range(2):
        killed = mlpack("fetch", "--only", "artifacts", cwd=root)
        if killed.returncode == 0:
            break
        assert killed.returncode == -signal.SIGKILL
        assert (root / "made.txt").read_text() == "half"
    assert (root / "made.txt").read_text() == "whole"
    assert mlpack("lock", "--check", cwd=root).returncode == 0


@pytest.mark.slow
def test_variants_that_share_a_command_run_it_once(project: Project, mlpack: Mlpack) -> None:
    made = "  made: {path: made.txt, fetch: python make.py}\n"
    root = project(manifest=with_artifacts(made) + "variants: {a: {}, b: {}}\n")
    (root / "make.py").write_text(
        "open('made.txt', 'w').write('made')\nopen('log', 'a').write('.')"
    )
    assert mlpack("build", "--skip-inference", cwd=root).returncode == 0
    (root / "made.txt").unlink()
    done = mlpack("build", "--skip-inference", "--force", "-j", "2", cwd=root)
    assert done.returncode == 0, done.stderr
    assert (root / "log").read_text() == ".."
