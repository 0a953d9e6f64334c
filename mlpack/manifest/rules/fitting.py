"""Whether an example's data fits a signature's inputs: columns, values, tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlpack.manifest.document import join
from mlpack.manifest.fields import Column, ExampleKind, Tensor
from mlpack.manifest.rules.values import ValueMisfit, is_number, is_time
from mlpack.manifest.rules.values import misfits as value_misfits
from mlpack.manifest.schema import closest
from mlpack.manifest.schema.words import both, counted
from mlpack.manifest.schema.words import value as phrase

UNDECLARED = "Remove it, or declare it in the signature."
_NUMBERS = ("integer", "long", "float", "double")

Fields = Sequence[Column] | Sequence[Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One way not to fit; ``key`` points at the key that stands at ``at``."""

    at: str
    message: str
    hint: str | None = None
    key: bool = False


def misfits(kind: ExampleKind, given: Any, fields: Fields, at: str) -> Iterator[Misfit]:
    """Yield where the data ``given`` at the pointer ``at`` does not fit ``fields``."""
    if kind == "input_uri":
        yield from _uri(fields, at)
    elif kind == "dataframe_records":
        for index, record in enumerate(given):
            yield from _record(record, fields, join(at, index))
    elif kind == "dataframe_split":
        yield from _split(given, fields, at)
    elif kind == "inputs":
        yield from _inputs(given, fields, at)


def _uri(fields: Fields, at: str) -> Iterator[Misfit]:
    hint = "Declare `inputs: [{name: input_uri, type: string}]`, or use another kind of example."
    columns = [field for field in fields if isinstance(field, Column)]
    if len(fields) == 1 and columns and columns[0].name is None:
        target: Column | None = columns[0]
    else:
        target = next((column for column in columns if column.name == "input_uri"), None)
    if target is None:
        yield Misfit(
            at=at, message="The signature has no input column `input_uri`", hint=hint, key=True
        )
    elif target.type["type"] not in ("string", "any"):
        kind = target.type["type"]
        message = f"The signature's column for `input_uri` must be a string, not {kind}"
        yield Misfit(at=at, message=message, hint=hint, key=True)
    for column in columns:
        if column is not target and target is not None and column.required:
            message = f"An `input_uri` example has no column `{column.name}`, which is required"
            yield Misfit(
                at=at,
                message=message,
                key=True,
                hint=f"Use `dataframe_records`, or set `required: false` for `{column.name}`.",
            )


def _record(record: dict[str, Any], fields: Fields, at: str) -> Iterator[Misfit]:
    if fields[0].name is None:
        if len(record) != len(fields):
            message = (
                f"The row has {counted(len(record), 'column')}, but the signature has {len(fields)}"
            )
            yield Misfit(at=at, message=message)
            return
        named: dict[str, Column | Tensor] = dict(zip(record, fields, strict=True))
    else:
        named = {str(field.name): field for field in fields}
        yield from _names(list(record), named, at, at_keys=True)
    for name, value in record.items():
        if name in named:
            yield from _cell(value, named[name], join(at, name))


def _names(
    given: Sequence[Any], named: dict[str, Any], at: str, *, at_keys: bool
) -> Iterator[Misfit]:
    missing = [
        name
        for name, field in named.items()
        if name not in given and (isinstance(field, Tensor) or field.required)
    ]
    for index, name in enumerate(given):
        if name not in named:
            near = closest(str(name), [*missing] or named)
            missing = [other for other in missing if other != near]
            place = join(at, name if at_keys else index)
            yield Misfit(at=place, key=at_keys, **_unknown(name, near))
    if missing:
        several = len(missing) > 1
        names = both([f"`{name}`" for name in missing])
        message = f"Missing required {'inputs' if several else 'input'} {names}"
        hint = f"Add {'them' if several else 'it'}, or set `required: false` in the signature."
        yield Misfit(at=at, message=message, hint=hint, key=True)


def _unknown(name: Any, near: str | None) -> dict[str, str]:
    """Return the message and the hint for a column that the signature does not have."""
    if near is not None and near == str(name):
        message = f"The column label `{name}` is a number, but the signature's names are strings"
        return {"message": message, "hint": f'Quote it: "{name}".'}
    hint = f"Did you mean `{near}`?" if near else UNDECLARED
    return {"message": f"The signature has no input `{name}`", "hint": hint}


def _cell(value: Any, field: Column | Tensor, at: str) -> Iterator[Misfit]:
    if isinstance(field, Tensor):
        return  # How a table's cells become a tensor is for MLflow to say.
    if value is None and (not field.required or field.type["type"] not in ("integer", "long")):
        return  # A missing value: every other type has one.
    for place, sentence in value_misfits(value, field.type, at):
        name = "The value" if field.name is None else f"The value of `{field.name}`"
        quoted = field.type["type"] in _NUMBERS and isinstance(value, str) and is_number(value)
        hint = "Remove the quotes." if quoted else None
        yield Misfit(at=place, message=f"{name} {sentence}", hint=hint)


