"""A model's file as a project: the class that loads it, the manifest, and an example."""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mlpack.authoring.files.model import Code, Column, ModelFile, Tensor
from mlpack.manifest.writing import flow_text, key_text, scalar_text

_INDENT = "    "
_MLFLOW = ("mlflow-skinny~=3.17.2", "pandas~=2.3")
_WIDTH = 92
_ROWS, _OTHER = 2, 4
"""What an open size of an example is: the rows, and what else the file leaves open."""
_INLINE = 64
_NAME = re.compile(r"[\w .+()=@-]*[\w)]", re.ASCII)
_EXAMPLE_FILE = PurePosixPath("input_example.npy")
_NPY = {"float32": "<f4", "float64": "<f8", "int32": "<i4", "int64": "<i8", "float16": "<f2"}
_SIGNATURE = "# TODO: the signature; `mlpack signature --write` infers it from the example."
_NO_EXAMPLE = (
    "# TODO: an example of the model's input; other forms are possible.",
    "# input_example: {file: input_example.json}",
)

# A requirement that every reader of YAML takes for a string.
_PLAIN = re.compile(r"[a-z][a-z0-9._-]+([<>=~!]=?[0-9a-z.,<>=]+)?")

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of a table in the project that has all columns of the model."""

    path: PurePosixPath
    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text of a manifest from the key ``model`` on, and the files beside it."""

    text: str
    files: Mapping[PurePosixPath, bytes]


def module_name(stem: str, taken: Sequence[str]) -> str:
    """Return the name of a module for the class that loads a file called ``stem``."""
    plain = re.sub(r"\W+", "_", stem.lower(), flags=re.ASCII).strip("_") or "trained"
    plain = plain if plain[0].isalpha() else f"m_{plain}"
    name = plain if plain.endswith("model") else f"{plain}_model"
    return name if name not in taken else f"packaged_{name}"


def first_line(file: str) -> str:
    """Return the docstring of a module that loads a file of this name."""
    said = file if _NAME.fullmatch(file) else "a trained model"
    return f'"""Predict with {said}."""'


def written(
    found: ModelFile,
    artifact: PurePosixPath,
    *,
    module: str,
    python: str,
    torch: Sequence[str],
    code: Sequence[PurePosixPath] = (),
    rows: Found | None = None,
    metadata: str | None = None,
) -> Written:
    """Write the project of a file; ``torch`` are the lines of ``dependencies`` for PyTorch,
    ``code`` the modules of the project that the file refers to.
    """
    files = {PurePosixPath(f"{module}.py"): _class_text(found, artifact).encode("utf-8")}
    example, more = _example(found, rows)
    files |= more
    blocks = [
        [*_comments(found), f"model: {module}:Model", *_code_paths(code, module)],
        list(_artifacts(found, artifact)),
        list(_signature(found)),
        example,
        [f"metadata: {{license: {metadata}}}"] if metadata else [],
        [f'python: "{python}"', *_dependencies(found, torch)],
    ]
    text = "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)
    return Written(text=text, files=files)


