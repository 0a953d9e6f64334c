"""Packagers' command lines and folders, in the variety in which they are met."""

# ruff: noqa: E501 - a case a line reads best

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack.core.errors import UsageError
from tests.authoring.importers.reading import MODEL, left, read, values, write

CELLS = Path(__file__).parent / "projects" / "cells"
COMMAND = "python package.py --model-class model_code.m:Model"


def project(root: Path, **more: str) -> Path:
    files = {
        "model_code/__init__.py": "",
        "model_code/m.py": MODEL,
        "model_data/w.json": "[]",
        "requirements.in": "mlflow\n",
    }
    return write(root, {**files, **more})


def with_init(root: Path, signature: str, **more: str) -> Path:
    text = MODEL + f"\n    def __init__(self, {signature}):\n        pass\n"
    return project(root, **{"model_code/m.py": text, **more})


class TestCommandLines:
    def test_words_behind_a_double_dash(self, tmp_path: Path) -> None:
        words = (*COMMAND.split(), "--artifact", "w=w.json", "--model-tag", "team=cells")
        imported = read("command line", project(tmp_path), *words)
        found = values(imported)
        assert found["model"] == "model_code.m:Model"
        assert found["artifacts"] == {"w": "model_data/w.json"}
        assert found["tags"] == {"team": "cells"}
        assert found["dependencies"] == {"file": "requirements.in"}
        assert imported.variants == {}

    def test_one_quoted_text(self, tmp_path: Path) -> None:
        text = f"{COMMAND} --model-config-json " + '{"organism":"human"} --artifact-dir-path out'
        imported = read("command line", project(tmp_path), text)
        assert values(imported)["model_config"] == {"organism": "human"}
        assert values(imported)["build"] == {"output": "out"}

    def test_a_file_with_several_commands(self, tmp_path: Path) -> None:
        script = f"""
        #!/bin/sh
        set -e
        {COMMAND} \\
            --artifact w=w.json --artifact-dir-path out/first
        {COMMAND} --artifact w=other.json --artifact-dir-path out/second
        """
        imported = read(
            "command line", project(tmp_path, **{"pack.sh": script}), str(tmp_path / "pack.sh")
        )
        assert list(imported.variants) == ["first", "second"]
        assert values(imported, "second")["artifacts"] == {"w": "model_data/other.json"}
        assert "second: the artifact w (other.json): the file does not exist yet" in left(imported)

    def test_commands_that_write_to_one_place_are_numbered(self, tmp_path: Path) -> None:
        script = f"{COMMAND} --model-tag a=1\n{COMMAND} --model-tag a=2\n"
        imported = read(
            "command line", project(tmp_path, **{"pack.sh": script}), str(tmp_path / "pack.sh")
        )
        assert {name: values(imported, name)["tags"]["a"] for name in imported.variants} == {
            "v1": "1", "v2": "2",
        }  # fmt: skip

    def test_arguments_that_are_not_known(self, tmp_path: Path) -> None:
        text = f"{COMMAND} --gpus 2 --skip-inference --artifact-dir-path /srv/models"
        imported = read("command line", project(tmp_path), text)
        assert "--gpus 2: mlpack has no such argument" in left(imported)
        assert "mlpack build --skip-inference" in left(imported)
        assert "--artifact-dir-path /srv/models: it is outside" in left(imported)

    def test_artifacts_outside_or_remote(self, tmp_path: Path) -> None:
        inside = project(tmp_path) / "model_data" / "w.json"
        text = f"{COMMAND} --artifact a=/etc/hosts --artifact b=../x --artifact c=s3://b/c --artifact d={inside}"
        imported = read("command line", tmp_path, text)
        assert values(imported)["artifacts"] == {"c": "s3://b/c", "d": "model_data/w.json"}
        assert left(imported).count("outside the project") == 2

    def test_a_payload_is_the_example_where_there_is_no_other(self, tmp_path: Path) -> None:
        text = f"{COMMAND} --json-payload-filepath data/p.json"
        imported = read("command line", project(tmp_path), text)
        assert values(imported)["input_example"] == {"file": "data/p.json"}

    def test_a_payload_outside_of_the_project_is_written_out(self, tmp_path: Path) -> None:
        (tmp_path / "p.json").write_text('{"inputs": [1.5], "params": {"n": 2}}')
        folder = project(tmp_path / "inner")
        imported = read(
            "command line", folder, f"{COMMAND} --json-payload-filepath {tmp_path / 'p.json'}"
        )
        assert values(imported)["input_example"] == {"inputs": [1.5], "params": {"n": 2}}

    def test_an_open_quote_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="never closed"):
            read("command line", project(tmp_path), f"{COMMAND} --model-config-json '{{")


