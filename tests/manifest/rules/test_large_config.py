"""A configuration that MLflow would read slowly at each load is warned of, in either form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlpack.manifest.reading import check


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize(("size", "codes"), [(255_000, []), (257_000, ["large-config"])])
def test_a_large_configuration_is_warned_of(
    tmp_path: Path, inline: bool, size: int, codes: list[str]
) -> None:
    text = json.dumps({"table": "x" * size})
    (tmp_path / "config.json").write_text(text)
    manifest = tmp_path / "mlpack.yaml"
    manifest.write_text(f"mlpack: 1\nmodel_config: {text if inline else 'config.json'}\n")
    found = [each for each in check(manifest) if each.pointer == "/model_config"]
    assert [(each.code, each.severity) for each in found] == [(code, "warning") for code in codes]
