"""The record task: run code of the user's for what it tells, with MLflow's saving replaced.

Nothing is saved, logged or registered: recorders stand where MLflow's functions do.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import inspect
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .failure import Refusal, one_line
from .plain import NotPlainError, plain, protocol
from .signature import to_fields

Stage = Callable[[str], None]
SAVERS = ("save_model", "log_model")
# What a script does around saving, and what must not happen here.
SILENCED = (
    "set_tracking_uri", "set_registry_uri", "set_experiment", "create_experiment", "start_run",
    "end_run", "active_run", "last_active_run", "log_param", "log_params", "log_metric",
    "log_metrics", "log_artifact", "log_artifacts", "log_dict", "log_text", "log_figure",
    "log_image", "log_table", "log_input", "set_tag", "set_tags", "set_experiment_tag",
    "set_experiment_tags", "register_model", "autolog", "get_experiment_by_name", "MlflowClient",
    "set_active_model", "initialize_logged_model", "create_external_model",
)  # fmt: skip


def record(request: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Run the script; return the objects asked for, or every call that would have saved a model."""
    folder = Path(request["folder"])
    for path in reversed(["", *request["code_paths"]]):
        sys.path.insert(0, str(folder / Path(path).parent) if path else str(folder))
    recorder = Recorder(folder)
    with recorder.in_place():
        stage("script")
        if request["names"]:
            return _named(folder / request["script"], request["names"])
        ended = _run(folder / request["script"], request, recorder)
    return {"calls": recorder.calls, "ended": ended, "silenced": sorted(recorder.silenced)}


def _named(path: Path, names: dict[str, str]) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None  # noqa: S101 - a file that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found: dict[str, Any] = {}
    for what, name in names.items():
        if not hasattr(module, name):
            raise Refusal(f"{path.name} does not define {name}.")
        value = getattr(module, name)
        found[what] = to_fields(value) if what == "signature" else _example(value)
    return found


def _run(path: Path, request: dict[str, Any], recorder: Recorder) -> str | None:
    """Run a script as a program; return how it ended, if that was not its end."""
    sys.argv = [str(path), *request["arguments"]]
    try:
        if request["module"]:
            runpy.run_module(request["module"], run_name="__main__")
        else:
            runpy.run_path(str(path), run_name="__main__")
    except SystemExit as error:
        if not recorder.calls and error.code not in (None, 0):
            raise
    except Exception as error:
        # What comes after saving, such as loading the model again, finds nothing here.
        if not recorder.calls:
            raise
        return one_line(error)
    return None


def _example(value: Any) -> dict[str, Any]:
    try:
        return protocol(value)
    except NotPlainError as error:
        raise Refusal(f"the example cannot be written as JSON: {error}") from error


class Recorder:
    """Stands where MLflow saves models, and notes what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[dict[str, Any]] = []
        self.silenced: set[str] = set()
        self._made: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Replace MLflow's functions while the block runs."""
        import mlflow
        import mlflow.pyfunc

        for name in SAVERS:
            setattr(mlflow.pyfunc, name, self._saver(name, getattr(mlflow.pyfunc, name)))
        mlflow.pyfunc.load_model = self._silent("load_model")
        for name in SILENCED:
            if hasattr(mlflow, name):
                setattr(mlflow, name, self._silent(name))
        with contextlib.suppress(ImportError):
            import mlflow.tracking

            mlflow.tracking.MlflowClient = mlflow.MlflowClient
        mlflow.pyfunc.PythonModel.__new__ = staticmethod(self._new)
        yield

    def _new(self, cls: type, *args: Any, **kwargs: Any) -> Any:
        instance: Any = object.__new__(cls)
        self._made.append((instance, args, kwargs))
        return instance

    def _silent(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.silenced.add(name)
            return Quiet()

        return call

    def _saver(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        parameters = inspect.signature(real)

        def call(*args: Any, **kwargs: Any) -> Any:
            bound = parameters.bind(*args, **kwargs).arguments
            given = {**bound, **bound.get("kwargs", {})}
            given.pop("kwargs", None)
            self.calls.append(self._noted(name, given))
            return Quiet()

        return call

    def _noted(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        call: dict[str, Any] = {"saver": name, "problems": {}}
        call.update(self._model(given.pop("python_model", None)))
        signature = given.pop("signature", None)
        if hasattr(signature, "to_dict"):
            call["signature"] = to_fields(signature)
        elif signature is not None:
            self._try(call, "signature", lambda: plain(signature))
        example = given.pop("input_example", None)
        if example is not None:
            self._try(call, "input_example", lambda: protocol(example))
        for key, value in given.items():
            if value is not None:
                value = _written(value)
                self._try(call, key, functools.partial(self._plain, value))
        return call

    def _plain(self, value: Any) -> Any:
        return plain(self._relative(value))

    def _try(self, call: dict[str, Any], key: str, make: Callable[[], Any]) -> None:
        try:
            call[key] = make()
        except NotPlainError as error:
            call["problems"][key] = str(error)

    def _model(self, model: Any) -> dict[str, Any]:
        if isinstance(model, (str, Path)):
            return {"model_script": self._relative(str(model))}
        cls = type(model)
        if model is None or inspect.isfunction(model):
            return {"function": getattr(model, "__name__", None)}
        file = inspect.getsourcefile(cls) if cls.__module__ != "__main__" else sys.argv[0]
        found: dict[str, Any] = {
            "class": f"{cls.__module__}:{cls.__qualname__}",
            "class_file": self._relative(str(file or "")),
        }
        made = [(a, k) for instance, a, k in self._made if instance is model]
        if made:
            with contextlib.suppress(NotPlainError, TypeError, ValueError):
                bound = inspect.signature(cls).bind(*made[0][0], **made[0][1])
                found["init"] = _keywords(bound)
        return found

    def _relative(self, value: Any) -> Any:
        """Return paths below the folder as relative ones, in whatever holds them."""
        if isinstance(value, dict):
            return {key: self._relative(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._relative(item) for item in value]
        if isinstance(value, Path):
            value = str(value)
        if isinstance(value, str) and value.startswith("/"):
            for home in (self.folder, self.folder.resolve()):
                if Path(value).is_relative_to(home):
                    return Path(value).relative_to(home).as_posix()
        return value


def _written(value: Any) -> Any:
    """Return MLflow's resources and policies as it writes them, anything else as it is."""
    if isinstance(value, list):
        return [_written(item) for item in value]
    is_mlflows = type(value).__module__ in ("mlflow.models.resources", "mlflow.models.auth_policy")
    return value.to_dict() if is_mlflows else value


def _keywords(bound: inspect.BoundArguments) -> dict[str, Any]:
    """Return a constructor's arguments by name; ``NotPlainError`` where one has none."""
    found: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            found.update(value)
        elif kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
            raise NotPlainError(f"`{name}` cannot be passed by keyword")
        else:
            found[name] = value
    return {name: plain(value) for name, value in found.items()}


class Quiet:
    """Takes the place of whatever MLflow would have returned, and lets everything be done to it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Quiet:
        return self

    def __getattr__(self, name: str) -> Quiet:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Quiet:
        return self

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __str__(self) -> str:
        return "recorded"

    __repr__ = __str__