class TestClasses:
    def test_a_class_in_another_module_is_found(self, tmp_path: Path) -> None:
        imported = read("command line", project(tmp_path), "x --model-class m:Model")
        assert values(imported)["model"] == "model_code.m:Model"
        assert "the class is in model_code/m.py" in left(imported)

    def test_a_dotted_class_is_taken_apart(self, tmp_path: Path) -> None:
        imported = read("command line", project(tmp_path), "x --model-class model_code.m.Model")
        assert values(imported)["model"] == "model_code.m:Model"

    def test_a_class_below_src_gets_its_code_path(self, tmp_path: Path) -> None:
        root = write(tmp_path, {"src/pack/__init__.py": "", "src/pack/m.py": MODEL})
        imported = read("command line", root, "x --model-class pack.m:Model")
        assert values(imported)["code_paths"] == ["src/pack"]

    def test_code_beside_the_class_travels_too(self, tmp_path: Path) -> None:
        root = project(tmp_path, **{"top.py": MODEL})
        imported = read("command line", root, "x --model-class top:Model")
        assert values(imported)["code_paths"] == ["top.py", "model_code"]

    def test_a_class_that_is_nowhere_is_said_to_be(self, tmp_path: Path) -> None:
        imported = read("command line", project(tmp_path), "x --model-class model_code.gone:Gone")
        assert values(imported)["model"] == "model_code.gone:Gone"
        assert "no file in the project defines" in left(imported)


CONFIG = "--model-config-json " + '{"organism":"human","size":3}'


class TestConstructors:
    @pytest.mark.parametrize(
        ("signature", "model"),
        [
            ("config", {"init_from": "model_config"}),
            ("config: dict", {"init_from": "model_config"}),
            ("config: Mapping[str, Any], strict=False", {"init_from": "model_config"}),
            ("cfg=None", {"init_from": "model_config"}),
            ("options: Optional[dict] = None", {"init_from": "model_config"}),
            ("organism", {"init": {"organism": "human"}}),
            ("organism, size=1, other=2", {"init": {"organism": "human", "size": 3}}),
            ("*, size", {"init": {"size": 3}}),
            ("**settings", {"init": {"organism": "human", "size": 3}}),
            ("path: str = 'x'", None),
            ("", None),
        ],
    )
    def test_the_configuration_goes_where_the_constructor_asks_for_it(
        self, tmp_path: Path, signature: str, model: dict[str, object] | None
    ) -> None:
        imported = read("command line", with_init(tmp_path, signature), f"{COMMAND} {CONFIG}")
        expected = {"class": "model_code.m:Model", **model} if model else "model_code.m:Model"
        assert values(imported)["model"] == expected
        # It is MLflow's model_config all the same: the scripts' packages have it.
        assert values(imported)["model_config"] == {"organism": "human", "size": 3}
        assert imported.left == ()

    def test_what_the_constructor_misses_is_named(self, tmp_path: Path) -> None:
        imported = read(
            "command line", with_init(tmp_path, "organism, depth"), f"{COMMAND} {CONFIG}"
        )
        assert "the constructor's `depth`: __init__ requires it" in left(imported)

    def test_an_inherited_constructor_counts(self, tmp_path: Path) -> None:
        base = (
            MODEL.replace("Model", "Base", 1) + "\n    def __init__(self, config):\n        pass\n"
        )
        root = project(
            tmp_path,
            **{
                "model_code/base.py": base.replace("class Model", "class Base"),
                "model_code/m.py": "from model_code.base import Base\n\n\nclass Model(Base):\n    pass\n",
            },
        )
        imported = read("command line", root, f"{COMMAND} {CONFIG}")
        assert values(imported)["model"]["init_from"] == "model_config"


