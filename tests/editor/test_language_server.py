"""An editor with the YAML language server completes our keys and shows our errors."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.editor.language_server import LanguageServer

VERSION = "2.0.0"
MODELINE = f"# yaml-language-server: $schema={(ROOT / 'schemas/mlpack.schema.json').as_uri()}\n"

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[LanguageServer]:
    """The real server, installed once."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("the YAML language server needs node and npm")
    folder = cache / f"yaml-language-server-{VERSION}"
    program = folder / "node_modules/yaml-language-server/bin/yaml-language-server"
    if not program.exists():
        package = f"yaml-language-server@{VERSION}"
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm installs no language server here: {done.stderr[-200:]}")
    with LanguageServer(program) as running:
        yield running


def _uri(tmp_path: Path) -> str:
    return (tmp_path / "mlpack.yaml").as_uri()


def test_a_good_manifest_has_no_errors(server: LanguageServer, tmp_path: Path) -> None:
    text = (ROOT / "mlpack.example.yaml").read_text(encoding="utf-8")
    assert server.open(_uri(tmp_path), MODELINE + text.partition("\n")[2]) == []


def test_mistakes_show_under_their_token(server: LanguageServer, tmp_path: Path) -> None:
    text = "mlpack: 1\npython: 3.10\npyhton: '3'\nname: My Model\nversion: '1'\n"
    found = server.open(_uri(tmp_path), MODELINE + text)
    places = {
        (each["range"]["start"]["line"], each["range"]["start"]["character"]): each["message"]
        for each in found
    }
    assert places[2, 8] == 'Incorrect type. Expected "string".'
    assert places[3, 0] == "Property pyhton is not allowed."
    # Our own sentence, by `patternErrorMessage`.
    assert places[4, 6].startswith("Use lower-case letters, digits, `.`, `_` and `-`")
    missing = {each["message"] for each in found if each["message"].startswith("Missing")}
    assert 'Missing property "dependencies".' in missing


def test_an_empty_file_offers_a_whole_manifest(server: LanguageServer, tmp_path: Path) -> None:
    server.open(_uri(tmp_path), MODELINE)
    found = server.completions(_uri(tmp_path), 1, 0)
    text = found["a new manifest"]["insertText"]
    assert text.startswith("mlpack: 1\nname: ${1:my-model}\n")
    assert 'python: "${8:3.11}"' in text


def test_keys_still_to_come_are_offered_with_what_they_are(
    server: LanguageServer, tmp_path: Path
) -> None:
    server.open(_uri(tmp_path), f"{MODELINE}mlpack: 1\nname: a\n\nbuild:\n  \n")
    found = server.completions(_uri(tmp_path), 3, 0)
    assert {"version", "python", "dependencies", "signature", "variants"} <= found.keys()
    assert "name" not in found
    assert "as a quoted minor version" in str(found["python"]["documentation"])
    assert {"serialization", "output"} <= server.completions(_uri(tmp_path), 5, 2).keys()


def test_values_are_offered(server: LanguageServer, tmp_path: Path) -> None:
    text = "mlpack: 1\nsignature:\n  inputs:\n    - {name: x, type: }\n  outputs:\n    - \n"
    server.open(_uri(tmp_path), MODELINE + text)
    types = server.completions(_uri(tmp_path), 4, 22)
    assert {"double", "long", "string", "array", "datetime"} <= types.keys()
    fields = server.completions(_uri(tmp_path), 6, 6)
    assert fields["tensor"]["insertText"].startswith("dtype: ${1:float32}\n")
    assert fields["column"]["insertText"] == "name: ${1:name}\n  type: ${2:double}"


def test_hovering_over_a_key_explains_it(server: LanguageServer, tmp_path: Path) -> None:
    server.open(_uri(tmp_path), f'{MODELINE}mlpack: 1\npython: "3.11"\n')
    shown = server.hover(_uri(tmp_path), 2, 2)
    assert "**in quotes**" in shown
    assert "3.11" in shown


def test_the_modelines_of_the_repository_lead_to_the_schema() -> None:
    manifests = [ROOT / "mlpack.example.yaml", *(ROOT / "examples").glob("*/mlpack.yaml")]
    for path in manifests:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        target = os.path.normpath(path.parent / first.partition("$schema=")[2])
        assert target == str(ROOT / "schemas/mlpack.schema.json")
