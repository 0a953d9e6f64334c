"""The model's class as its source shows it: there, a PythonModel, and constructed as it wants."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from mlpack.core.errors import Problem, Related, Span
from mlpack.manifest.code import ClassFacts, Mistake, ModuleFacts
from mlpack.manifest.document import join
from mlpack.manifest.rules import class_reference
from mlpack.manifest.rules.agents import PREDICT
from mlpack.manifest.rules.modules import Found, find_class, of
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View


def check(view: View) -> Iterator[Problem]:
    """Yield what keeps the class from being a model, as far as its source tells."""
    if not view.has_class:
        return
    found = find_class(view)
    if found is None:
        yield from _check_module(view)
        return
    yield from _check_base(view, found)
    yield from _check_predict(view, found)


def check_init(view: View) -> Iterator[Problem]:
    """Yield where the constructor does not take what the manifest gives."""
    found = find_class(view)
    if found is None or _is_made_otherwise(found):
        return
    if found.model.init_from:
        # Without a model_config there is nothing to take.
        if "model_config" in view.keys:
            yield from _check_one_argument(view, found)
    else:
        yield from _check_keywords(view, found)


def _at(view: View) -> str:
    return "/model/class" if isinstance(view.keys["model"], dict) else "/model"


def _related(message: str, span: Span) -> tuple[Related, ...]:
    return (Related(message=message, span=span),)


def _check_module(view: View) -> Iterator[Problem]:
    """Yield why the class is not found, where that is certain."""
    model = class_reference.parse(view)
    module = of(view).module(model.module)
    if module is None:
        return
    if module.mistake is None:
        yield from _missing_class(view, module, model.qualname)
    elif can_judge_syntax(view):
        yield syntax_problem(module.mistake, "error")


def can_judge_syntax(view: View) -> bool:
    """Whether this Python knows all the syntax of the model's."""
    minor = str(view.keys.get("python", "")).removeprefix("3.")
    return minor.isdigit() and int(minor) <= sys.version_info.minor


def syntax_problem(mistake: Mistake, severity: str) -> Problem:
    """Return the finding for a module that is no Python."""
    return Problem(
        code="bad-python",
        message=f"This is not valid Python: {mistake.message}",
        span=mistake.span,
        hint="Fix the syntax.",
        severity="error" if severity == "error" else "warning",
    )


def _missing_class(view: View, module: ModuleFacts, qualname: str) -> Iterator[Problem]:
    first = qualname.partition(".")[0]
    star = any("*" in each.names for each in module.imports)
    if first in module.defined or star or "__getattr__" in module.defined:
        return
    name = module.module
    near = closest(qualname, [each.qualname for each in module.classes])
    listed = ", ".join(f"`{each.qualname}`" for each in module.classes[:5])
    hint = f"It has {listed}." if listed else "Define it there, or fix the reference."
    yield view.problem(
        "missing-class",
        f"The module `{name}` has no class `{qualname}`",
        at=_at(view),
        hint=f"Did you mean `{name}:{near}`?" if near else hint,
    )


def _check_base(view: View, found: Found) -> Iterator[Problem]:
    name, verdict = found.facts.name, found.family.is_model
    related = _related("the class", found.facts.span)
    if verdict == "no":
        message = f"`{name}` is not a subclass of mlflow.pyfunc.PythonModel"
        hint = f"Write `class {name}(mlflow.pyfunc.PythonModel):`."
        yield view.problem("not-a-model", message, at=_at(view), hint=hint, related=related)
    elif verdict == "unknown" and found.family.unknown:
        yield _unknown_base(found)


def _unknown_base(found: Found) -> Problem:
    base = found.family.unknown[0]
    near = None
    if (base.resolved or "").startswith("mlflow."):
        near = closest(base.written.rpartition(".")[2], ["PythonModel"])
    hint = "If it is one, add `# mlpack: ignore[unknown-base]` to that line."
    return Problem(
        code="unknown-base",
        message=f"Cannot tell whether `{found.facts.name}` is a PythonModel: "
        f"its base class `{base.written}` is outside the code paths",
        span=base.span,
        hint=f"Did you mean `mlflow.pyfunc.{near}`?" if near else hint,
        severity="warning",
    )


