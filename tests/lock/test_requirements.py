"""The lines that a locked environment becomes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.requirements import install_lines, own_options, requirement_lines, torch_backend_of

ONE, TWO = "1" * 64, "2" * 64
NUMPY = LockedPackage(name="numpy", version="2.0", marker="os_name == 'nt'", sha256=(TWO, ONE))
WHEEL = LockedPackage(
    name="w", version="1.0", marker=None, sha256=(ONE,), url="https://example.org/w-1.0.whl"
)
GIT = LockedPackage(
    name="g", version="", marker=None, sha256=(), url=f"git+https://example.org/g@{'f' * 40}"
)
LOCKED = LockedEnvironment(request="sha256:" + ONE, python="3.11.7", packages=(WHEEL, NUMPY))


def test_each_pin_is_one_line_with_all_its_hashes() -> None:
    assert requirement_lines(LOCKED) == (
        f"numpy==2.0 ; os_name == 'nt' --hash=sha256:{ONE} --hash=sha256:{TWO}",
        f"w @ https://example.org/w-1.0.whl --hash=sha256:{ONE}",
    )


def test_indexes_come_first_and_folders_stay_at_home() -> None:
    lines = requirement_lines(
        LOCKED,
        extra_index_urls=["https://a.example.org/simple"],
        find_links_urls=["https://b.example.org/", "file:///srv/wheels"],
        torch_backend="cpu",
    )
    options = [line.split("/")[2] for line in lines if line.startswith("-")]
    assert options[0] == "a.example.org"
    assert options[-1] == "b.example.org"
    assert lines[1].startswith("--extra-index-url ")
    assert lines[1].endswith("/cpu")
    assert "/srv/wheels" not in "".join(lines)


def test_the_folder_of_carried_files_is_a_relative_line_of_the_package_alone() -> None:
    assert not any(line.startswith("--find-links") for line in requirement_lines(LOCKED))
    packages = (WHEEL, replace(NUMPY, shipped=(ONE,)))
    lines = requirement_lines(
        replace(LOCKED, packages=packages), find_links_urls=["https://b.example.org/"]
    )
    assert lines[:2] == ("--find-links https://b.example.org/", "--find-links wheels")
    assert own_options(lines) == lines[:1]


def test_beside_git_the_packages_lines_have_no_hash_and_mlpacks_own_have() -> None:
    mixed = replace(LOCKED, packages=(*LOCKED.packages, GIT))
    assert not any("--hash" in line for line in requirement_lines(mixed))
    assert [("--hash" in line) for line in install_lines(mixed)] == [False, True, True]


@pytest.mark.parametrize("backend", ["cpu", "cu128", "rocm6", "xpu"])
def test_the_torch_backend_is_found_again(backend: str) -> None:
    (option, *_) = requirement_lines(LOCKED, torch_backend=backend)
    assert torch_backend_of(option) == backend
    assert torch_backend_of(option.replace(" ", "=") + "/") == backend


@pytest.mark.parametrize(
    "option", ["--extra-index-url https://example.org/whl/cpu", "--find-links x", "numpy==1"]
)
def test_no_other_index_is_taken_for_it(option: str) -> None:
    assert torch_backend_of(option) is None
