"""What a manifest, its requirement files and its pyproject.toml ask of the resolver."""

from __future__ import annotations

import re

import pytest

from mlpack.core.errors import ManifestError
from tests.lock.conftest import Ask

HASH = "a" * 64


def test_requirements_are_normalised_and_sorted(ask: Ask) -> None:
    found = ask("[mlflow, 'Foo_Bar>=1', 'baz[Extra_One]==2']")
    assert found.requirements == ("baz[extra-one]==2", "foo-bar>=1", "mlflow")


@pytest.mark.parametrize(
    ("dependencies", "added"),
    [("[numpy]", True), ("[mlflow==3.1.0]", False), ("[mlflow-skinny]", False),
     ("['MLflow_Skinny>=3']", False), ("['mlflow[extras]']", False), ("[mlflow-tracing]", True)],
)  # fmt: skip
def test_mlflow_is_added_where_it_is_not_named(ask: Ask, dependencies: str, added: bool) -> None:
    assert ("mlflow" in ask(dependencies).requirements) == added


def test_files_are_followed(ask: Ask) -> None:
    found = ask(
        "{file: requirements.in, constraints: [limits.txt]}",
        requirements_in="""
            # what the model needs
            -r more/others.txt
            -c bounds.txt          # and what it must not have
            numpy>=1 ; python_version > '3.8'
            pandas \\
                >=2
            --extra-index-url https://wheels.example.org/simple
            --find-links ./wheels
            """,
        more__others_txt="-r again.txt\nscipy\n",
        more__again_txt="scikit-learn  # the nearest\n",
        bounds_txt="numpy<3\n",
        limits_txt="pandas<3\n",
        wheels__readme_txt="",
    )
    assert found.requirements == (
        "mlflow", 'numpy>=1; python_version > "3.8"', "pandas>=2", "scikit-learn", "scipy",
    )  # fmt: skip
    assert found.constraints == ("numpy<3", "pandas<3")
    assert found.extra_index_urls == ("https://wheels.example.org/simple",)
    assert found.find_links == ("wheels",)
    assert {"requirements.in", "more/others.txt", "more/again.txt", "bounds.txt"} <= set(
        found.inputs
    )


def test_what_a_constraint_file_includes_constrains_too(ask: Ask) -> None:
    found = ask("{constraints: [a.txt]}", a_txt="-r b.txt\n", b_txt="numpy<2\n")
    assert (found.requirements, found.constraints) == (("mlflow",), ("numpy<2",))


def test_stated_hashes_are_taken(ask: Ask) -> None:
    found = ask(
        "{file: r.txt}",
        r_txt=f"numpy==2.0 \\\n  --hash=sha256:{HASH} \\\n  --hash=sha256:{'b' * 64}\n",
    )
    assert found.requirements == ("mlflow", "numpy==2.0")
    assert found.hashes == {"numpy": (HASH, "b" * 64)}


def test_byte_order_marks_and_windows_lines_are_read(ask: Ask) -> None:
    found = ask("{file: r.txt}", r_txt="\ufeffnumpy\r\n# note\r\npandas\r\n")
    assert found.requirements == ("mlflow", "numpy", "pandas")


PYPROJECT = """
[project]
name = "the-model"
dependencies = ["numpy>=1"]
[project.optional-dependencies]
serve = ["fastapi", "the-model[fast]"]
fast = ["numba"]
[dependency-groups]
base = ["scipy"]
test = [{include-group = "base"}, "pytest"]
"""


@pytest.mark.parametrize(
    ("chosen", "requirements"),
    [
        ("{path: pyproject.toml}", ("mlflow", "numpy>=1")),
        ("{extras: [fast]}", ("mlflow", "numba", "numpy>=1")),
        ("{extras: [Serve]}", ("fastapi", "mlflow", "numba", "numpy>=1")),
        ("{groups: [test]}", ("mlflow", "numpy>=1", "pytest", "scipy")),
    ],
)
def test_a_pyproject_gives_its_own_extras_and_groups(
    ask: Ask, chosen: str, requirements: tuple[str, ...]
) -> None:
    assert ask(f"{{pyproject: {chosen}}}", pyproject_toml=PYPROJECT).requirements == requirements


