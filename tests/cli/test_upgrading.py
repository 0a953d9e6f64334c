"""What `mlpack lock` says of what moved, as text, JSON and GitHub's summary, and its dry run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Locking, depend
from tests.cli.test_locking import pins
from tests.indexes import Index


@pytest.fixture
def locked(index: Index, root: Path, locking: Locking) -> Path:
    """A project with a lock, whose packages have newer versions by now."""
    index.wheel("leaf", "1.0")
    index.wheel("stem", "1.0", needs=["twig"])
    index.wheel("twig", "1.0")
    depend(root, "[numpy, leaf, stem]")
    assert locking().returncode == 0
    index.wheel("leaf", "1.5")
    index.wheel("leaf", "2.0")
    index.wheel("stem", "2.0", needs=["bud"])
    index.wheel("bud", "0.1")
    index.wheel("numpy", "2.1.0", requires_python="<3.11")
    return root


def test_an_upgrade_says_what_moved(locked: Path, locking: Locking) -> None:
    done = locking("--upgrade")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "mlpack.lock updated\n"
        "  default: 5 packages\n"
        "  Added bud 0.1\n"
        "  Updated leaf 1.0 → 2.0\n"
        "  Updated stem 1.0 → 2.0\n"
        "  Removed twig 1.0\n"
        "  Excluded numpy 2.1.0: it requires Python <3.11\n"
    )
    # It is no news a second time.
    assert "  numpy 2.1.0 was skipped: it requires Python <3.11\n" in locking("--upgrade").stdout


def test_the_first_lock_and_one_that_fits_move_nothing(root: Path, locking: Locking) -> None:
    first = "mlpack.lock created\n  default: 2 packages\n"
    assert locking().stdout == first
    assert locking().stdout == first.replace("created", "is up to date")
    (report,) = json.loads(locking("--format", "json").stdout)["locks"]
    assert (report["status"], report["written"], report["moved"]) == ("unchanged", False, [])


def test_moves_in_json_have_their_versions_and_reasons(
    index: Index, locked: Path, locking: Locking
) -> None:
    index.projects["leaf"][0].yanked = "its wheel is broken"
    done = locking("-P", "numpy", "-P", "stem", "--format", "json")
    (report,) = json.loads(done.stdout)["locks"]
    assert (report["status"], report["written"]) == ("updated", True)
    moved = [
        tuple(each[key] for key in ("change", "name", "before", "after", "reason"))
        for each in report["moved"]
    ]
    assert moved == [
        ("added", "bud", None, "0.1", None),
        ("updated", "stem", "1.0", "2.0", None),
        ("removed", "twig", "1.0", None, None),
        ("excluded", "numpy", None, "2.1.0", "it requires Python <3.11"),
        ("yanked", "leaf", None, "1.0", "its wheel is broken"),
    ]
    assert all(each["environments"] == ["default"] for each in report["moved"])


def test_moves_are_a_table_in_the_summary_of_a_run(
    locked: Path, locking: Locking, tmp_path: Path
) -> None:
    page = tmp_path / "summary.md"
    done = locking("--upgrade", "--format", "github", GITHUB_STEP_SUMMARY=str(page))
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.startswith("### mlpack: locks\n")
    assert "| change | package | from | to | where | why |\n|---|" in text
    assert "| updated | `leaf` | 1.0 | 2.0 | default |  |\n" in text
    assert "| excluded | `numpy` |  | 2.1.0 | default | it requires Python <3.11 |\n" in text


def test_one_package_can_be_moved_to_a_version_and_back(locked: Path, locking: Locking) -> None:
    assert "  Updated leaf 1.0 → 1.5\n" in locking("-P", "Leaf == 1.5").stdout
    assert (pins(locked)["leaf"], pins(locked)["stem"]) == ("1.5", "1.0")
    # The version is a preference from now on, like any other pin.
    assert "is up to date" in locking().stdout
    assert "  Downgraded leaf 1.5 → 1.0\n" in locking("-P", "leaf<1.5").stdout
    assert pins(locked)["leaf"] == "1.0"


def test_a_version_that_the_manifest_does_not_allow_is_refused(
    locked: Path, locking: Locking
) -> None:
    depend(locked, "[numpy, 'leaf<2', stem]")
    assert locking().returncode == 0
    before = (locked / "mlpack.lock").read_bytes()
    done = locking("-q", "-P", "leaf==2.0")
    assert done.returncode == 6
    assert "The requirements conflict: leaf<2 and leaf==2.0" in done.stderr
    assert (locked / "mlpack.lock").read_bytes() == before


@pytest.mark.parametrize("text", ["leaf @ https://example.org/leaf.whl", "leaf[more]", "==1", ""])
def test_what_is_no_package_to_upgrade_is_refused(
    locked: Path, locking: Locking, text: str
) -> None:
    done = locking("-q", "-P", text)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {text!r} is not a package to upgrade\n"
        "  help: pass a name, or a name and a version, such as `numpy` or `numpy==2.1.0`\n"
    )


def test_a_dry_run_says_the_same_and_writes_nothing(locked: Path, locking: Locking) -> None:
    before = (locked / "mlpack.lock").read_bytes()
    dry = locking("--upgrade", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.startswith("mlpack.lock would be updated\n")
    assert (locked / "mlpack.lock").read_bytes() == before
    (report,) = json.loads(locking("--upgrade", "--dry-run", "--format", "json").stdout)["locks"]
    assert (report["status"], report["written"]) == ("updated", False)
    wet = locking("--upgrade")
    assert wet.stdout == dry.stdout.replace("would be ", "")
    assert "is up to date" in locking("--upgrade", "--dry-run").stdout


def test_a_dry_run_of_a_new_lock_creates_none(root: Path, locking: Locking) -> None:
    done = locking("--dry-run")
    assert done.stdout.startswith("mlpack.lock would be created\n  default: 2 packages\n")
    assert not (root / "mlpack.lock").exists()


def test_a_changed_manifest_says_why_and_what(index: Index, locked: Path, locking: Locking) -> None:
    more = "variants:\n  a: {}\n  b: {dependencies: [numpy, bud]}\n"
    depend(locked, "[numpy, leaf, stem]", more)
    assert locking().returncode == 0
    depend(locked, "[numpy, 'leaf>1', stem]", more)
    done = locking("--dry-run")
    assert done.stdout == (
        "mlpack.lock would be updated: dependencies.requirements changed\n"
        "  a: 5 packages\n"
        "  b: 3 packages\n"
        "  Updated leaf 1.0 → 2.0 (a)\n"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["--check"], ["--upgrade"]),
        (["--check"], ["--upgrade-package", "leaf"]),
        (["--check"], ["--upgrade-artifact", "weights"]),
        (["--check"], ["--dry-run"]),
        (["--upgrade"], ["--upgrade-package", "leaf"]),
        (["--dry-run"], ["--upgrade-artifact", "weights"]),
    ],
)
def test_options_that_exclude_each_other(
    root: Path, locking: Locking, first: list[str], second: list[str]
) -> None:
    done = locking("-q", *first, *second)
    assert done.returncode == 2
    assert f"`{first[0]}` cannot be used with `{second[0]}`" in done.stderr


def test_a_version_counts_where_there_is_no_lock_yet(locked: Path, locking: Locking) -> None:
    (locked / "mlpack.lock").unlink()
    assert locking("-P", "leaf==1.5").returncode == 0
    assert (pins(locked)["leaf"], pins(locked)["stem"]) == ("1.5", "2.0")


def test_of_several_manifests_those_are_upgraded_that_have_the_package(
    locked: Path, locking: Locking
) -> None:
    other = locked / "other.yaml"
    other.write_text((locked / "mlpack.yaml").read_text().replace(", leaf, stem", ""))
    assert locking("-f", "other.yaml").returncode == 0
    before = (locked / "other.lock").read_bytes()
    done = locking("mlpack.yaml", "other.yaml", "-P", "leaf==1.5", "-P", "twig")
    assert done.returncode == 0, done.stderr
    assert "  Updated leaf 1.0 → 1.5\n" in done.stdout
    assert "other.lock is up to date\n" in done.stdout
    assert (locked / "other.lock").read_bytes() == before
    wrong = locking("-q", "mlpack.yaml", "other.yaml", "-P", "leav")
    assert wrong.returncode == 2
    assert wrong.stderr == (
        "error: Package leav is not in any of the locks, so it cannot be upgraded\n"
        "  help: did you mean `leaf`?\n"
    )
