"""What `mlpack lock` pins: real uv, small indexes."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from mlpack.core.errors import DependencyError, IntegrityError, OutsideError
from tests.adapters.resolving.conftest import Resolve, pins
from tests.gits import commit, served
from tests.indexes import Held, Index, sdist_files


def test_the_newest_is_pinned_with_the_hash_of_each_file(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")
    index.wheel("branch", "1.5", needs=["leaf>=1"])
    found = resolve("branch")
    assert pins(found) == {"branch": "1.5", "leaf": "2.0"}
    (wheel,) = [held for held in index.projects["leaf"] if "2.0" in held.filename]
    leaf = next(package for package in found.packages if package.name == "leaf")
    assert leaf.sha256 == (hashlib.sha256(wheel.content).hexdigest(),)


def test_it_resolves_for_the_declared_python_and_not_for_its_own(
    index: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0", requires_python=">=3.10")
    index.wheel("leaf", "2.0", requires_python=">=3.12")
    index.wheel("branch", "1.0", needs=["leaf", "leaf<2; python_version < '3.12'"])
    assert sys.version_info < (3, 12), "the test says nothing on this Python"
    assert pins(resolve("branch", python="3.11"))["leaf"] == "1.0"
    assert pins(resolve("branch", python="3.13"))["leaf"] == "2.0"
    assert resolve("leaf", python="3.13").python.startswith("3.13.")


def test_what_only_a_newer_python_contradicts_is_satisfiable(
    index: Index, resolve: Resolve, tmp_path: Path
) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")
    index.wheel("branch", "1.0", needs=["leaf>=2; python_version >= '3.12'", "leaf"])
    settings = tmp_path / "settings" / "uv"
    settings.mkdir(parents=True)
    (settings / "uv.toml").write_text('exclude-newer = "2020-01-01"\n')
    user = {"XDG_CONFIG_HOME": str(settings.parent), "XDG_CONFIG_DIRS": str(settings.parent)}
    found = resolve("branch==1.0", "leaf==1.0", environ=user)
    assert pins(found) == {"branch": "1.0", "leaf": "1.0"}
    with pytest.raises(DependencyError):
        resolve("branch==1.0", "leaf==1.0", python="3.12")


def test_it_resolves_for_a_python_that_is_not_installed(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0", requires_python=">=3.14")
    found = resolve("leaf", python="3.14")
    assert pins(found) == {"leaf": "1.0"}
    assert found.python.startswith("3.14.")


def test_a_python_that_nobody_knows_is_told(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    with pytest.raises(OutsideError, match=r"uv does not know Python 3\.99") as refused:
        resolve("leaf", python="3.99")
    assert "uv python install 3.99" in (refused.value.hint or "")


def test_it_resolves_for_every_platform_at_once(index: Index, resolve: Resolve) -> None:
    for name in ("windows-only", "linux-only", "leaf"):
        index.wheel(name, "1.0")
    index.wheel(
        "branch",
        "1.0",
        needs=[
            "windows-only; sys_platform == 'win32'",
            "linux-only; sys_platform == 'linux'",
            "leaf; python_version < '3.9'",
        ],
    )
    assert pins(resolve("branch")) == {
        "branch": "1.0",
        "linux-only": "1.0 ; sys_platform == 'linux'",
        "windows-only": "1.0 ; sys_platform == 'win32'",
    }


def test_platforms_limit_what_is_pinned(index: Index, resolve: Resolve) -> None:
    index.wheel("windows-only", "1.0")
    index.wheel("linux-only", "1.0")
    needs = ["windows-only; sys_platform == 'win32'", "linux-only; sys_platform == 'linux'"]
    index.wheel("branch", "1.0", needs=needs)
    assert pins(resolve("branch", platforms=("linux",))) == {"branch": "1.0", "linux-only": "1.0"}
    both = pins(resolve("branch", platforms=("linux", "windows")))
    assert both["branch"] == "1.0"
    assert "sys_platform == 'linux'" in both["linux-only"]
    assert "sys_platform == 'win32'" in both["windows-only"]


def test_earlier_pins_stay_and_move_when_told(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("stem", "1.0")
    before = resolve("leaf", "stem")
    for name in ("leaf", "stem"):
        index.wheel(name, "2.0")
    kept = resolve("leaf", "stem", previous=before)
    assert pins(kept) == {"leaf": "1.0", "stem": "1.0"}
    one = resolve("leaf", "stem", previous=before, upgrade=frozenset({"leaf"}))
    assert pins(one) == {"leaf": "2.0", "stem": "1.0"}
    every = resolve("leaf", "stem", previous=before, upgrade="all")
    assert pins(every) == {"leaf": "2.0", "stem": "2.0"}


def test_a_name_to_upgrade_may_be_written_in_any_way(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf-green", "1.0")
    before = resolve("leaf-green")
    index.wheel("leaf-green", "2.0")
    found = resolve("leaf-green", previous=before, upgrade=frozenset({"Leaf_Green"}))
    assert pins(found) == {"leaf-green": "2.0"}


def test_only_the_pin_that_must_move_moves(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("stem", "1.0")
    before = resolve("leaf", "stem")
    for name in ("leaf", "stem"):
        index.wheel(name, "2.0")
    found = resolve("leaf>=2", "stem", previous=before)
    assert pins(found) == {"leaf": "2.0", "stem": "1.0"}


def test_a_newer_version_that_python_is_too_new_for_is_left_out(
    index: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0", requires_python=">=3.8")
    index.wheel("leaf", "2.0", requires_python=">=3.8,<3.11")
    index.wheel("leaf", "3.0", requires_python="<3.10")
    found = resolve("leaf")
    assert pins(found) == {"leaf": "1.0"}
    told = {(one.name, one.version, one.requires_python) for one in found.excluded}
    assert told == {("leaf", "2.0", "<3.11,>=3.8"), ("leaf", "3.0", "<3.10")} or told == {
        ("leaf", "2.0", ">=3.8,<3.11"),
        ("leaf", "3.0", "<3.10"),
    }


def test_a_bound_is_enforced_for_what_other_packages_need(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python="<3.11")
    index.wheel("branch", "1.0", needs=["leaf"])
    index.wheel("branch", "2.0", needs=["leaf>=2"])
    found = resolve("branch")
    assert pins(found) == {"branch": "1.0", "leaf": "1.0"}
    assert ("leaf", "2.0") in {(one.name, one.version) for one in found.excluded}


def test_a_bound_is_read_from_html_pages_too(index: Index, resolve: Resolve) -> None:
    index.json = False
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python="<3.11")
    assert pins(resolve("leaf")) == {"leaf": "1.0"}


def test_a_version_with_one_file_that_serves_stays_with_that_file_alone(
    index: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0", tag="cp310-cp310-manylinux_2_17_x86_64")
    fit = index.wheel("leaf", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    (package,) = resolve("leaf").packages
    assert package.sha256 == (fit.stated,)


def test_a_version_with_wheels_for_other_pythons_only_is_left_out(
    index: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", tag="cp310-cp310-manylinux_2_17_x86_64")
    found = resolve("leaf")
    assert pins(found) == {"leaf": "1.0"}


def test_where_no_version_is_left_one_sentence_says_so(index: Index, resolve: Resolve) -> None:
    for version in ("1.0", "1.1", "1.2"):
        index.wheel("leaf", version, requires_python="<3.10")
    with pytest.raises(DependencyError) as refused:
        resolve("leaf")
    error = refused.value
    assert error.exit_code == 6
    assert error.message == (
        "No version of leaf allowed by the requirements supports Python 3.11: "
        "1.2 requires Python <3.10"
    )
    assert error.details is None


def test_known_exclusions_are_kept_while_pins_are(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python="<3.11")
    first = resolve("leaf")
    index.wheel("stem", "1.0")
    again = resolve("leaf", "stem", previous=first)
    assert again.excluded == first.excluded
    # A later release that fits is taken when asked for, and the reason then goes.
    index.wheel("leaf", "3.0")
    newest = resolve("leaf", previous=first, upgrade="all")
    assert pins(newest) == {"leaf": "3.0"}
    assert not newest.excluded


@pytest.mark.parametrize("json", [True, False], ids=["json", "html"])
@pytest.mark.parametrize(
    ("yanked", "reason"), [("wrong\n  metadata", "wrong metadata"), (True, "")]
)
def test_a_yanked_pin_is_told_with_the_reason(
    index: Index, resolve: Resolve, json: bool, yanked: str | bool, reason: str
) -> None:
    index.json = json
    index.wheel("leaf", "1.0").yanked = yanked
    index.wheel("stem", "1.0")
    found = resolve("leaf==1.0", "stem")
    assert pins(found) == {"leaf": "1.0", "stem": "1.0"}
    assert found.yanked == {("leaf", "1.0"): reason}
    assert resolve("leaf==1.0", "stem", offline=True).yanked == found.yanked


def test_a_pin_is_not_yanked_while_one_file_that_serves_is_not(
    index: Index, resolve: Resolve
) -> None:
    index.wheel("leaf", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64").yanked = "broken"
    index.wheel("leaf", "1.0")
    assert resolve("leaf==1.0").yanked == {}
    index.wheel("stem", "1.0").yanked = "broken"
    index.wheel("stem", "1.0", tag="cp310-cp310-manylinux_2_17_x86_64")
    assert resolve("stem==1.0").yanked == {("stem", "1.0"): "broken"}


@pytest.mark.parametrize(
    ("requirements", "message"),
    [
        (["leaf>=2", "leaf<2"], "The requirements conflict: leaf>=2 and leaf<2"),
        (["absent"], "absent was not found in any package index"),
        (["leaf==9"], "No version satisfies leaf==9"),
        (["leaf>9"], "No available version satisfies leaf>9"),
    ],
)
def test_what_cannot_be_resolved_is_said_in_one_sentence(
    index: Index, resolve: Resolve, requirements: list[str], message: str
) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")
    with pytest.raises(DependencyError) as refused:
        resolve(*requirements)
    assert refused.value.message == message
    assert refused.value.hint


def test_conflicts_below_the_surface_name_the_packages(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")
    index.wheel("branch", "1.0", needs=["leaf<2"])
    with pytest.raises(DependencyError) as refused:
        resolve("branch", "leaf>=2")
    assert "branch" in (refused.value.details or "")


def test_a_source_distribution_is_built_and_named(index: Index, resolve: Resolve) -> None:
    index.sdist("leaf", "1.0", needs=["stem"])
    index.wheel("stem", "1.0")
    found = resolve("leaf")
    assert pins(found) == {"leaf": "1.0", "stem": "1.0"}
    assert found.built == ("leaf",)


def test_no_build_code_runs_where_it_is_not_allowed(
    index: Index, resolve: Resolve, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    index.wheel("leaf", "1.0")
    index.sdist("leaf", "2.0", setup=f"open({str(ran)!r}, 'w').close()")
    assert pins(resolve("leaf", allow_sdist=False)) == {"leaf": "1.0"}
    assert not ran.exists()
    found = resolve("leaf", allow_sdist=("leaf",))
    assert pins(found) == {"leaf": "2.0"}
    assert found.built == ("leaf",)


def test_a_package_that_only_has_sources_is_told_where_they_are_not_allowed(
    index: Index, resolve: Resolve
) -> None:
    index.sdist("leaf", "1.0")
    with pytest.raises(DependencyError) as refused:
        resolve("leaf", allow_sdist=False)
    assert "allow_sdist" in (refused.value.hint or "")


def test_a_wheel_is_taken_where_building_is_allowed_by_name(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "2.0")
    index.sdist("leaf", "2.0")
    found = resolve("leaf", allow_sdist=("leaf",))
    assert found.built == ()
    assert len(found.packages[0].sha256) == 2


def test_a_build_that_fails_names_the_package(index: Index, resolve: Resolve) -> None:
    index.sdist("leaf", "1.0", setup="raise SystemExit('no compiler here')")
    with pytest.raises(DependencyError, match=r"leaf.*cannot be built") as refused:
        resolve("leaf")
    assert "no compiler here" in (refused.value.details or "")


def test_nothing_newer_than_the_given_time_is_taken(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0", uploaded="2024-01-01T00:00:00Z")
    index.wheel("leaf", "2.0", uploaded="2026-06-01T00:00:00Z")
    assert pins(resolve("leaf", exclude_newer="2025-01-01T00:00:00Z")) == {"leaf": "1.0"}
    assert pins(resolve("leaf", exclude_newer="2026-12-01T00:00:00Z")) == {"leaf": "2.0"}


def test_an_index_without_upload_times_is_named(index: Index, resolve: Resolve) -> None:
    index.upload_times = False
    index.wheel("leaf", "1.0")
    with pytest.raises(DependencyError) as refused:
        resolve("leaf", exclude_newer="2025-01-01T00:00:00Z")
    assert "exclude_newer" in f"{refused.value.message} {refused.value.hint}"


def test_hashes_that_the_requirements_state_are_held(index: Index, resolve: Resolve) -> None:
    wheel = index.wheel("leaf", "1.0")
    found = resolve("leaf==1.0", hashes={"leaf": (wheel.stated, "0" * 64)})
    assert found.packages[0].sha256 == (wheel.stated,)
    with pytest.raises(IntegrityError, match=r"leaf 1\.0 matches a hash in the requirements"):
        resolve("leaf==1.0", hashes={"leaf": ("0" * 64,)})


def test_constraints_limit_without_asking(index: Index, resolve: Resolve) -> None:
    for name in ("leaf", "stem"):
        index.wheel(name, "1.0")
        index.wheel(name, "2.0")
    assert pins(resolve("leaf", constraints=("leaf<2", "stem<2"))) == {"leaf": "1.0"}


def test_a_build_that_needs_others_gets_them(index: Index, resolve: Resolve) -> None:
    index.wheel("stem", "1.0")
    index.sdist("leaf", "1.0", needs=["stem"], setup="import stem")
    with pytest.raises(DependencyError):
        resolve("leaf", "stem")
    found = resolve("leaf", "stem", no_build_isolation=("leaf",))
    assert pins(found) == {"leaf": "1.0", "stem": "1.0"}
    assert found.no_build_isolation == ("leaf",)
    assert found.built == ("leaf",)


def test_a_folder_of_wheels_is_looked_in(index: Index, resolve: Resolve, tmp_path: Path) -> None:
    held = index.wheel("leaf", "2.0")
    index.projects.clear()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / held.filename).write_bytes(held.content)
    found = resolve("leaf", find_links=("wheels",))
    assert pins(found) == {"leaf": "2.0"}
    assert found.packages[0].sha256 == (held.stated,)
    assert found.packages[0].url is None


@pytest.mark.parametrize("is_stated", [True, False])
def test_a_page_of_links_gives_the_hashes_of_its_wheels(
    index: Index, resolve: Resolve, is_stated: bool
) -> None:
    held = index.wheel("leaf", "2.0")
    known = held.stated
    held.stated = known if is_stated else ""
    environ = {"UV_DEFAULT_INDEX": f"http://{index.host}/nothing"}
    found = resolve("leaf", find_links=(f"http://{index.host}/links",), environ=environ)
    assert found.packages[0].sha256 == (known,)


def kept_in(folder: Path, *files: Held) -> None:
    folder.mkdir(exist_ok=True)
    for held in files:
        (folder / held.filename).write_bytes(held.content)


def test_what_only_a_folder_of_the_project_has_is_shipped(
    index: Index, resolve: Resolve, tmp_path: Path
) -> None:
    index.wheel("root", "1.0")
    same = index.wheel("same", "1.0")
    kept_in(tmp_path / "wheels", index.wheel("alone", "1.0"), index.wheel("twin", "1.0"), same)
    del index.projects["alone"], index.projects["twin"]
    index.wheel("twin", "1.0", files={"twin.py": "'the one of the index'"})
    found = resolve("root", "alone", "twin", "same", find_links=("wheels",))
    shipped = {package.name: package.shipped for package in found.packages}
    assert shipped == {
        package.name: package.sha256 if package.name in ("alone", "twin") else ()
        for package in found.packages
    }
    assert "/simple" not in index.asked
    # A folder of this machine is like an index: nobody asks the project for its files.
    environ = {"UV_FIND_LINKS": str(tmp_path / "wheels")}
    machine = resolve("root", "alone", "twin", "same", environ=environ)
    assert {package.shipped for package in machine.packages} == {()}


def test_a_wheel_of_the_project_needs_a_hash(
    index: Index, resolve: Resolve, tmp_path: Path
) -> None:
    made = commit(tmp_path / "gits/stem", sdist_files("stem", "1.0"))
    kept_in(tmp_path / "wheels", index.wheel("leaf", "1.0"))
    del index.projects["leaf"]
    with served(tmp_path / "gits") as address, pytest.raises(DependencyError) as refused:
        resolve("leaf", f"stem @ git+{address}/stem@{made}", find_links=("wheels",))
    assert "which the git requirement `stem` rules out" in refused.value.message


def test_the_upper_bound_of_a_wheel_in_a_folder_is_enforced(
    index: Index, resolve: Resolve, tmp_path: Path
) -> None:
    (tmp_path / "wheels").mkdir()
    for version, requires in (("1.0", None), ("2.0", "<3.11")):
        held = index.wheel("leaf", version, requires_python=requires)
        (tmp_path / "wheels" / held.filename).write_bytes(held.content)
    index.projects.clear()
    found = resolve("leaf", find_links=("wheels",))
    assert pins(found) == {"leaf": "1.0"}


def test_a_requirement_by_url_keeps_its_url_and_hash(index: Index, resolve: Resolve) -> None:
    held = index.wheel("leaf", "1.0")
    url = f"http://{index.host}/files/{held.filename}"
    (package,) = resolve(f"leaf @ {url}").packages
    assert (package.version, package.sha256) == ("1.0", (held.stated,))
    assert package.url is not None
    assert package.url.startswith(url)


def test_offline_it_works_from_what_was_asked_before(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python="<3.11")
    before = resolve("leaf")
    asked = len(index.asked)
    again = resolve("leaf", offline=True)
    assert (pins(again), again.excluded) == (pins(before), before.excluded)
    assert len(index.asked) == asked


def test_offline_without_a_cache_says_what_to_do(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0")
    with pytest.raises(OutsideError) as refused:
        resolve("leaf", offline=True)
    assert "--offline" in (refused.value.hint or "")
    assert index.asked == []
