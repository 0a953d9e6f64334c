"""What a package's requirements.txt says of where its packages are."""

from __future__ import annotations

from pathlib import Path

from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.manifest.reading import read
from mlpack.ports.plan import package_requirements
from mlpack.workflow.build.plan import environment_of
from tests.workflow.conftest import MANIFEST, write_project

LOCKED = LockedEnvironment(
    request="sha256:" + "0" * 64,
    python="3.11.7",
    packages=(LockedPackage(name="numpy", version="2.0", marker=None, sha256=("1" * 64,)),),
)
PIN = f"numpy==2.0 --hash=sha256:{'1' * 64}"


def test_indexes_that_requirement_files_name_are_carried_too(tmp_path: Path) -> None:
    head = MANIFEST.rpartition("dependencies:")[0]
    dependencies = (
        "dependencies: {file: r.txt, index_url: 'https://own.example.org/simple', "
        "extra_index_urls: ['https://a.example.org/simple'], find_links: [wheels]}\n"
    )
    root = write_project(tmp_path / "project", manifest=head + dependencies)
    (root / "wheels").mkdir()
    (root / "r.txt").write_text(
        "numpy\n--extra-index-url https://b.example.org/simple\n-f https://c.example.org/wheels\n"
    )
    (variant,) = read(root / "mlpack.yaml").variants
    assert package_requirements(variant, LOCKED) == (
        "--extra-index-url https://a.example.org/simple",
        "--extra-index-url https://b.example.org/simple",
        "--find-links https://c.example.org/wheels",
        PIN,
    )
    # On this machine the manifest's own index and the project's folders serve as well.
    request = environment_of(variant, LOCKED)
    assert request.requirements[-1] == PIN
    assert request.index_url == "https://own.example.org/simple"
    assert (root / "wheels").as_uri() in request.links
