"""Where artifacts lie in a package."""

from __future__ import annotations

from pathlib import PurePosixPath

from mlpack.package.layout import artifact_places


def _places(**sources: str) -> dict[str, str]:
    found = artifact_places({name: PurePosixPath(path) for name, path in sources.items()})
    return {name: str(place) for name, place in found.items()}


def test_an_artifact_keeps_its_own_name() -> None:
    assert _places(vocab="data/vocab.json", weights="w") == {
        "vocab": "artifacts/vocab.json",
        "weights": "artifacts/w",
    }


def test_equal_names_get_numbered_folders_as_with_mlflow() -> None:
    assert _places(a="x/model.bin", b="y/model.bin", c="z/0") == {
        "a": "artifacts/1/model.bin",
        "b": "artifacts/2/model.bin",
        "c": "artifacts/0",
    }


def test_one_source_under_two_names_is_laid_once() -> None:
    assert _places(a="x/m", b="x/m") == {"a": "artifacts/m", "b": "artifacts/m"}