class TestFolders:
    def test_two_variants_with_json_quoted_and_not(self) -> None:
        imported = read("packaging folder", CELLS)
        assert list(imported.variants) == ["human", "mouse"]
        human, mouse = values(imported, "human"), values(imported, "mouse")
        assert human["name"] == mouse["name"] == "cells-embedder"
        assert human["version"] == "0.3.1"
        assert human["model_config"] == {"organism": "human", "unit": "log 1p"}
        assert mouse["model_config"] == {"organism": "mouse", "scale": 0.5}
        assert mouse["artifacts"] == {
            "weights": "model_data/mouse.json", "vocabulary": "model_data/mouse",
        }  # fmt: skip
        assert human["signature"]["outputs"] == [{"dtype": "float32", "shape": [-1, 2]}]
        assert human["input_example"]["params"] == {"rounds": 2}
        assert human["build"] == {"output": "packages"}
        assert "`contact` of the packaging metadata" in left(imported)
        assert "mouse: --gpu-count 2" in left(imported)

    def test_a_spec_that_computes_is_left_to_the_build(self, tmp_path: Path) -> None:
        spec = """
        from mlflow.models import infer_signature
        import pandas as pd
        FRAME = pd.read_csv("x.csv")
        MODEL_SIGNATURE = infer_signature(FRAME)
        INPUT_EXAMPLE = (FRAME.head(1), {"n": 1})
        """
        imported = read("packaging folder", project(tmp_path, **{"model_spec.py": spec}))
        assert values(imported)["signature"] == "model_spec.py:MODEL_SIGNATURE"
        assert "input_example" not in values(imported)
        assert "--run reads it" in left(imported)
        assert imported.to_run is not None
        assert imported.to_run.names == {
            "signature": "MODEL_SIGNATURE", "example": "INPUT_EXAMPLE",
        }  # fmt: skip

    def test_what_running_told_replaces_what_is_computed(self, tmp_path: Path) -> None:
        root = project(
            tmp_path, **{"model_spec.py": "MODEL_SIGNATURE = f()\nINPUT_EXAMPLE = g()\n"}
        )
        recorded = {
            "signature": {"inputs": [{"type": "string", "name": "a", "required": True}]},
            "example": {"dataframe_split": {"columns": ["a"], "data": [["x"]]}},
        }
        imported = read("packaging folder", root, recorded=recorded)
        assert values(imported)["signature"] == {"inputs": [{"name": "a", "type": "string"}]}
        assert values(imported)["input_example"] == {"dataframe_records": [{"a": "x"}]}
        assert imported.left == ()

    def test_a_folder_with_only_a_spec(self, tmp_path: Path) -> None:
        spec = (CELLS / "model_spec.py").read_text()
        root = write(tmp_path / "Only Spec", {"model_spec.py": spec})
        imported = read("packaging folder", root, str(root / "model_spec.py"))
        assert values(imported)["name"] == "only-spec"
        assert "model" not in values(imported)
        assert values(imported)["signature"]["params"] == [
            {"name": "rounds", "type": "long", "default": 1}
        ]

    def test_flags_as_lists_and_mappings(self, tmp_path: Path) -> None:
        metadata = """
        model_name: m
        variants:
          a: [--model-class, "model_code.m:Model", --model-config-json, '{"x": 1}']
          b: {flags: "--model-class model_code.m:Model --model-tag k=v"}
          c:
        """
        root = project(tmp_path, **{"packaging_metadata.yaml": metadata})
        imported = read("packaging folder", root)
        assert values(imported, "a")["model_config"] == {"x": 1}
        assert values(imported, "b")["tags"] == {"k": "v"}
        assert "model" not in values(imported, "c")

    def test_a_spec_that_is_no_python(self, tmp_path: Path) -> None:
        root = project(tmp_path, **{"model_spec.py": "MODEL_SIGNATURE = ("})
        imported = read("packaging folder", root)
        assert "model_spec.py: it is not valid Python" in left(imported)

    def test_lower_case_names_and_missing_ones(self, tmp_path: Path) -> None:
        root = project(tmp_path, **{"model_spec.py": "input_example = [1.0]\n"})
        imported = read("packaging folder", root)
        assert values(imported)["input_example"] == {"inputs": [1.0]}
        assert "MODEL_SIGNATURE: model_spec.py does not define it" in left(imported)

    @pytest.mark.parametrize(
        "metadata",
        ["- a\n", "variants: [a]\n", 'variants: {a: "--model-tag \'x"}\n', "a: [\n"],
    )
    def test_broken_metadata_is_refused(self, tmp_path: Path, metadata: str) -> None:
        root = project(tmp_path, **{"packaging_metadata.yaml": metadata})
        with pytest.raises(UsageError):
            read("packaging folder", root)

    @pytest.mark.parametrize(
        ("files", "python"),
        [
            ({".python-version": "3.10.4\n"}, "3.10"),
            (
                {
                    "pyproject.toml": "[project]\nname='x'\nrequires-python='>=3.12'\ndependencies=[]\n"
                },
                "3.12",
            ),
            ({"packaging_metadata.yaml": 'model_name: x\npython: "3.9"\n'}, "3.9"),
            ({}, "3.11"),
        ],
    )
    def test_pythons_are_found(self, tmp_path: Path, files: dict[str, str], python: str) -> None:
        root = write(tmp_path, {"model_spec.py": "", **files})
        assert values(read("packaging folder", root))["python"] == python
