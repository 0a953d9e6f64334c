"""What a build will do for one variant, decided before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.core.digest import Contents, file_contents, value_digest
from mlpack.lock.model import Lock, LockedEnvironment, LockedVariant, PinnedFile
from mlpack.lock.request import request_for
from mlpack.lock.requirements import requirement_lines, shipped_hashes
from mlpack.manifest.model import (
    AdoptedModel,
    Artifact,
    Asking,
    Signature,
    SignatureReference,
    Variant,
)
from mlpack.package.code import CodeFile, code_files
from mlpack.package.contents import Wheel, shipped_wheels
from mlpack.package.layout import artifact_places, remote_name

# Raise it when the same inputs come to give other bytes.
PACKAGE_FORMAT = 1
# Some inputs have other names in a manifest, or none.
_PARTS = {"example": "input_example", "requirements": "packages", "format": "package_format"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one package is made from, and where it goes.

    ``content`` is the digest of what decides the package's bytes; ``inputs`` adds what decides
    whether the package counts as proven.
    """

    variant: Variant
    environment: LockedEnvironment
    requirements: tuple[str, ...]
    code: tuple[CodeFile, ...]
    wheels: tuple[Wheel, ...]
    """What the package must carry to be installable."""
    artifacts: Mapping[str, PurePosixPath]
    """Artifact name → path in the project, of those that lie there."""
    places: Mapping[str, PurePosixPath]
    """Artifact name → path in the package."""
    pins: Mapping[str, PinnedFile]
    """Artifact name → what it must hold."""
    target: Path
    build_time: int
    content: str
    inputs: str
    parts: Mapping[str, str]
    """The inputs by name → digest of each: what moved can then be named."""
    pieces: Mapping[str, str]
    """The same down to single files: too many for the lock."""
    proof: Mapping[str, Any]
    """What decides how the forward pass runs."""

    @property
    def output_folders(self) -> tuple[Path, ...]:
        """Where builds write, even where that lies below the code."""
        return _output_folders(self.variant, self.target.parent)

    @property
    def model_id(self) -> str:
        """The model's id, 32 hex digits, derived from its content."""
        return self.content.removeprefix("sha256:")[:32]

    @property
    def artifact_bytes(self) -> int:
        """Bytes of all artifacts, those that share a place counted once."""
        return sum({self.places[name]: self.pins[name].size for name in self.places}.values())

    @property
    def metadata(self) -> dict[str, Any]:
        """What goes into ``MLmodel`` as metadata: the user's own, the tags, the origin."""
        return package_metadata(self.variant)


def plan(
    variant: Variant,
    lock: Lock,
    *,
    output: Path | None,
    build_time: int,
    contents: Contents = file_contents,
) -> Plan:
    """Decide how ``variant`` is built, into ``output`` if given; ``contents`` reads its files."""
    locked = lock.variants[variant.variant or ""]
    environment = lock.environments[locked.environment]
    folder = (output or variant.root / variant.output).absolute()
    requirements = package_requirements(variant, environment)
    wheels = _wheels(variant, environment, contents)
    code = code_files(
        variant.root,
        variant.code_paths,
        variant.code_exclude,
        outputs=_output_folders(variant, folder),
    )
    artifacts = {item.name: item.path for item in variant.artifacts if item.path is not None}
    places = _places(variant)
    hashes = _hashes(variant, code, contents)
    python = environment.python
    content = _content(variant, locked, requirements, code, hashes, places, python, build_time)
    content |= {"wheels": {wheel.path.name: wheel.sha256 for wheel in wheels}} if wheels else {}
    proof = _proof(variant, hashes)
    return Plan(
        variant=variant,
        environment=environment,
        requirements=requirements,
        code=code,
        wheels=wheels,
        artifacts=artifacts,
        places=places,
        pins=locked.artifacts,
        target=folder / variant.package_name,
        build_time=build_time,
        content=value_digest(content),
        inputs=value_digest({"content": content, "proof": proof}),
        parts=_parts({**content, "verify": proof}),
        pieces=_pieces(content),
        proof=proof,
    )


def _output_folders(variant: Variant, chosen: Path) -> tuple[Path, ...]:
    return chosen, variant.root / "dist"


def _places(variant: Variant) -> dict[str, PurePosixPath]:
    """Return where each artifact lies in the package; a saved model is all of it."""
    own = {item.name: _source(item) for item in variant.artifacts if not item.adopted}
    adopted = {item.name: PurePosixPath() for item in variant.artifacts if item.adopted}
    return {**artifact_places(own), **adopted}