REFUSED = {
    "a missing include": ("-r gone.txt", "`gone.txt` does not exist", 1),
    "a cycle": ("numpy\n-r r.txt", "include each other: `r.txt` → `r.txt`", 2),
    "an outside file": ("-r ../r.txt", "`../r.txt` is outside the project", 1),
    "a file by address": ("-r https://example.org/r.txt", "included by a URL", 1),
    "an editable": ("numpy\n\n-e .", "An editable requirement works only on this machine", 3),
    "a path": ("./local.whl", "is a local path, which exists only on this machine", 1),
    "an option": ("--pre", "`--pre` is not supported here", 1),
    "a variable": ("--index-url https://${USER}@example.org", "contains a variable", 1),
    "credentials": ("--index-url https://me:secret@example.org", "contains credentials", 1),
    "credentials in a requirement": (
        "numpy @ https://me:secret@example.org/n-1-py3-none-any.whl", "contains credentials", 1,
    ),
    "a folder of wheels outside": ("--find-links /srv", "a folder outside the project", 1),
    "a typo": ("numpy==1\nnumpy=2", "Invalid version specifier: pin a version with `==`", 2),
    "another hash": ("numpy==1 --hash=md5:abc", "`md5:abc` is not a sha256 hash", 1),
    "git without a commit": ("x @ git+https://example.org/x", "is not pinned to a commit", 1),
    "an option behind": ("numpy --global-option=x", "`--global-option` is not supported", 1),
}  # fmt: skip


KEYS = {
    "index-url": "index_url", "extra-index-url": "extra_index_urls", "find-links": "find_links",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_line_that_cannot_be_used_is_named_with_its_place(ask: Ask, name: str) -> None:
    text, message, line = REFUSED[name]
    with pytest.raises(ManifestError) as refused:
        ask("{file: r.txt}", r_txt=text + "\n")
    problem = refused.value.problems[0]
    assert message in problem.message
    if option := re.match(r"--(index-url|extra-index-url|find-links) ", text):
        assert f"`dependencies.{KEYS[option[1]]}`" in str(problem.hint)
    assert problem.span is not None
    assert problem.span.file.endswith("r.txt")
    assert problem.span.line == line
    assert problem.hint
    assert "secret" not in problem.message + problem.hint


@pytest.mark.parametrize(
    ("text", "chosen", "message"),
    [
        ("[project\n", "{}", "is not valid TOML"),
        (
            '[project]\nname = "a"\ndynamic = ["dependencies"]\n',
            "{}",
            "declares its dependencies as dynamic",
        ),
        (PYPROJECT, "{extras: [gpu]}", "has no extra `gpu`"),
        (PYPROJECT, "{groups: [gpu]}", "has no group `gpu`"),
        (
            '[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n',
            "{groups: [a]}",
            "include each other: a → b → a",
        ),
        (
            '[project]\nname = "a"\ndependencies = ["near"]\n'
            '[tool.uv.sources]\nnear = {path = "../near"}\n',
            "{}",
            "takes `near` from its path (tool.uv.sources)",
        ),
        ('[project]\nname = "a"\ndependencies = [3]\n', "{}", "`3` is not a string"),
    ],
)
def test_a_pyproject_that_cannot_be_used_says_why(
    ask: Ask, text: str, chosen: str, message: str
) -> None:
    stated = chosen.replace("{}", "{path: pyproject.toml}")
    with pytest.raises(ManifestError) as refused:
        ask(f"{{pyproject: {stated}}}", pyproject_toml=text)
    assert message in refused.value.problems[0].message


def test_all_findings_come_at_once(ask: Ask) -> None:
    with pytest.raises(ManifestError) as refused:
        ask("{file: r.txt}", r_txt="numpy=1\n-e .\n--pre\n")
    assert len(refused.value.problems) == 3


def test_the_digest_depends_on_meaning_alone(ask: Ask) -> None:
    first = ask("[b, a>=1]")
    assert ask("{requirements: ['A >= 1', b]}").digest == first.digest
    assert ask("{file: r.txt}", r_txt="# words\nb\na>=1\n").digest == first.digest
    assert ask("[b, a>=2]").digest != first.digest
    assert ask("{requirements: [b, a>=1], allow_sdist: false}").digest != first.digest
