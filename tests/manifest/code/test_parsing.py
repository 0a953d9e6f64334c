"""Source text as facts."""

from __future__ import annotations

import textwrap

import pytest

from mlpack.manifest.code import ModuleFacts, Parameter, parse


def _parse(
    text: str, module: str | None = "pack.model", *, is_package: bool = False
) -> ModuleFacts:
    return parse(
        textwrap.dedent(text).lstrip("\n"), file="model.py", module=module, is_package=is_package
    )


def _flags(facts: ModuleFacts) -> dict[str, tuple[bool, bool, bool, bool]]:
    return {
        each.module: (each.nested, each.guarded, each.type_checking, each.conditional)
        for each in facts.imports
    }


def test_classes_have_bases_methods_and_parameters() -> None:
    facts = _parse(
        '''
        import mlflow.pyfunc as mp
        from mlflow.pyfunc import PythonModel
        Alias = PythonModel

        class Base(mp.PythonModel):
            """A base."""

        class Model(Base, Alias, make()):
            size: int = 3
            class Inner(PythonModel): ...
            def __init__(self, a, /, b, *args, c=1 + 1, d, **rest): ...
            def predict(self, context, model_input: "pd.DataFrame", params: dict | None = None): ...
        '''
    )
    assert [each.qualname for each in facts.classes] == ["Base", "Model", "Model.Inner"]
    base, model, inner = facts.classes
    assert (base.docstring, base.bases[0].resolved) == ("A base.", "mlflow.pyfunc.PythonModel")
    assert [each.resolved for each in model.bases] == [
        "pack.model.Base", "mlflow.pyfunc.PythonModel", None,
    ]  # fmt: skip
    assert [each.written for each in model.bases] == ["Base", "Alias", "make()"]
    assert inner.bases[0].resolved == "mlflow.pyfunc.PythonModel"
    assert model.attributes == ("size",)
    init = model.method("__init__")
    assert init is not None
    assert [(each.name, each.kind, each.default, each.required) for each in init.given] == [
        ("a", "positional-only", None, True),
        ("b", "positional", None, True),
        ("args", "variadic", None, False),
        ("c", "keyword-only", "1 + 1", False),
        ("d", "keyword-only", None, True),
        ("rest", "keywords", None, False),
    ]
    predict = model.method("predict")
    assert predict is not None
    annotated: list[Parameter] = [each for each in predict.given if each.annotation]
    assert [each.annotation for each in annotated] == ["'pd.DataFrame'", "dict | None"]


def test_places_count_characters_and_cover_names() -> None:
    facts = _parse('é = "模"; import os\nclass   Net(object): pass\n')
    assert (facts.imports[0].span.column, facts.imports[0].span.end_column) == (10, 19)
    span = facts.classes[0].span
    assert (span.line, span.column, span.end_column) == (2, 9, 12)


def test_imports_say_when_they_happen() -> None:
    facts = _parse(
        """
        import a.b
        from . import sibling
        from ..other import thing as t
        try:
            import c
        except ImportError:
            import d
        if TYPE_CHECKING:
            import e
        if sys.platform == "win32":
            import f
        def work():
            import g
        with contextlib.suppress(ImportError):
            import h
        try:
            import i
        except ValueError:
            pass
        """,
        module="pack.inner.model",
    )
    assert _flags(facts) == {
        "a.b": (False, False, False, False),
        "pack.inner": (False, False, False, False),
        "pack.other": (False, False, False, False),
        "c": (False, True, False, True),
        "d": (False, True, False, True),
        "e": (False, False, True, True),
        "f": (False, False, False, True),
        "g": (True, False, False, False),
        "h": (False, True, False, True),
        "i": (False, False, False, True),
    }
    assert facts.names["t"] == "pack.other.thing"


@pytest.mark.parametrize(
    ("module", "is_package", "expected"),
    [
        ("pack", True, "pack.x"),
        ("pack.m", False, "pack.x"),
        ("m", False, ".x"),
        (None, False, ".x"),
    ],
)
def test_relative_imports_start_from_the_package(
    module: str | None, is_package: bool, expected: str
) -> None:
    facts = _parse("from .x import y", module=module, is_package=is_package)
    assert facts.imports[0].module == expected


def test_a_syntax_error_is_a_value() -> None:
    facts = _parse("import os\ndef f(:\n    pass\n")
    assert facts.mistake is not None
    assert (facts.mistake.span.line, facts.mistake.span.column) == (2, 7)
    assert facts.imports == ()


@pytest.mark.parametrize("text", ["a\0b", "(" * 5000, "x = " + "-" * 200_000 + "1"], ids=len)
def test_what_breaks_the_parser_is_a_value_too(text: str) -> None:
    assert parse(text, file="f.py").mistake is not None


def test_comments_silence_by_code() -> None:
    facts = _parse("import x  # mlpack: ignore[unknown-import, y-z]\n")
    assert facts.silenced == {1: frozenset({"unknown-import", "y-z"})}


def test_writes_beside_the_module_are_found() -> None:
    facts = _parse(
        """
        import os
        from pathlib import Path
        HERE = Path(__file__).resolve().parent
        CACHE = os.path.join(os.path.dirname(__file__), "cache")
        def f(self, out):
            (HERE / "a.txt").write_text("x")
            open(CACHE, "w")
            open(HERE / "weights.bin", "rb")
            (HERE / "b").open("wb")
            os.makedirs(CACHE, exist_ok=True)
            Path(out).write_text("fine")
            open("elsewhere", "w")
            np.save(f"{CACHE}/x.npy", array)
        if __name__ == "__main__":
            (HERE / "log").write_text("not imported")
        """
    )
    assert [(each.call, each.span.line) for each in facts.writes] == [
        ("write_text", 6), ("open", 7), ("open", 9), ("makedirs", 10), ("save", 13),
    ]  # fmt: skip