def _source(item: Artifact) -> PurePosixPath:
    """Return a path that tells an artifact's source from others, and ends in its name."""
    if item.path is not None:
        return item.path
    uri = str(item.uri)
    return PurePosixPath("/remote", value_digest(uri), remote_name(uri))


def package_requirements(variant: Asking, environment: LockedEnvironment) -> tuple[str, ...]:
    """Return the lines of the package's ``requirements.txt``."""
    # Requirement files may name places too.
    asked = request_for(variant)
    return requirement_lines(
        environment,
        extra_index_urls=asked.extra_index_urls,
        find_links_urls=tuple(link for link in asked.find_links if "://" in link),
        torch_backend=asked.torch_backend,
    )


def _wheels(
    variant: Asking, environment: LockedEnvironment, contents: Contents
) -> tuple[Wheel, ...]:
    if not shipped_hashes(environment):
        return ()
    return shipped_wheels(request_for(variant).link_folders, environment, contents)


def package_metadata(variant: Variant) -> dict[str, Any]:
    """Return the metadata of a variant's package; ``mlpack`` holds where it comes from."""
    origin = {"name": variant.name, "version": variant.version, "description": variant.description}
    if variant.variant is not None:
        origin["variant"] = variant.variant
    tags = {"tags": dict(variant.tags)} if variant.tags else {}
    return {**variant.metadata, **tags, "mlpack": origin}


def _hashes(variant: Variant, code: tuple[CodeFile, ...], contents: Contents) -> dict[Path, str]:
    """Return the digest of each file whose bytes a build depends on and the lock does not pin."""
    paths = [file.source for file in code]
    if isinstance(variant.signature, SignatureReference):
        paths.append(variant.root / variant.signature.path)
    if variant.verify.expected_output is not None:
        paths.append(variant.root / variant.verify.expected_output.file)
    found = contents(paths)
    return {path: content.digest for path, content in zip(paths, found, strict=True)}


def _content(
    variant: Variant,
    locked: LockedVariant,
    requirements: tuple[str, ...],
    code: tuple[CodeFile, ...],
    hashes: Mapping[Path, str],
    places: Mapping[str, PurePosixPath],
    python: str,
    build_time: int,
) -> dict[str, Any]:
    example = variant.input_example
    return {
        "format": PACKAGE_FORMAT,
        "model": _model(variant, locked),
        "model_config": variant.model_config,
        "metadata": package_metadata(variant),
        "signature": _signature(variant, hashes),
        "example": [example.kind, example.value, dict(example.params), example.ship],
        "example_files": {name: pin.digest for name, pin in locked.example_files.items()},
        "artifacts": {
            name: [str(places[name]), pin.digest]
            for name, pin in locked.artifacts.items()
            if places[name].parts
        },
        "code": {str(file.target): hashes[file.source] for file in code},
        "serialization": variant.serialization,
        "python": python,
        "requirements": list(requirements),
        "build_time": build_time,
        **_access(variant),
    }


def _model(variant: Variant, locked: LockedVariant) -> list[Any]:
    model = variant.model
    if isinstance(model, AdoptedModel):
        # Not the folder's name, which is nothing to the package.
        return ["saved", dict(model.flavors), locked.artifacts[model.reference].digest]
    return [model.reference, dict(model.init), model.init_from]


def _access(variant: Variant) -> dict[str, Any]:
    # Left out where there is none, as in locks that are older than the two keys.
    stated = {"resources": variant.resources, "auth_policy": variant.auth_policy}
    return {key: value for key, value in stated.items() if value is not None}


def _parts(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {_PARTS.get(name, name): value_digest(part) for name, part in inputs.items()}


def _pieces(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each part; files are parts of their own."""
    parts: dict[str, str] = {}
    for key, value in content.items():
        if key in ("code", "artifacts", "example_files"):
            kind = key.removesuffix("s").replace("_", " ")
            parts.update({f"{kind} {name}": value_digest(item) for name, item in value.items()})
        else:
            parts[key.replace("_", " ")] = value_digest(value)
    return parts


def _signature(variant: Variant, hashes: Mapping[Path, str]) -> Any:
    signature = variant.signature
    if isinstance(signature, Signature):
        return signature.to_mlflow()
    if isinstance(signature, SignatureReference):
        return [signature.name, hashes[variant.root / signature.path]]
    return None


def _proof(variant: Variant, hashes: Mapping[Path, str]) -> dict[str, Any]:
    verify = variant.verify
    expected = verify.expected_output
    return {
        "env": dict(verify.env),
        "pass_env": list(verify.pass_env),
        "expected": expected
        and [hashes[variant.root / expected.file], expected.rtol, expected.atol],
    }
