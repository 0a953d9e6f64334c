"""ONNX: the few fields of its protocol buffer that say what goes in and what comes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.model import Code, Column, Fields, ModelFile, Need, Tensor
from mlpack.authoring.files.phrases import list_lines, prediction_table, quoted
from mlpack.authoring.files.streams import CutError

# onnx.proto3: TensorProto.DataType → NumPy's name, and MLflow's of a column where it has one.
_DTYPES = {
    1: ("float32", "float"), 2: ("uint8", ""), 3: ("int8", ""), 4: ("uint16", ""), 5: ("int16", ""),
    6: ("int32", "integer"), 7: ("int64", "long"), 8: ("object", "string"), 9: ("bool", "boolean"),
    10: ("float16", ""), 11: ("float64", "double"), 12: ("uint32", ""), 13: ("uint64", ""),
}  # fmt: skip
_EXAMPLES: dict[str, Any] = {"string": "a", "boolean": True, "integer": 1, "long": 1}
_MOST_FIELDS = 2_000_000
_LONGEST = 1 << 20
# ir_version → the first ONNX Runtime that reads it.
_RUNTIMES = {8: "1.10", 9: "1.15", 10: "1.18", 11: "1.22", 12: "1.23", 13: "1.24"}
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class _Value:
    """An input or output; ``dtype`` 0 is a value that is not a tensor."""

    name: str
    dtype: int
    shape: tuple[int, ...] | None


@dataclass(slots=True)
class _Graph:
    inputs: list[_Value] = field(default_factory=list)
    outputs: list[_Value] = field(default_factory=list)
    constants: set[str] = field(default_factory=set)
    external: set[str] = field(default_factory=set)


class _Reader:
    """Walks the fields of messages in a file; what nobody asks for is passed over."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MOST_FIELDS

    def fields(self, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (number, value or length, end of the field) up to ``end``; any may be read in."""
        while (here := self._file.tell()) < end:
            self._left -= 1
            key = self._varint()
            wire, number = key & 7, key >> 3
            if wire == _VARINT:
                yield number, self._varint(), self._file.tell()
                continue
            sizes = {_FIXED64: 8, _FIXED32: 4}
            size = self._varint() if wire == _LENGTH else sizes.get(wire)
            if size is None or number == 0 or self._left < 0:
                raise CutError("it is not an ONNX model, or is damaged")
            after = self._file.tell() + size
            if after > end or after <= here:
                raise CutError("it is cut short, or is not an ONNX model")
            yield number, size, after
            self._file.seek(after)

    def text(self, size: int) -> str:
        """Return a short string."""
        if size > _LONGEST:
            raise CutError("a name in it is too long")
        return self._file.read(size).decode("utf-8", "replace")

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._file.read(1)
            if not byte:
                break
            value |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return value
        raise CutError("it is cut short, or is not an ONNX model")


def read_onnx(path: Path, file: BinaryIO) -> ModelFile:
    """Tell the producer, the runtime that is needed, and the signature."""
    reader, facts, graph = _Reader(file), dict[int, Any](), _Graph()
    opset = 0
    for number, value, after in reader.fields(os.fstat(file.fileno()).st_size):
        if number == 1:
            facts[1] = value
        elif number in (2, 3):
            facts[number] = reader.text(value)
        elif number == 7:
            _read_graph(reader, after, graph)
        elif number == 8:
            opset = max(opset, *(v for n, v, _ in reader.fields(after) if n == 2), 0)
    if not graph.outputs or 1 not in facts:
        raise CutError("it is not an ONNX model, or is damaged")
    return _told(path, facts, graph)


def _told(path: Path, facts: dict[int, Any], graph: _Graph) -> ModelFile:
    inputs = [each for each in graph.inputs if each.name not in graph.constants]
    outputs = [each for each in graph.outputs if each.dtype in _DTYPES]
    as_table = len(inputs) > 1 and all(_is_column(each) for each in inputs)
    producer = " ".join(filter(None, (facts.get(2), facts.get(3)))) or "An unnamed tool"
    since = _RUNTIMES.get(facts[1])
    unknown = [each.name for each in inputs if any(n < 0 for n in (each.shape or ())[1:])]
    return ModelFile(
        says=f"{producer} wrote {path.name}, an ONNX model.",
        framework="ONNX",
        code=_code(inputs, outputs, as_table=as_table),
        needs=(Need(requirement=f"onnxruntime>={since}" if since else "onnxruntime"),),
        inputs=_columns(inputs) if as_table else _tensors(inputs),
        outputs=(Column(name="prediction", type="string"),)
        if _are_labels(outputs)
        else _tensors(outputs),
        input_todo=f"the sizes of {unknown[0]}, which the file leaves open." if unknown else None,
        artifacts={f"data_{n}": name for n, name in enumerate(sorted(graph.external), 1)},
    )


def _read_graph(reader: _Reader, end: int, graph: _Graph) -> None:
    """Read GraphProto: initializer = 5, input = 11, output = 12, sparse_initializer = 15."""
    for number, _, after in reader.fields(end):
        if number == 11:
            graph.inputs.append(_value(reader, after))
        elif number == 12:
            graph.outputs.append(_value(reader, after))
        elif number == 5:
            _read_constant(reader, after, graph)


def _read_constant(reader: _Reader, end: int, graph: _Graph) -> None:
    """Read TensorProto: name = 8, external_data = 13, whose entry `location` is a file."""
    for number, value, after in reader.fields(end):
        if number == 8:
            graph.constants.add(reader.text(value))
        elif number == 13:
            entry = {n: reader.text(v) for n, v, _ in reader.fields(after) if n in (1, 2)}
            if entry.get(1) == "location":
                graph.external.add(entry.get(2, ""))


def _value(reader: _Reader, end: int) -> _Value:
    """Read ValueInfoProto: name = 1, type = 2, of which tensor_type = 1."""
    name, dtype, shape = "", 0, None
    for number, value, after in reader.fields(end):
        if number == 1:
            name = reader.text(value)
        elif number == 2:
            for kind, _, inner in reader.fields(after):
                if kind == 1:
                    dtype, shape = _tensor(reader, inner)
    return _Value(name, dtype, shape)


def _tensor(reader: _Reader, end: int) -> tuple[int, tuple[int, ...] | None]:
    """Read TypeProto.Tensor: elem_type = 1, shape = 2 with dim = 1, whose dim_value = 1."""
    dtype, shape = 0, None
    for number, value, after in reader.fields(end):
        if number == 1:
            dtype = value
        elif number == 2:
            shape = tuple(
                next((v for n, v, _ in reader.fields(inner) if n == 1), -1)
                for kind, _, inner in reader.fields(after)
                if kind == 1
            )
    return dtype, shape


def _is_column(value: _Value) -> bool:
    return value.shape is not None and value.shape[1:] == (1,) and bool(_DTYPES[value.dtype][1])


def _columns(inputs: list[_Value]) -> tuple[Column, ...]:
    kinds = [(each.name, _DTYPES[each.dtype][1]) for each in inputs]
    return tuple(Column(name=n, type=kind, example=_EXAMPLES.get(kind, 1.0)) for n, kind in kinds)


def _tensors(values: list[_Value]) -> Fields:
    if any(each.dtype not in _DTYPES or each.shape is None for each in values):
        return ()
    alone = len(values) == 1
    return tuple(
        Tensor(
            dtype=_DTYPES[each.dtype][0], shape=each.shape or (), name=None if alone else each.name
        )
        for each in values
    )


def _code(inputs: list[_Value], outputs: list[_Value], *, as_table: bool) -> Code:
    feeds = "model_input"
    if as_table:
        feeds = "{name: model_input[[name]].to_numpy() for name in model_input}"
    elif len(inputs) == 1:
        feeds = f"{{{quoted(inputs[0].name)}: model_input}}"
    names = [each.name for each in outputs]
    several = len(names) > 1
    load = ('self.session = onnxruntime.InferenceSession(context.artifacts["model"])',)
    imports, result = ["onnxruntime"], "dict(zip(OUTPUTS, results))" if several else "results[0]"
    if _are_labels(outputs):
        imports, result = [*imports, "pandas as pd"], prediction_table("results[0]")
    return Code(
        says="Arrays in, arrays out, under the names that the graph gives them.",
        imports=tuple(imports),
        before=list_lines("OUTPUTS", names),
        load=load,
        predict=(
            f"feeds = {feeds}",
            "results = self.session.run(OUTPUTS, feeds)",
            f"return {result}",
        ),
    )


def _are_labels(outputs: list[_Value]) -> bool:
    """Whether the one output is a string for each row, which is a column rather than a tensor."""
    return len(outputs) == 1 and outputs[0].dtype == 8 and len(outputs[0].shape or ()) == 1
