"""`diff`, `inspect` and `export`: for people, and for programs with ``--format json``."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpack.core.digest import file_digest, tree_digest
from tests.cli.test_init import Terminal
from tests.conftest import Mlpack
from tests.packages import FILES, write_package, write_record
from tests.workflow.conftest import MANIFEST, write_project


@pytest.fixture
def package(tmp_path: Path) -> Path:
    found = write_package(tmp_path / "dist" / "doubler")
    write_record(found)
    return found


def test_diff_says_what_differs_in_the_terms_of_each_file(
    package: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    other = write_package(
        tmp_path / "other",
        {
            "requirements.txt": FILES["requirements.txt"].replace(b"numpy==2.1.0", b"numpy==2.2.0"),
            "code/m/code.py": b"class Doubler:\n    factor = 3\n",
            "artifacts/vocab.json": b'{"a": 1, "b": [1, 9, 3]}\n',
            "artifacts/weights.bin": b"\x00\x1b[31m",
            "conda.yaml": None,
        },
        mlflow_version="3.1.0",
    )
    done = mlpack("diff", "dist/doubler", "other", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    digests = [tree_digest(folder).digest for folder in (package, other)]
    assert done.stdout.splitlines() == [
        f"--- dist/doubler ({digests[0]})",
        f"+++ other ({digests[1]})",
        "MLmodel was changed",
        '    mlflow_version: "3.17.2" → "3.1.0"',
        "artifacts/vocab.json was changed",
        "    b[1]: 2 → 9",
        f"artifacts/weights.bin was added (6 bytes, {_start(other / 'artifacts/weights.bin')})",
        "code/m/code.py was changed",
        "    --- a/code/m/code.py",
        "    +++ b/code/m/code.py",
        "    @@ -1,2 +1,2 @@",
        "     class Doubler:",
        "    -    factor = 2",
        "    +    factor = 3",
        f"conda.yaml was removed ({len(FILES['conda.yaml'])} bytes, "
        f"{_start(package / 'conda.yaml')})",
        "requirements.txt was changed",
        "    numpy ==2.1.0 → ==2.2.0",
    ]
    strict = mlpack("diff", "--exit-code", "dist/doubler", "other", cwd=tmp_path)
    assert strict.returncode == 5 and strict.stdout == done.stdout


def _start(path: Path) -> str:
    return f"{file_digest(path)[:19]}…"


def test_diff_of_equal_packages_says_so(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    write_package(tmp_path / "other")
    done = mlpack("diff", "--exit-code", "dist/doubler", "other", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("dist/doubler and other are identical (sha256:")


def test_diff_shows_no_control_character(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    write_package(tmp_path / "other", {"code/m/code.py": b"\x1b]0;owned\x07\r\n"})
    done = mlpack("diff", "dist/doubler", "other", cwd=tmp_path)
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
    assert r"+\x1b]0;owned\x07\r" in done.stdout


def test_diff_for_programs(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    write_package(tmp_path / "other", {"artifacts/vocab.json": b'{"a": 2, "b": [1, 2, 3]}\n'})
    done = mlpack("diff", "--format", "json", "dist/doubler", "other", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert answer["ok"] and not answer["comparison"]["equal"]
    (file,) = answer["comparison"]["files"]
    assert (file["path"], file["change"]) == ("artifacts/vocab.json", "changed")
    assert file["detail"]["values"] == [{"key": "a", "change": "changed", "before": 1, "after": 2}]


@pytest.mark.parametrize("command", [["diff", "dist"], ["inspect"], ["export"]])
def test_what_is_no_package_is_a_usage_error(
    package: Path, tmp_path: Path, mlpack: Mlpack, command: list[str]
) -> None:
    for wrong in ("dist", "gone"):
        done = mlpack(*command, wrong, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "not an MLflow model" in done.stderr or "not a folder" in done.stderr
    assert not list(tmp_path.glob("*.tar"))


def test_inspect_shows_what_a_package_is(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    done = mlpack("inspect", "dist/doubler", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for line in (
        "dist/doubler is doubler 1.0",
        "  Doubles.",
        "  class       m.code:Doubler, saved as code",
        f"  digest      {tree_digest(package).digest}",
        "  inputs",
        "    x: double",
        "    vocab: artifacts/vocab.json (25 B)",
        "    team: cells",
        "    license: MIT",
        "    numpy==2.1.0",
        "    dist/doubler.intoto.json describes this package",
        "    built from mlpack.yaml by mlpack 1.2.3",
        f"    at commit {'d' * 40}",
    ):
        assert line in done.stdout.splitlines(), line


def test_inspect_tells_that_a_record_is_of_another_package(
    package: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    (package / "code/m/code.py").write_text("class Doubler: ...\n")
    cache = package / "code/m/__pycache__"
    cache.mkdir()
    (cache / "code.cpython-311.pyc").write_bytes(b"bytecode")
    done = mlpack("inspect", "dist/doubler", cwd=tmp_path)
    assert "describes a DIFFERENT package" in done.stdout
    assert "code/m/__pycache__ was left by a program" in done.stderr


def test_inspect_for_programs(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    answer = json.loads(mlpack("inspect", "--format", "json", "dist/doubler", cwd=tmp_path).stdout)
    found = answer["package"]
    assert found["digest"] == tree_digest(package).digest
    assert found["signature"]["inputs"] == [{"name": "x", "type": "double", "required": True}]
    assert found["provenance"]["matches"] is True
    assert found["provenance"]["inputs"] == {"manifest": 1, "lock": 1, "package": 1}


def test_export_gives_the_same_bytes_whoever_packs_and_when(
    package: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    done = mlpack("export", "dist/doubler", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    archive = tmp_path / "doubler.tar"
    assert file_digest(archive) in done.stdout
    assert tree_digest(package).digest in done.stdout
    for path in package.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    varied = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "5", "LC_ALL": "C"}
    again = mlpack("export", "dist/doubler", "-o", "again.tar", cwd=tmp_path, env=varied)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()
    with tarfile.open(archive) as opened:
        entries = opened.getmembers()
        assert {(e.uid, e.gid, e.uname, e.gname) for e in entries} == {(0, 0, "", "")}
        assert {e.mode for e in entries if e.isfile()} == {0o644}
        assert {e.mode for e in entries if e.isdir()} == {0o755}
        assert {int(e.mtime) for e in entries} == {1_700_000_000}
        names = [e.name for e in entries]
        assert names == sorted(names, key=lambda name: name.split("/"))
        opened.extractall(tmp_path / "out", filter="data")
    assert tree_digest(tmp_path / "out/doubler") == tree_digest(package)


def test_export_for_programs(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    done = mlpack("export", "dist/doubler", "-o", "x.tar", "--format", "json", cwd=tmp_path)
    answer = json.loads(done.stdout)["archive"]
    assert answer["archive_digest"] == file_digest(tmp_path / "x.tar")
    assert answer["compared_with"] == "the record"


def test_a_compressed_export_is_the_same_tar(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    plain = mlpack("export", "dist/doubler", "-o", "x.tar", cwd=tmp_path)
    assert plain.returncode == 0
    for name in ("x.tar.gz", "y.tgz"):
        done = mlpack("export", "dist/doubler", "-o", name, "--format", "json", cwd=tmp_path)
        assert json.loads(done.stdout)["archive"]["archive_digest"] == file_digest(tmp_path / name)
    packed = (tmp_path / "x.tar.gz").read_bytes()
    assert packed == (tmp_path / "y.tgz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "x.tar").read_bytes()
    # No time, no name and no system in the header.
    assert packed[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("x.tar.zst", "cannot compress with zstd", "`-o x.tar` and then `zstd x.tar`"),
        ("x.tar.xz", "cannot compress with xz", "`-o x.tar.gz`"),
        ("x.zip", "x.zip is not a tar archive", "`-o x.tar.gz`"),
    ],
)
def test_another_compression_is_refused(
    name: str, said: str, hint: str, package: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    done = mlpack("export", "dist/doubler", "-o", name, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr and hint in done.stderr
    assert not (tmp_path / name).exists()


def test_export_spreads_no_damage(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    old = tmp_path / "doubler.tar"
    old.write_bytes(b"the old one")
    (package / "code/m/code.py").write_text("class Doubler: ...\n")
    done = mlpack("export", "dist/doubler", cwd=tmp_path)
    assert done.returncode == 4
    assert "code/m/code.py was changed" in done.stderr
    assert old.read_bytes() == b"the old one"
    assert not list(tmp_path.glob(".*"))


def test_export_does_not_pack_itself(package: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    done = mlpack("export", "dist/doubler", "--output", "dist/doubler/all.tar", cwd=tmp_path)
    assert done.returncode == 2
    assert "is inside the package itself" in done.stderr


def test_from_python(package: Path, tmp_path: Path) -> None:
    import mlpack as library

    other = write_package(tmp_path / "other", {"conda.yaml": None})
    assert [file.path for file in library.diff(package, other).files] == ["conda.yaml"]
    assert library.inspect(package).name == "doubler"
    assert library.export(package, tmp_path / "p.tar").archive == tmp_path / "p.tar"


def _renamed(package: Path) -> None:
    (package / "MLmodel").rename(package / "MLmodeL")


def _linked(package: Path) -> None:
    (package / "conda.yaml").unlink()
    (package / "conda.yaml").symlink_to(package / "MLmodel")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: (p / "conda.yaml").write_bytes(b"name: enw\n"), "conda.yaml was changed"),
        (lambda p: (p / "code/new.py").write_bytes(b""), "code/new.py was added"),
        (lambda p: (p / "code/m/code.py").unlink(), "code/m/code.py was removed"),
        (_renamed, "MLmodel was renamed to MLmodeL"),
        (_linked, "conda.yaml is a symbolic link"),
    ],
    ids=["changed", "added", "removed", "renamed", "linked"],
)
def test_verify_names_the_file(
    package: Path, tmp_path: Path, mlpack: Mlpack, change: Callable[[Path], object], said: str
) -> None:
    whole = mlpack("verify", "--no-predict", "dist/doubler", cwd=tmp_path)
    assert whole.returncode == 0 and "as in the record" in whole.stdout
    change(package)
    done = mlpack("verify", "--no-predict", "dist/doubler", cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (4, True), done.stderr
    told = mlpack("verify", "--no-predict", "--format", "json", "dist/doubler", cwd=tmp_path)
    assert told.returncode == 4
    assert said in json.loads(told.stdout)["problems"][0]["message"]


@pytest.fixture
def projects(package: Path) -> Path:
    """The project of ``package``, and below it another with two variants."""
    root = write_project(package.parent.parent)
    write_project(root / "other", manifest=f"{MANIFEST}variants: {{small: {{}}, large: {{}}}}\n")
    return root


def test_a_model_left_out_is_the_projects_own_package(projects: Path, mlpack: Mlpack) -> None:
    shown = mlpack("inspect", cwd=projects)
    assert shown.stdout.startswith("dist/doubler is doubler"), shown.stderr
    assert mlpack("export", cwd=projects / "model_code").returncode == 0
    assert (projects / "model_code/doubler.tar").is_file()
    named = mlpack("-f", projects / "mlpack.yaml", "inspect", cwd=projects.parent)
    assert "doubler is doubler" in named.stdout, named.stderr


@pytest.mark.parametrize("command", ["inspect", "export", "predict"])
def test_of_several_packages_none_is_chosen(command: str, projects: Path, mlpack: Mlpack) -> None:
    several = mlpack(command, cwd=projects / "other")
    assert several.returncode == 2
    assert several.stderr == (
        "error: MODEL is missing, and the project has 2 packages: dist/doubler-small, "
        "dist/doubler-large\n"
        "  help: specify one of them, such as dist/doubler-small\n"
    )


def test_a_package_that_is_not_there_yet_is_built_first(projects: Path, mlpack: Mlpack) -> None:
    (projects / "dist").rename(projects / "elsewhere")
    gone = mlpack("predict", cwd=projects)
    assert gone.returncode == 2
    assert gone.stderr == ("error: dist/doubler has not been built\n  help: run `mlpack build`\n")


def test_from_python_one_or_many(package: Path, tmp_path: Path) -> None:
    import mlpack

    one = mlpack.inspect(package)
    assert mlpack.inspect([package, str(package)]) == (one, one)
    (report,) = mlpack.export([package])
    assert report.archive == Path("doubler.tar").absolute()
    report.archive.unlink()
    with pytest.raises(mlpack.UsageError, match="an archive contains one package"):
        mlpack.export([package], tmp_path / "a.tar")  # type: ignore[call-overload]


def test_digests_are_short_on_a_terminal_alone(
    package: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    digest = tree_digest(package).digest
    verify = ["verify", "--no-predict", "dist/doubler"]
    for words, shown in (
        (verify, digest[:19]),
        (["diff", "dist/doubler", "dist/doubler"], digest[:19]),
        (["-v", *verify], digest),
        (["-q", *verify, "--format", "json"], digest),
    ):
        terminal = Terminal(*words, cwd=tmp_path)
        assert terminal.ended() == 0
        found = set(re.findall(r"sha256:[0-9a-f]+", terminal.text))
        assert found == {shown}, terminal.text
    assert digest in mlpack(*verify, cwd=tmp_path).stdout
