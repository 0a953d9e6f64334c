"""No hint of uv's sends a user to an option or a file that mlpack does not have."""

from __future__ import annotations

import pytest

from mlpack.adapters.uv import in_manifest_terms

ERROR = "error: No solution found\n  cause: Because only a==1 is available and you require a>=2."
SAID = {
    "Pre-releases are available for `a` in the requested range (e.g., 2.0b1), but pre-releases "
    "weren't enabled (try: `--prerelease=allow`)": (
        "a has only pre-releases in this range: add `a>=2.0b1` to `dependencies` to allow them"
    ),
    "`a` was found on https://one.example/simple, but not at the requested version (a>=2). A "
    "compatible version may be available on a subsequent index (e.g., https://two.example/simple). "
    "By default, uv will only consider versions that are published on the first index that "
    "contains a given package, to avoid dependency confusion attacks. If all indexes are equally "
    "trusted, use `--index-strategy unsafe-best-match` to consider all versions.": (
        "a is looked for only on the first index that has it, https://one.example/simple: require "
        "a version from there, or remove that index from `dependencies`"
    ),
    "This error likely indicates that `a@1.0` depends on `torch`, but doesn't declare it as a "
    "build dependency. If `a` is a first-party package, consider adding `torch` to its "
    "`build-system.requires`. Otherwise, either add it to your `pyproject.toml` under:\n\n"
    '[tool.uv.extra-build-dependencies]\na = ["torch"]\n\nor `uv pip install torch` into the '
    "environment and re-run with `--no-build-isolation`.": (
        "a needs torch to be built: add a to `dependencies.no_build_isolation`, and torch to the "
        "requirements"
    ),
    "The `requires-python` value (>=3.11) includes Python versions that are not supported by your "
    "dependencies (e.g., a==1.0 only supports >=3.13). Consider using a more restrictive "
    "`requires-python` value (like >=3.13).": "",
    "Wheels are required for `a` because building from source is disabled for all packages (i.e., "
    "with `--no-build`)": "",
    "Packages were unavailable because the network was disabled. When the network is disabled, "
    "registry packages may only be read from the cache.": "",
    "`a` was yanked": "`a` was yanked",
}


@pytest.mark.parametrize("said", SAID, ids=lambda said: said[:30])
def test_each_hint_is_in_the_terms_of_the_manifest(said: str) -> None:
    hint = f"\n\nhint: {SAID[said]}" if SAID[said] else ""
    assert in_manifest_terms(f"{ERROR}\n\nhint: {said}\n") == ERROR + hint


def test_several_hints_are_told_apart() -> None:
    first, second, third = (list(SAID)[place] for place in (0, 3, 6))
    told = in_manifest_terms(f"{ERROR}\n\nhint: {first}\n\nhint: {second}\n\nhint: {third}")
    assert told == f"{ERROR}\n\nhint: {SAID[first]}\n\nhint: {SAID[third]}"


def test_what_is_no_hint_stays() -> None:
    assert in_manifest_terms(f"{ERROR}\nwarning: `--index-url`\n") == (
        f"{ERROR}\nwarning: `--index-url`"
    )
