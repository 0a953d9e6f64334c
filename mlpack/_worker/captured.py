"""What a run warns of: warnings raised while it ran, and rows that the output does not have."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .failure import HERE, counted, shortened
from .output import to_columns

CODE = "model-warning"
FILTER = (
    "Remove the cause, or filter it in the model's code: "
    '`warnings.filterwarnings("ignore", message="...")`.'
)
LEVEL = 'Remove the cause, or in the model\'s code: `logging.getLogger("{}").setLevel("ERROR")`.'
MOST = 20
LONGEST = 600
_UNPICKLED = re.compile(
    r"Trying to unpickle estimator .* from version (\S+) when using version (\S+)\. "
)
_COLORS = re.compile(r"\033\[[0-9;]*m")

# What mlpack itself causes, and MLflow's advice on what a manifest has settled: the place below the
# environment's packages, and how the message begins.
_NOISE = (
    # The signature is the manifest's, so none is to be inferred from type hints.
    ("mlflow/", "Add type hints to the `predict` method"),
    ("mlflow/", "Any type hint is inferred as AnyType"),
    ("mlflow/", "Union type hint "),
    ("mlflow/", "Type hint used in the model's predict function is not supported"),
    ("mlflow/", "Failed to extract type hints from function"),
    # MLflow 2.20 of its own chat classes, whose methods take messages.
    ("mlflow/", "Model's `predict` method contains invalid parameters: {'messages'}"),
    ("mlflow/", "Model's `predict_stream` method contains invalid parameters: {'messages'}"),
    # Tracking goes to an empty folder that mlpack sets, so that none is made in the working folder.
    ("mlflow/", "The filesystem tracking backend"),
    ("mlflow/", "Creating a trace within the default experiment"),
    ("mlflow/", "Failed to send trace to MLflow backend"),
    # HOME is empty, so nothing is cached there.
    ("matplotlib/", "Matplotlib is building the font cache"),
    # A thread of mlpack's watches its parent, and another predicts.
    ("", "This process (pid="),
)


class Heard:
    """Hears what is warned of, in all threads; ``warnings`` are those so far.

    What the model's own filters, or its loggers' levels, leave out is not heard. ``known`` was
    heard before.
    """

    def __init__(self, package: str, known: Iterable[dict[str, Any]] = ()) -> None:
        self._package = package
        self._code = os.path.join(package, "code")  # noqa: PTH118
        self._known = list(known)
        self._found: dict[tuple[str, str], dict[str, Any]] = {}
        self._more = 0
        self._show_own_deprecations()

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What was heard, as findings in plain data; of very many the first, and their number."""
        found = [*self._known, *self._found.values()]
        if self._more:
            found.append(finding(CODE, f"{self._more} more warnings were raised", FILTER))
        return found

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what is warned of within; filters that the model sets stay afterwards."""
        call = logging.Logger.callHandlers

        def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                # What is wrong with a record is for its handlers to say.
                with contextlib.suppress(Exception):
                    self._note(
                        record.name,
                        record.getMessage(),
                        record.pathname,
                        record.lineno,
                        LEVEL.format(record.name),
                    )
            call(logger, record)

        # Libraries have loggers that do not propagate: each record goes through here.
        logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign, assignment]
        try:
            with each_warning(lambda kind, *told: self._note(kind.__name__, *told)):
                yield
        finally:
            logging.Logger.callHandlers = call  # type: ignore[method-assign]

    def _note(self, kind: str, said: str, filename: str, line: int, hint: str = FILTER) -> None:
        """Keep a warning, unless it was heard before or is noise."""
        text = self._shown(said)
        is_own = filename.startswith(self._code + os.sep)
        place = _importable(shortened(filename, [self._code, self._package]))
        if (kind, text) in self._found or _is_noise(place, text):
            return
        if len(self._found) >= MOST:
            self._more += 1
            return
        message, hint = f"{kind}: {text}", _pin(text) or hint
        if is_own:
            source = linecache.getline(filename, line)
            found = finding(CODE, message, hint, file=place, line=line, source=source)
        elif filename.startswith((HERE, "<")):
            found = finding(CODE, message, hint)
        else:
            found = finding(CODE, f"{place}:{line}: {message}", hint)
        self._found[kind, text] = found

    def _shown(self, said: str) -> str:
        text = " ".join(_COLORS.sub("", said).split())
        text = text.replace(self._package + os.sep, "")
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    def _show_own_deprecations(self) -> None:
        """Let Python show what the package's own code is warned of, as it does for a script."""
        with contextlib.suppress(OSError):
            names = [re.escape(name.partition(".")[0]) for name in os.listdir(self._code)]  # noqa: PTH208
            if names:
                module = rf"({'|'.join(names)})(\.|$)"
                warnings.filterwarnings("default", category=DeprecationWarning, module=module)


