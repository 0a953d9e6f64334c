"""What a misspelt or foreign word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

# What people bring from MLflow, pip, conda, uv and other packagers.
_ALIASES: dict[str, tuple[str, ...]] = {
    "artifact": ("artifacts",),
    "artifact_dir_path": ("build", "output"),
    "artifact_path": ("name",),
    "authors": ("metadata",),
    "bfloat16": ("float32",),
    "class_ref": ("class",),
    "args": ("init", "params"),
    "checkpoint": ("artifacts",),
    "checkpoints": ("artifacts",),
    "checksum": ("sha256",),
    "class_name": ("class",),
    "class_path": ("class",),
    "cls": ("class",),
    "code": ("code_paths",),
    "code_dir": ("code_paths",),
    "command": ("fetch",),
    "conda_env": ("dependencies",),
    "config": ("model_config",),
    "dataframe": ("dataframe_records",),
    "deps": ("dependencies",),
    "digest": ("sha256",),
    "dim": ("shape",),
    "dims": ("shape",),
    "download": ("fetch",),
    "env_vars": ("env",),
    "environment": ("env", "dependencies"),
    "example": ("input_example",),
    "extra_pip_requirements": ("dependencies", "requirements"),
    "format": ("serialization",),
    "hash": ("sha256",),
    "hyperparameters": ("model_config",),
    "install_requires": ("dependencies", "requirements"),
    "kwargs": ("init",),
    "json_payload_filepath": ("input_example",),
    "labels": ("tags",),
    "license": ("metadata",),
    "local_path": ("path",),
    "model_class": ("model",),
    "model_name": ("name",),
    "model_config_json": ("model_config",),
    "model_dir": ("artifacts",),
    "model_file": ("artifacts",),
    "model_path": ("artifacts",),
    "model_signature": ("signature",),
    "model_tag": ("tags",),
    "model_tags": ("tags",),
    "model_version": ("version",),
    "out": ("output",),
    "output_dir": ("output",),
    "packages": ("dependencies", "requirements"),
    "parameters": ("params",),
    "pip": ("dependencies", "requirements"),
    "pip_requirements": ("dependencies", "requirements"),
    "python_model": ("model",),
    "python_version": ("python",),
    "python_requirements": ("dependencies",),
    "python_packages": ("dependencies",),
    "records": ("dataframe_records",),
    "registered_model_name": ("name",),
    "requires_python": ("python",),
    "requirements": ("dependencies",),
    "requirements_file": ("file",),
    "runtime": ("python",),
    "sample": ("input_example",),
    "service": ("model",),
    "state_dict": ("artifacts",),
    "tokenizer": ("artifacts",),
    "vocab": ("artifacts",),
    "sample_input": ("input_example",),
    "schema": ("signature",),
    "schema_version": ("mlpack",),
    "source": ("uri",),
    "split": ("dataframe_split",),
    "tensor-spec": ("dtype",),
    "url": ("uri", "index_url"),
    "weights": ("artifacts",),
    # Names of types.
    "bool": ("boolean", "bool"),
    "bytes": ("binary",),
    "date": ("datetime",),
    "dict": ("map", "object"),
    "double": ("float64",),
    "float": ("float32",),
    "float32": ("float",),
    "float64": ("double",),
    "half": ("float16",),
    "int": ("long", "int64"),
    "int16": ("integer",),
    "int32": ("integer",),
    "int64": ("long",),
    "int8": ("integer",),
    "list": ("array",),
    "long": ("int64",),
    "integer": ("int32",),
    "boolean": ("bool",),
    "number": ("double",),
    "number[]": ("array",),
    "str": ("string",),
    "string": ("str",),
    "struct": ("object",),
    "text": ("string", "str"),
    "timestamp": ("datetime",),
    "uint8": ("integer",),
    # Values.
    "cloudpickle": ("pickle",),
    "models-from-code": ("code",),
}


def known_alias(word: str, choices: Iterable[str]) -> str | None:
    """Return the one of ``choices`` that other tools call ``word``."""
    available = set(choices)
    normal = word.strip().lower()
    candidates = (normal.replace("-", "_"), *_ALIASES.get(normal.replace("-", "_"), ()))
    return next(
        (name for name in (*candidates, *_ALIASES.get(normal, ())) if name in available), None
    )


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the one of ``choices`` that ``word`` was probably meant to be."""
    import difflib

    names = sorted(set(choices))
    found = known_alias(word, names)
    if found:
        return found
    near = difflib.get_close_matches(
        word.lower(), [name.lower() for name in names], n=1, cutoff=0.7
    )
    return next((name for name in names if near and name.lower() == near[0]), None)