def _split(given: dict[str, Any], fields: Fields, at: str) -> Iterator[Misfit]:
    names, rows = given["columns"], given["data"]
    columns: list[Column | Tensor | None]
    if fields[0].name is None:
        columns = [*fields] if len(names) == len(fields) else [None] * len(names)
        if len(names) != len(fields):
            found = counted(len(names), "column")
            message = f"The table has {found}, but the signature has {len(fields)}"
            yield Misfit(at=f"{at}/columns", message=message)
    else:
        named = {str(field.name): field for field in fields}
        yield from _names(names, named, f"{at}/columns", at_keys=False)
        columns = [named.get(name) for name in names]
    for number, row in enumerate(rows):
        place = join(at, "data", number)
        if len(row) != len(names):
            found, wanted = counted(len(row), "value"), counted(len(names), "column")
            message = f"The row has {found}, but the table has {wanted}"
            yield Misfit(at=place, message=message, hint="Give each row one value per column.")
            continue
        for index, (value, column) in enumerate(zip(row, columns, strict=True)):
            if column is not None:
                yield from _cell(value, column, join(place, index))


def _inputs(given: Any, fields: Fields, at: str) -> Iterator[Misfit]:
    if fields[0].name is not None and isinstance(given, dict):
        named = {str(field.name): field for field in fields}
        yield from _names(list(given), named, at, at_keys=True)
        for name, value in given.items():
            if name in named:
                yield from _input(value, named[name], join(at, name))
    elif isinstance(fields[0], Tensor):
        if fields[0].name is None and isinstance(given, list):
            yield from _input(given, fields[0], at)
        else:
            wanted = "a list" if fields[0].name is None else "a mapping of names to tensors"
            yield Misfit(at=at, message=f"Expected {wanted} for the signature's tensors")


def _input(value: Any, field: Column | Tensor, at: str) -> Iterator[Misfit]:
    name = "The tensor" if field.name is None else f"The input `{field.name}`"
    if isinstance(field, Tensor):
        for place, sentence in tensor_misfits(value, field, at):
            yield Misfit(at=place, message=f"{name} {sentence}")
    elif isinstance(value, list) and field.type["type"] != "array":
        # A list stands for the rows of a column.
        for index, item in enumerate(value):
            yield from _cell(item, field, join(at, index))
    else:
        yield from _cell(value, field, at)


_COMPLEX = " values such as 1.5 or `1+2j`"
_FORMS = {"bytes": " as an ASCII string", "complex64": _COMPLEX, "complex128": _COMPLEX}


def tensor_misfits(value: Any, tensor: Tensor, at: str) -> Iterator[ValueMisfit]:
    """Yield where ``value`` has not the tensor's shape, or elements of another kind."""
    lengths: dict[int, int] = {}
    yield from _level(value, tensor, at, 0, lengths)


def _level(
    value: Any, tensor: Tensor, at: str, depth: int, lengths: dict[int, int]
) -> Iterator[ValueMisfit]:
    shape = list(tensor.shape)
    if depth == len(shape):
        yield from _element(value, tensor, at)
    elif not isinstance(value, list):
        yield at, f"has {counted(depth, 'dimension')} here, but its shape {shape} has {len(shape)}"
    elif shape[depth] not in (-1, len(value)):
        yield at, f"has length {len(value)} here, but its shape {shape} requires {shape[depth]}"
    elif lengths.setdefault(depth, len(value)) != len(value):
        yield at, f"is ragged: the length is {len(value)} here, but {lengths[depth]} before"
    else:
        for index, item in enumerate(value):
            yield from _level(item, tensor, join(at, index), depth + 1, lengths)


def _element(value: Any, tensor: Tensor, at: str) -> Iterator[ValueMisfit]:
    if isinstance(value, list):
        yield at, f"has more dimensions than its shape {list(tensor.shape)}"
    elif not _fits(value, tensor.dtype):
        form = _FORMS.get(tensor.dtype, "")
        yield at, f"must contain {tensor.dtype}{form}, not {phrase(value)}"
    elif "int" in tensor.dtype and not _in_range(value, tensor.dtype):
        yield at, f"must contain {tensor.dtype}, but {phrase(value)} is out of range"


def _fits(value: Any, dtype: str) -> bool:
    if dtype == "object":
        return True
    if dtype == "bool" or isinstance(value, bool):
        return dtype == "bool" and isinstance(value, bool)
    if dtype in ("str", "bytes"):
        # MLflow's server leaves bytes to numpy, which takes ASCII alone and decodes no base64.
        return isinstance(value, str) and (dtype == "str" or value.isascii())
    if dtype.startswith("complex") and isinstance(value, str):
        return _is_complex(value)
    if dtype.startswith("datetime"):
        return isinstance(value, str) and is_time(value)
    if dtype.startswith(("int", "uint")):
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    # Floats, complex numbers and durations; null stands for NaN.
    return isinstance(value, int | float) or value is None


def _is_complex(text: str) -> bool:
    try:
        complex(text)
    except ValueError:
        return False
    return True


def _in_range(value: int | float, dtype: str) -> bool:
    bits = int(dtype.removeprefix("u").removeprefix("int"))
    low, high = (0, 1 << bits) if dtype.startswith("u") else (-(1 << bits - 1), 1 << bits - 1)
    return low <= value < high
