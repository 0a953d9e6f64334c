"""Hold the model's output against the signature's outputs: type, dtype, shape, columns, rows."""

# ruff: noqa: B905 - Python 3.9, which models may run on, has no zip(strict=)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .columns import column_problem
from .failure import Refusal, counted

Problem = tuple[str, str]
HINT = "change what `predict` returns, or the signature's `outputs`"


def check_output(output: Any, schema: Any) -> None:
    """Refuse an output that is not what ``schema`` (MLflow's) declares, naming every difference."""
    judge = _tensor_problems if schema.is_tensor_spec() else _column_problems
    problems = judge(output, schema)
    if not problems:
        return
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    first = problems[0][1]
    raise Refusal(
        f"The output does not match the signature: {first}{more}.",
        hint=HINT,
        problems=tuple(problems),
    )


def _tensor_problems(output: Any, schema: Any) -> list[Problem]:
    specs = list(schema.inputs)
    if isinstance(output, Mapping):
        return _named_tensor_problems(output, {spec.name: spec for spec in specs})
    if len(specs) > 1:
        names = ", ".join(str(spec.name) for spec in specs)
        return [("output-type", f"it is {_called(output)}, not a mapping of {names}")]
    return _one_tensor(output, specs[0], specs[0].name or "the output")


def _named_tensor_problems(output: Mapping[str, Any], specs: dict[str, Any]) -> list[Problem]:
    if None in specs:
        names = ", ".join(map(str, output))
        return [("output-type", f"it is a mapping of {names}, and one unnamed tensor is declared")]
    problems = _name_problems(list(output), list(specs), list(specs))
    for name, spec in specs.items():
        if name in output:
            problems += _one_tensor(output[name], spec, name)
    return problems


def _one_tensor(value: Any, spec: Any, name: str) -> list[Problem]:
    import numpy as np

    if not isinstance(value, (np.ndarray, np.generic, list, tuple, int, float, str, bool)):
        return [("output-type", f"{name} is {_called(value)}, and a tensor is declared")]
    try:
        array = np.asarray(value)
    except ValueError:
        return [("output-shape", f"{name} is a list of lists of different lengths")]
    found = []
    if not _dtype_fits(array, np.dtype(spec.type), exact=hasattr(value, "dtype")):
        found.append(("output-dtype", f"{name} is {array.dtype}, not {np.dtype(spec.type)}"))
    if not shape_fits(array.shape, tuple(spec.shape)):
        declared = tuple(int(length) for length in spec.shape)
        found.append(("output-shape", f"{name} has the shape {array.shape}, not {declared}"))
    return found


def _dtype_fits(array: Any, declared: Any, *, exact: bool) -> bool:
    if declared.kind in "OUS":
        return array.dtype.kind in "OUS"
    if exact:
        return bool(array.dtype == declared)
    # A list has no dtype of its own: only the kind of its numbers can be wrong.
    kinds = {"i": "iu", "u": "iu", "f": "fiu", "b": "b", "M": "MOU", "c": "cfiu"}
    return array.size == 0 or array.dtype.kind in kinds.get(declared.kind, declared.kind)


def shape_fits(shape: tuple[int, ...], declared: tuple[int, ...]) -> bool:
    """Tell whether ``shape`` is one of those that ``declared``, with -1 for any, allows."""
    return len(shape) == len(declared) and all(
        want in (-1, have) for have, want in zip(shape, declared)
    )


def _column_problems(output: Any, schema: Any) -> list[Problem]:
    specs = list(schema.inputs)
    columns = to_columns(output, specs)
    if isinstance(columns, str):
        return [("output-type", columns)]
    if not schema.has_input_names():
        if len(columns) != len(specs):
            return [
                ("output-columns", f"it has {counted(len(columns), 'column')}, not {len(specs)}")
            ]
        pairs = [
            (f"column {i}", values, spec)
            for i, (values, spec) in enumerate(zip(columns.values(), specs))
        ]
        return _values_problems(pairs)
    required = [spec.name for spec in specs if spec.required]
    problems = _name_problems(list(columns), [spec.name for spec in specs], required)
    named = [(spec.name, columns[spec.name], spec) for spec in specs if spec.name in columns]
    return problems + _values_problems(named)