def _check_predict(view: View, found: Found) -> Iterator[Problem]:
    predict = found.family.method("predict")
    if predict is not None and predict.is_async:
        yield Problem(
            code="async-predict",
            message="`predict` is async, but MLflow calls it without awaiting it",
            span=predict.span,
            hint="Write `def predict`, and run the coroutine inside it with `asyncio.run(...)`.",
        )
    if found.family.is_model == "yes" and found.family.has("predict") == "no":
        methods = [each.name for _, facts in found.family.members for each in facts.methods]
        near = closest("predict", [name for name in methods if not name.startswith("__")])
        given = PREDICT.get(found.family.agent or "", "self, context, model_input, params=None")
        hint = f"Define `def predict({given}):`."
        yield view.problem(
            "missing-predict",
            f"`{found.facts.name}` has no method `predict`",
            at=_at(view),
            hint=f"Rename `{near}` to `predict`." if near else hint,
            related=_related("the class", found.facts.span),
        )


def _is_made_otherwise(found: Found) -> bool:
    """Whether something else than a visible ``__init__`` decides what the constructor takes."""
    family = found.family
    visible = family.method("__init__") is not None
    hidden = any(_is_generated(facts) for _, facts in family.members)
    return hidden or bool(family.unknown and not visible) or family.is_model != "yes"


def _is_generated(facts: ClassFacts) -> bool:
    init = facts.method("__init__")
    wrapped = bool(init and init.decorators) or facts.method("__new__") is not None
    return wrapped or bool(facts.decorators or facts.metaclass)


def _check_one_argument(view: View, found: Found) -> Iterator[Problem]:
    init = found.family.method("__init__")
    given = init.given if init else ()
    takes = [each for each in given if each.kind in ("positional", "positional-only", "variadic")]
    more = [each for each in given if each.required and each not in takes[:1]]
    if takes and not more:
        return
    name = found.facts.name
    message = f"`{name}` cannot be constructed with `model_config` as its only argument"
    if more and takes:
        message = f"`{name}` also requires `{more[0].name}`, but gets only `model_config`"
    yield view.problem(
        "bad-init",
        message,
        at="/model/init_from",
        hint="Make the constructor take a single mapping, or pass its arguments with `init`.",
        related=_constructor(found),
    )


def _check_keywords(view: View, found: Found) -> Iterator[Problem]:
    init = found.family.method("__init__")
    given = init.given if init else ()
    takes = [each.name for each in given if each.kind in ("positional", "keyword-only")]
    open_ended = any(each.kind == "keywords" for each in given)
    written = found.model.init
    wrong = [key for key in written if key not in takes and not open_ended]
    free = [name for name in takes if name not in written]
    meant = {key: closest(key, free) for key in wrong}
    for key in wrong:
        yield _unknown_keyword(view, found, key, meant[key], takes)
    missing = [each.name for each in given if each.required and each.name not in written]
    # A misspelt keyword and the one that it should have been are one mistake.
    absent = [name for name in missing if name not in meant.values()]
    if absent:
        yield _missing_keywords(view, found, absent)


def _unknown_keyword(
    view: View, found: Found, key: str, near: str | None, takes: list[str]
) -> Problem:
    listed = ", ".join(f"`{name}`" for name in takes)
    hint = (
        f"It accepts {listed}."
        if takes
        else "Remove it; the constructor accepts no keyword arguments."
    )
    return view.problem(
        "bad-init",
        f"The constructor of `{found.facts.name}` has no parameter `{key}`",
        at=join("/model/init", key),
        key=True,
        hint=f"Did you mean `{near}`?" if near else hint,
        related=_constructor(found),
    )


def _missing_keywords(view: View, found: Found, names: list[str]) -> Problem:
    given = bool(found.model.init)
    listed = ", ".join(f"`{name}`" for name in names)
    written = ", ".join(f"{name}: …" for name in names)
    return view.problem(
        "bad-init",
        f"The constructor of `{found.facts.name}` requires {listed}",
        at="/model/init" if given else _at(view),
        key=given,
        hint=f"Set `init: {{{written}}}`, or add a default value in the code.",
        related=_constructor(found),
    )


def _constructor(found: Found) -> tuple[Related, ...]:
    init = found.family.method("__init__")
    return _related("its constructor", init.span) if init else ()