@contextlib.contextmanager
def each_warning(take: Callable[[type[Warning], str, str, int], object]) -> Iterator[None]:
    """Give each warning that Python shows within to ``take``: category, text, file and line."""
    usual = warnings.showwarning

    def show(message: Any, category: Any, filename: str, lineno: int, *rest: Any) -> None:
        take(category, str(message), filename, lineno)
        usual(message, category, filename, lineno, *rest)

    warnings.showwarning = show  # type: ignore[assignment]
    try:
        yield
    finally:
        # What the model has put in its place stays.
        if warnings.showwarning is show:
            warnings.showwarning = usual


def finding(code: str, message: str, hint: str, **place: Any) -> dict[str, Any]:
    """Return a warning as mlpack reads it.

    Its place is a ``pointer`` into the manifest, or a ``file`` below the package's ``code/`` with a
    ``line`` and its text, the ``source``.
    """
    return {"code": code, "message": message, "hint": hint, **place}


def _importable(filename: str) -> str:
    """Return ``sklearn/base.py`` for a file below one of the folders that Python imports from."""
    roots = [root for root in sys.path if root and filename.startswith(root + os.sep)]
    return filename[len(max(roots, key=len)) + 1 :] if roots else filename


def _pin(text: str) -> str | None:
    """Return the way out where scikit-learn reads a pickle of another version."""
    versions = _UNPICKLED.match(text)
    if versions is None:
        return None
    old, new = versions.groups()
    return f"Pin `scikit-learn=={old}` in `dependencies`, or write the pickle again with {new}."


def _is_noise(place: str, text: str) -> bool:
    return any(place.startswith(below) and text.startswith(words) for below, words in _NOISE)


URI = "input_uri"
HINT = (
    "Return one row for each row of `model_input`: Spark and others pair them by their order. "
    "If this is intended, silence it with a comment there: `# mlpack: ignore[row-count]`."
)


def check_rows(fed: Any, output: Any, model: Any, package: str) -> list[dict[str, Any]]:
    """Return a finding where a table gets an output of another length.

    The data at a URI may have any number of rows.
    """
    import pandas as pd

    if not isinstance(fed, pd.DataFrame) or URI in fed.columns:
        return []
    signature = model.metadata.signature
    given = row_count(output, None if signature is None else signature.outputs)
    if given is None or given == len(fed):
        return []
    message = f"`predict` returned {counted(given, 'row')} for {counted(len(fed), 'row')}"
    return [finding("row-count", message, HINT, **_place(model, package))]


def row_count(output: Any, schema: Any) -> int | None:
    """Return how many rows an output has, or ``None`` where it is none that has rows.

    ``schema`` is MLflow's of the outputs, or ``None``.
    """
    columns: Any = output if isinstance(output, Mapping) else {None: output}
    if schema is not None and not schema.is_tensor_spec():
        columns = to_columns(output, list(schema.inputs))
    if isinstance(columns, str) or not columns:
        return None
    first = next(iter(columns.values()))
    if isinstance(first, (str, bytes, Mapping)) or getattr(first, "shape", None) == ():
        return None
    return len(first) if hasattr(first, "__len__") else None


def _place(model: Any, package: str) -> dict[str, Any]:
    """Return where the class defines ``predict``, if that is in the package."""
    with contextlib.suppress(Exception):
        code = inspect.unwrap(type(model.unwrap_python_model()).predict).__code__
        folder = os.path.join(package, "code") + os.sep  # noqa: PTH118
        if code.co_filename.startswith(folder):
            file, line = code.co_filename[len(folder) :], code.co_firstlineno
            source = linecache.getline(code.co_filename, line)
            return {"file": file, "line": line, "source": source}
    return {}