def _values_problems(columns: list[tuple[str, Any, Any]]) -> list[Problem]:
    found = [column_problem(name, values, spec.type) for name, values, spec in columns]
    problems = [("output-dtype", text) for text in found if text]
    lengths = {name: len(values) for name, values, _ in columns}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        problems.append(("output-rows", f"its columns differ in their number of rows: {said}"))
    return problems


def _name_problems(there: list[Any], declared: list[str], required: list[str]) -> list[Problem]:
    missing = [name for name in required if name not in there]
    extra = [str(name) for name in there if name not in declared]
    problems = []
    if extra and set(extra) <= set(declared):
        # Numbers that are written as the declared names are.
        text = (
            f"the output's names {_listed(extra)} are numbers, not strings: of a table, set "
            "`table.columns = table.columns.astype(str)`"
        )
        return [("output-columns", text)]
    if missing:
        problems.append(("output-columns", f"the output is missing {_listed(missing)}"))
    if extra:
        problems.append(
            (
                "output-columns",
                f"the output has {_listed(extra)}, which the signature does not declare",
            )
        )
    return problems


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def to_columns(output: Any, specs: list[Any]) -> dict[Any, Any] | str:
    """Return name → values of a table-like output, or the sentence that says why it is none."""
    import numpy as np
    import pandas as pd

    if isinstance(output, pd.DataFrame):
        return {name: output.iloc[:, i] for i, name in enumerate(output.columns)}
    if isinstance(output, Mapping):
        lists = (list, tuple, np.ndarray, pd.Series)
        rows = any(isinstance(value, lists) for value in output.values())
        whole = {spec.name for spec in specs if not hasattr(spec.type, "to_numpy")}
        return {
            name: value if rows and isinstance(value, lists) and name not in whole else [value]
            for name, value in output.items()
        }
    if (
        isinstance(output, (list, tuple))
        and output
        and all(isinstance(row, Mapping) for row in output)
        and specs[0].name is not None
    ):
        names = dict.fromkeys(name for row in output for name in row)
        return {name: [row.get(name) for row in output] for name in names}
    if isinstance(output, np.ndarray) and output.ndim == 2:
        if len(specs) != output.shape[1]:
            are = "is" if len(specs) == 1 else "are"
            given = counted(output.shape[1], "column")
            return f"it is an array of {given}, and {len(specs)} {are} declared"
        return {spec.name or i: output[:, i] for i, spec in enumerate(specs)}
    return _single_column(output, specs)


def _single_column(output: Any, specs: list[Any]) -> dict[Any, Any] | str:
    import numpy as np
    import pandas as pd

    if len(specs) > 1:
        return f"it is {_called(output)}, and {len(specs)} columns are declared"
    name = specs[0].name
    if isinstance(output, pd.Series):
        return {name if output.name in (None, name) else output.name: output}
    if isinstance(output, np.ndarray) and output.ndim == 1:
        return {name: output}
    whole = not hasattr(specs[0].type, "to_numpy")
    if isinstance(output, (list, tuple)) and not whole:
        return {name: list(output)}
    if isinstance(output, list):  # one array, or one a row: both are written as a list
        nested = all(isinstance(item, (list, dict)) for item in output)
        return {name: output if nested else [output]}
    if isinstance(output, (np.ndarray, pd.Index)):
        return f"it is an array of the shape {output.shape}, and one column is declared"
    if isinstance(output, (str, bytes, bool, int, float, np.generic)):
        return {name: [output]}
    return f"it is {_called(output)}, and columns are declared"


def _called(value: Any) -> str:
    kind = type(value)
    if kind.__module__ in {"builtins", "numpy"}:
        return f"of type {kind.__name__}"
    return f"of type {kind.__module__.partition('.')[0]}.{kind.__name__}"
