"""What no model needs, and a pickle can have run when it is loaded."""

from __future__ import annotations

from collections.abc import Iterable

from mlpack.authoring.files.pickled import Global

_MODULES = frozenset(
    (
        "asyncio", "code", "commands", "ctypes", "ftplib", "http", "httplib", "imp", "importlib",
        "nt", "os", "pip", "posix", "pty", "requests", "runpy", "shutil", "smtplib", "socket",
        "ssl", "subprocess", "sys", "telnetlib", "urllib", "urllib2", "webbrowser", "winreg",
    )
)  # fmt: skip
_BUILTINS = frozenset(
    (
        "__import__", "apply", "breakpoint", "compile", "delattr", "eval", "exec", "execfile",
        "globals", "input", "open", "setattr",
    )
)  # fmt: skip
_ANYWHERE = frozenset(("os", "posix", "subprocess", "__import__", "__globals__", "__builtins__"))


def suspicious(globals: Iterable[Global]) -> tuple[str, ...]:
    """Return what among the names that a pickle looks up can run code or reach the network."""
    return tuple(f"{each.module}.{each.name}" for each in globals if _is_suspicious(each))


def _is_suspicious(found: Global) -> bool:
    if found.module in ("builtins", "__builtin__"):
        return found.name.partition(".")[0] in _BUILTINS
    if found.module == "io":
        return found.name.startswith("open")
    # Another module's own import of `os` is looked up as `some.module` and `os.system`.
    return found.top in _MODULES or bool(_ANYWHERE.intersection(found.name.split(".")))
