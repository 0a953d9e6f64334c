"""Files that are cut, damaged or made to hurt: one clear error each, within little memory."""

from __future__ import annotations

import ast
import json
import random
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import TypeGuard

import pytest
import yaml

import mlpack
from mlpack.authoring.files import read_model_file
from mlpack.core.errors import UsageError
from tests.authoring.files.trained import MODELS
from tests.conftest import ROOT, Mlpack

NAMES = sorted(path.name for path in MODELS.iterdir())
MEMORY = 700 << 20
SECONDS = 60


def refused_or_told(path: Path) -> str | None:
    """Return the refusal; anything but a refusal or an answer is a failure."""
    try:
        read_model_file(path, path.parent)
    except UsageError as error:
        assert error.hint
        return error.message
    return None


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_file_is_refused_or_told(name: str, tmp_path: Path) -> None:
    whole = (MODELS / name).read_bytes()
    path = tmp_path / name
    for at in sorted({*range(min(64, len(whole))), *range(0, len(whole), 1 + len(whole) // 60)}):
        path.write_bytes(whole[:at])
        refused_or_told(path)
    path.write_bytes(whole[: len(whole) // 3])
    assert refused_or_told(path) or name == "lgb.txt"


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_or_told(name: str, tmp_path: Path) -> None:
    whole, chance = (MODELS / name).read_bytes(), random.Random(name)
    path = tmp_path / name
    for _ in range(120):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        refused_or_told(path)


def array_of(length: bytes) -> bytes:
    """Return the beginning of what joblib writes of an array of so many numbers."""
    return (
        b"\x80\x04\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81}(\x8c\x05shape"
        + length
        + b"\x85\x8c\x05dtype\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02f8\x85Rub."
    )


LONG = b"\x8e" + struct.pack("<Q", 1 << 60)
BOMBS = {
    "nested.pkl": b"\x80\x04" + b")" + b"\x85" * 1_500_000 + b".",
    "unhashable.pkl": b"\x80\x04}" + b")" + b"\x85" * 500_000 + b"K\x01s.",
    "lists.pkl": b"\x80\x04" + b"]" * 2_000_100 + b".",
    "objects.pkl": b"\x80\x04" + b"\x8c\x01a\x8c\x01b\x93" + b"2)R" * 300_000 + b".",
    "longer than it is.pkl": b"\x80\x04" + LONG + b"x" * 100,
    "a long line.pkl": b"I" + b"1" * 1_000_000 + b"\n.",
    "digits.pkl": b"L" + b"9" * 60_000 + b"L\n.",
    "memo.pkl": b"\x80\x04]" + b"".join(b"r" + struct.pack("<I", n) for n in range(400_000)) + b".",
    "huge.joblib": array_of(b"\x8a\x07\0\0\0\0\0\0\1"),
    "negative.joblib": array_of(b"J\xff\xff\xff\xff"),
    "header.safetensors": struct.pack("<Q", 1 << 62) + b"{}",
    "deep.safetensors": struct.pack("<Q", 200_000) + b"[" * 200_000,
    "deep.json": b'{"learner":{"feature_names":' + b"[" * 300_000 + b'}},"version":[1]}',
    "open.json": b'{"learner":{"feature_names":["a' + b"x" * 3_000_000,
    "deep.ubj": b"{L\0\0\0\0\0\0\0\7learner" + b"[" * 300_000,
    "long.ubj": b"{L\0\0\0\0\0\0\0\7learner{L\0\0\0\0\0\0\0\1a[$d#L" + b"\x7f" * 8,
    "huge.cbm": b"CBM1\xff\xff\xff\xff" + b"\0" * 64,
    "loop.cbm": b"CBM1\x40\0\0\0" + b"\4\0\0\0" * 16,
    "long.onnx": b"\x08\x0a\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "deep.onnx": b"\x08\x0a:\x05\x0a\x03\x0a\x01\x0a",
    "many.onnx": b"\x08\x0a" + b"\x10\x01" * 2_500_000,
    "header.txt": b"tree\n" + b"feature_names=" + b"a " * 9_000_000,
}


def bounded(path: Path) -> subprocess.CompletedProcess[str]:
    """Run init on a file with little memory."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mlpack", "init", "--from", path.name],
        cwd=path.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(path.parent)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert time.monotonic() - started < SECONDS
    return done


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_one_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name])
    done = bounded(path)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert done.returncode in (0, 2), done.stderr[-2000:]
    assert done.returncode == 0 or done.stderr.startswith("error: "), done.stderr[-2000:]


EVIL = 'x\n    import os\n"""\nkey: 1\x1b[31m'


def test_names_in_a_file_cannot_become_code_or_keys(tmp_path: Path) -> None:
    """What is taken from a file stays within a comment or a string."""
    header = json.dumps({f"{EVIL}.weight": {"dtype": "F32", "shape": [2, 2]}}).encode()
    name = EVIL.encode()
    pickled = b"\x80\x04\x8c\x08__main__\x8c" + bytes([len(name)]) + name + b"\x93)R."
    files = {
        'a"""b.safetensors': len(header).to_bytes(8, "little") + header,
        "main.pkl": pickled,
        "system.pkl": pickled.replace(b"\x08__main__", b"\x02os"),
        "version.pkl": pickled.replace(b"__main__", b"sklearn_")[:-1]
        + b"}\x8c\x10_sklearn_version\x8c\x08" + b"1.0\nkey:" + b"sb.",
        "net.onnx": (MODELS / "line.onnx").read_bytes().replace(b"skl2onnx", b"a\nkey: 1"),
    }  # fmt: skip
    for number, (file, content) in enumerate(files.items()):
        root = tmp_path / str(number)
        root.mkdir()
        (root / file).write_bytes(content)
        report = mlpack.init(root, mlpack.InitOptions(source=root / file))
        manifest = yaml.safe_load((root / "mlpack.yaml").read_text())
        assert "key" not in manifest
        code = (root / f"{report.model.partition(':')[0]}.py").read_text()
        names = {node.names[0].name for node in ast.walk(ast.parse(code)) if _imports(node)}
        assert not names & {"os"}
        assert all(line.isprintable() for line in (report.source or "", *report.todo))


def _imports(node: ast.AST) -> TypeGuard[ast.Import]:
    return isinstance(node, ast.Import)


@pytest.mark.slow
def test_what_decompresses_to_gigabytes_is_refused(tmp_path: Path) -> None:
    packing = zlib.compressobj(9)
    path = tmp_path / "bomb.joblib"
    head = packing.compress(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40))
    head += packing.flush(zlib.Z_FULL_FLUSH)
    # What follows a full flush may be repeated.
    zeros = packing.compress(bytes(1 << 24)) + packing.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(head + zeros * 160)
    assert path.stat().st_size < 4 << 20
    done = bounded(path)
    assert done.returncode == 2
    assert "it is too large or too long before it tells a model" in done.stderr


def test_a_bomb_in_a_zip_is_refused(tmp_path: Path) -> None:
    for name, member in (("bomb.pt", "bomb/data.pkl"), ("bomb.keras", "config.json")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("metadata.json", "{}")
            archive.writestr(member, bytes(200 << 20))
        done = bounded(tmp_path / name)
        assert done.returncode == 2
        assert f"cannot read {name}: its {member} is too large" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.joblib", b"", "it is empty"),
        ("text.pkl", b"hello there\n", "it is not a pickle, or is damaged"),
        ("new.joblib", b"\x04\x22\x4d\x18" + b"\0" * 60, "is compressed with LZ4"),
        ("pointer.onnx", b"version https://git-lfs.github.com/spec/v1\n", "run `git lfs pull`"),
        ("old.keras", b"\x89HDF\r\n\x1a\n" + b"\0" * 60, "model.save('model.keras')"),
        ("old.bst", b"binf" + b"\0" * 60, "XGBoost's older binary format"),
        ("data.json", b'{"a": 1}', "this JSON file is not a model that XGBoost saved"),
        ("other.zip", b"", "it is empty"),
        ("notes.txt", b"some notes\n", "mlpack does not recognize notes.txt as a model"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    name: str, content: bytes, words: str, tmp_path: Path, mlpack: Mlpack
) -> None:
    (tmp_path / name).write_bytes(content)
    done = mlpack("init", "--from", name, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, mlpack: Mlpack) -> None:
    (tmp_path / "folder.pt").mkdir()
    for name, words in (("none.pt", "does not exist"), ("folder.pt", "is a folder")):
        done = mlpack("init", "--from", name, cwd=tmp_path)
        assert done.returncode == 2
        assert words in done.stderr
