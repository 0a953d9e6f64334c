"""What `doctor` finds on this machine, and on machines that lack something."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mlpack.adapters.machine import (
    IndexCheck,
    check_cache,
    check_clock,
    check_disk,
    check_gpu,
    check_interpreters,
    check_uv,
    checks,
)
from mlpack.adapters.uv import Locations, Uv, find_uv
from mlpack.core.errors import OutsideError
from mlpack.ports.report import DoctorReport, Fact
from mlpack.workflow.doctor import Examinations, doctor
from tests.conftest import ROOT, Mlpack
from tests.indexes import Index, surroundings


@pytest.fixture
def index() -> Iterator[Index]:
    with Index().served() as found:
        yield found


def test_uv_is_found_with_its_version() -> None:
    fact = check_uv(find_uv())
    assert fact.severity == "ok"
    assert fact.text.split(",")[0].count(".") == 2


def test_a_uv_that_is_none_is_an_error(tmp_path: Path) -> None:
    assert check_uv(Uv(executable=tmp_path / "gone", environ={})).code == "no-uv"
    broken = tmp_path / "uv"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert check_uv(Uv(executable=broken, environ={})).code == "no-uv"


def test_an_old_uv_is_told_from_the_one_needed(tmp_path: Path) -> None:
    old = tmp_path / "uv"
    old.write_text("#!/bin/sh\necho uv 0.1.2\n")
    old.chmod(0o755)
    fact = check_uv(Uv(executable=old, environ=dict(os.environ)))
    assert (fact.code, fact.severity) == ("old-uv", "warning")


def test_an_interpreter_is_named_and_a_missing_one_has_its_fix(tmp_path: Path) -> None:
    import sys

    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (here,) = check_interpreters(find_uv(), [own, own])
    assert (here.severity, here.text.startswith(own)) == ("ok", True)
    nothing = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    bare = find_uv({**nothing, "UV_PYTHON_INSTALL_DIR": str(tmp_path), "UV_OFFLINE": "1"})
    (missing,) = check_interpreters(bare, ["3.9"])
    assert (missing.code, missing.hint) == ("no-interpreter", "Run `uv python install 3.9`.")


def test_the_cache_is_measured_and_must_be_writable(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/blob").write_bytes(b"x" * 2_000_000)
    (tmp_path / "cache/again").hardlink_to(tmp_path / "cache/blob")
    assert check_cache(tmp_path / "cache").text.endswith(", 2.0 MB")
    (tmp_path / "file").touch()
    assert check_cache(tmp_path / "file/cache").code == "cache-unwritable"


def test_each_file_system_is_told_once_and_a_full_one_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fact,) = check_disk([tmp_path, tmp_path / "not/there/yet"])
    assert fact.severity in ("ok", "warning")
    monkeypatch.setattr(checks, "ROOM", 1 << 62)
    (full,) = check_disk([tmp_path])
    assert (full.code, full.severity) == ("disk-full", "error")


def test_the_index_is_the_one_that_uv_would_ask(index: Index, tmp_path: Path) -> None:
    index.wheel("mlflow-skinny", "3.17.2")
    index.login = ("bob", "secret")
    environ = {**surroundings(index, tmp_path), "UV_DEFAULT_INDEX": index.url_as("bob", "secret")}
    found = IndexCheck.ask(find_uv(environ), Locations(), python="3.11", offline=False)
    assert found.url == index.url
    assert found.fact.text.startswith(f"{index.url} responds in ")


def test_an_index_that_refuses_or_lacks_or_is_gone(index: Index, tmp_path: Path) -> None:
    environ = surroundings(index, tmp_path)
    lacking = IndexCheck.ask(find_uv(environ), Locations(), python="3.11", offline=False)
    assert (lacking.fact.code, lacking.fact.severity) == ("index-without-mlflow", "warning")
    index.login = ("bob", "secret")
    wrong = {**environ, "UV_DEFAULT_INDEX": index.url_as("bob", "hunter2")}
    refused = IndexCheck.ask(find_uv(wrong), Locations(), python="3.11", offline=False)
    assert refused.fact.severity in ("error", "warning")
    assert "hunter2" not in refused.fact.text
    gone = {**environ, "UV_DEFAULT_INDEX": "http://bob:hunter2@127.0.0.1:9/simple"}
    found = IndexCheck.ask(find_uv(gone), Locations(), python="3.11", offline=False)
    assert (found.fact.code, found.fact.severity) == ("index-unreachable", "error")
    assert "hunter2" not in found.fact.text + str(found.fact.hint)


def test_nothing_is_asked_offline(index: Index, tmp_path: Path) -> None:
    uv = find_uv(surroundings(index, tmp_path))
    found = IndexCheck.ask(uv, Locations(), python="3.11", offline=True)
    assert (found.fact.severity, index.asked) == ("ok", [])


@contextmanager
def _at(date: str | None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(401)
            if date:
                self.send_header("Date", date)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_clock_is_held_against_the_indexs() -> None:
    assert check_clock(None).severity == "ok"
    with _at("Fri, 01 Jan 2100 00:00:00 GMT") as url:
        fact = check_clock(url)
        assert (fact.code, "behind" in fact.text) == ("wrong-clock", True)
    with _at("yesterday or so") as url:
        assert check_clock(url).severity == "ok"
    with _at(None) as url:
        assert check_clock(url).severity == "ok"


def test_gpus_are_those_that_the_driver_sees(tmp_path: Path) -> None:
    assert check_gpu({"PATH": str(tmp_path)}).severity == "ok"
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'A100, 570.1, 40960 MiB'\n")
    program.chmod(0o755)
    seen = check_gpu({"PATH": f"{tmp_path}:/bin", "CUDA_VISIBLE_DEVICES": ""})
    assert seen.text == "A100, 570.1, 40960 MiB (CUDA_VISIBLE_DEVICES is '')"
    program.write_text("#!/bin/sh\nexit 9\n")
    assert check_gpu({"PATH": f"{tmp_path}:/bin"}).code == "gpu-unseen"


def test_only_errors_keep_from_building() -> None:
    def report(severity: str) -> DoctorReport:
        fact = Fact(subject="index", text="gone", severity=severity, code="c")  # type: ignore[arg-type]
        return doctor(
            None,
            Examinations(machine=(), network=(lambda: [fact],), kept_at=lambda _: None),
        )

    assert report("warning").able
    assert not report("error").able


def test_doctor_tells_of_the_project_and_leaves_by_7_where_nothing_can_be_built(
    mlpack: Mlpack, tmp_path: Path
) -> None:
    quickstart = ROOT / "examples" / "quickstart"
    good = mlpack("doctor", "--offline", cwd=quickstart)
    assert good.returncode == 0, good.stdout
    assert "This machine is ready to build." in good.stdout
    assert "mlflow-skinny 3.17" in good.stdout
    (tmp_path / "file").touch()
    broken = {"MLPACK_CACHE_DIR": str(tmp_path / "file" / "cache")}
    bad = mlpack("doctor", "--offline", "--format", "json", cwd=quickstart, env=broken)
    assert bad.returncode == OutsideError.exit_code
    told = json.loads(bad.stdout)
    assert told["ok"] is False
    assert [each["code"] for each in told["problems"]] == ["cache-unwritable"]
    assert {"uv", "Python 3.11", "disk", "GPU", "index", "clock"} <= {
        fact["subject"] for fact in told["facts"]
    }


def test_doctor_needs_no_project(mlpack: Mlpack, tmp_path: Path) -> None:
    assert mlpack("doctor", "--offline", cwd=tmp_path).returncode == 0
    (tmp_path / "mlpack.yaml").write_text("mlpack: 2\n")
    broken = mlpack("doctor", "--offline", cwd=tmp_path)
    assert broken.returncode == 0
    assert "Run `mlpack validate`" in broken.stderr