def _comments(found: ModelFile) -> Iterator[str]:
    yield from textwrap.wrap(found.says, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    if found.suspicious:
        listed = ", ".join(found.suspicious[:3])
        yield f"# TODO: loading the file can run {listed}: build it only if you trust it."
    yield from (f"# TODO: {each}" for each in found.todo)


def _code_paths(code: Sequence[PurePosixPath], module: str) -> Iterator[str]:
    if code:
        yield f"code_paths: {flow_text([f'{module}.py', *map(str, code)])}"


def _artifacts(found: ModelFile, artifact: PurePosixPath) -> Iterator[str]:
    yield "artifacts:"
    yield f"  model: {scalar_text(str(artifact))}"
    for name, beside in found.artifacts.items():
        yield f"  {name}: {scalar_text(str(artifact.with_name(beside)))}"


def _signature(found: ModelFile) -> Iterator[str]:
    if found.input_todo and found.inputs:
        yield f"# TODO: {found.input_todo}"
    if not (found.inputs and found.outputs):
        yield _SIGNATURE
        return
    yield "signature:"
    for side, fields in (("inputs", found.inputs), ("outputs", found.outputs)):
        yield f"  {side}:"
        yield from (f"    - {flow_text(_field(each))}" for each in fields)


def _field(field: Column | Tensor) -> dict[str, Any]:
    if isinstance(field, Column):
        return {"name": field.name, "type": field.type}
    named = {} if field.name is None else {"name": field.name}
    return {**named, "dtype": field.dtype, "shape": list(field.shape)}


def _example(found: ModelFile, rows: Found | None) -> tuple[list[str], dict[PurePosixPath, bytes]]:
    if not found.inputs:
        return list(_NO_EXAMPLE), {}
    columns = [each for each in found.inputs if isinstance(each, Column)]
    if rows is not None:
        said = f"# The first rows of {rows.path}."
        return [said, *_records(rows.rows)], {}
    said = "# Values of the right type, not real ones."
    if columns:
        return [said, *_records([{each.name: each.example for each in columns}])], {}
    return _arrays([each for each in found.inputs if isinstance(each, Tensor)], said)


def _records(rows: Rows) -> Iterator[str]:
    yield "input_example:"
    yield "  dataframe_records:"
    yield from (f"    - {flow_text(row)}" for row in rows)


def _arrays(tensors: Sequence[Tensor], said: str) -> tuple[list[str], dict[PurePosixPath, bytes]]:
    shapes = [_sizes(each) for each in tensors]
    alone = tensors[0].name is None
    if alone and math.prod(shapes[0]) > _INLINE and tensors[0].dtype in _NPY:
        content = _npy(tensors[0].dtype, shapes[0])
        return [said, f"input_example: {{file: {_EXAMPLE_FILE}}}"], {_EXAMPLE_FILE: content}
    values = [_filled(each.dtype, sizes) for each, sizes in zip(tensors, shapes, strict=True)]
    inputs = values[0] if alone else {str(t.name): v for t, v in zip(tensors, values, strict=True)}
    if sum(map(math.prod, shapes)) <= _INLINE:
        return [said, *key_text("input_example", {"inputs": inputs}).splitlines()], {}
    path = PurePosixPath("input_example.json")
    content = json.dumps({"inputs": inputs}).encode() + b"\n"
    return [said, f"input_example: {{file: {path}}}"], {path: content}


def _sizes(tensor: Tensor) -> tuple[int, ...]:
    rows, *others = tensor.shape or (1,)
    return (rows if rows > 0 else _ROWS, *(n if n > 0 else _OTHER for n in others))


def _filled(dtype: str, sizes: tuple[int, ...]) -> Any:
    if not sizes:
        return _value(dtype)
    return [_filled(dtype, sizes[1:]) for _ in range(sizes[0])]


def _value(dtype: str) -> Any:
    if dtype == "object":
        return "a"
    if dtype == "bool":
        return True
    return 1.0 if dtype.startswith("float") else 1


def _npy(dtype: str, sizes: tuple[int, ...]) -> bytes:
    """Return zeros as NumPy's file of version 1.0, whose header ends at a multiple of 64 bytes."""
    form = _NPY[dtype]
    shape = f"({', '.join(map(str, sizes))}{',' * (len(sizes) == 1)})"
    header = f"{{'descr': '{form}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    length = len(header).to_bytes(2, "little")
    return b"\x93NUMPY\1\0" + length + header.encode() + bytes(math.prod(sizes) * int(form[-1]))


def _dependencies(found: ModelFile, torch: Sequence[str]) -> Iterator[str]:
    lines = [_need_text(each, "") for each in _MLFLOW]
    lines += [_need_text(each.requirement, each.comment) for each in found.needs]
    if not found.torch:
        yield "dependencies:"
        yield from (f"  - {line}" for line in lines)
        return
    yield "dependencies:"
    yield "  requirements:"
    yield from (f"    - {line}" for line in lines)
    yield from (f"  {line}" for line in torch)


def _need_text(requirement: str, comment: str) -> str:
    text = requirement if _PLAIN.fullmatch(requirement) else scalar_text(requirement)
    return f"{text}  # {comment}" if comment else text


def _class_text(found: ModelFile, artifact: PurePosixPath) -> str:
    code = found.code
    imports = sorted((*code.imports, "mlflow.pyfunc"))
    parts = [f"{first_line(artifact.name)}\n"]
    if code.first:
        parts.append("\n".join(code.first) + "\n")
    noqa = "  # noqa: E402" if code.first else ""
    parts.append("".join(f"import {name}{noqa}\n" for name in imports))
    if code.before:
        parts.append("\n" * (code.before[0].startswith("def ")) + "\n".join(code.before) + "\n")
    parts.append("\n" + "\n".join(_class_lines(code)) + "\n")
    return "\n".join(parts)


def _class_lines(code: Code) -> Iterator[str]:
    yield "class Model(mlflow.pyfunc.PythonModel):"
    yield f'{_INDENT}"""{code.says}"""'
    yield ""
    yield f"{_INDENT}def load_context(self, context):"
    yield from (f"{_INDENT * 2}{line}" for line in code.load)
    yield ""
    if code.decorator:
        yield f"{_INDENT}{code.decorator}"
    yield f"{_INDENT}def predict(self, context, model_input, params=None):"
    yield from (f"{_INDENT * 2}{line}" for line in code.predict)
