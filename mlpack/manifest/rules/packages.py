"""Which package provides a module: Python itself, or a distribution of whatever name."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mlpack.manifest.view import View

# Modules that Python lost or gained, by the minor version since when.
_LOST: Mapping[int, frozenset[str]] = {
    12: frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"}),
    13: frozenset(
        {"aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap",
         "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau",
         "telnetlib", "uu", "xdrlib"}
    ),
}  # fmt: skip
_GAINED: Mapping[int, frozenset[str]] = {
    11: frozenset({"tomllib"}),
    14: frozenset({"annotationlib", "compression"}),
}
# What has taken the place of a lost or missing module under the same name.
_BACKPORTS: Mapping[str, tuple[str, ...]] = {
    "asynchat": ("pyasynchat",),
    "asyncore": ("pyasyncore",),
    "cgi": ("legacy-cgi",),
    "audioop": ("audioop-lts",),
    "distutils": ("setuptools",),
    "imghdr": ("standard-imghdr",),
    "telnetlib": ("standard-telnetlib", "telnetlib3"),
}

_DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "Bio": ("biopython",),
    "Crypto": ("pycryptodome", "pycrypto"),
    "Cryptodome": ("pycryptodomex",),
    "Levenshtein": ("levenshtein", "python-levenshtein"),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow", "pillow-simd"),
    "PyPDF2": ("pypdf2",),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "community": ("python-louvain",),
    "cv2": (
        "opencv-python-headless", "opencv-python", "opencv-contrib-python-headless",
        "opencv-contrib-python",
    ),
    "dateutil": ("python-dateutil",),
    "decouple": ("python-decouple",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss-cpu", "faiss-gpu", "faiss-gpu-cu12"),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "grpc": ("grpcio",),
    "igraph": ("igraph", "python-igraph"),
    "imblearn": ("imbalanced-learn",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "magic": ("python-magic",),
    "mpl_toolkits": ("matplotlib",),
    "osgeo": ("gdal",),
    "ot": ("pot",),
    "pkg_resources": ("setuptools",),
    "pl_bolts": ("lightning-bolts",),
    "pptx": ("python-pptx",),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "pytorch_lightning": ("pytorch-lightning", "lightning"),
    "pywt": ("pywavelets",),
    "sentence_transformers": ("sentence-transformers",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn", "scikit-learn-intelex"),
    "skopt": ("scikit-optimize",),
    "slugify": ("python-slugify",),
    "snowflake": ("snowflake-connector-python", "snowflake-snowpark-python"),
    "speech_recognition": ("speechrecognition",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly"),
    "torch_geometric": ("torch-geometric", "pyg"),
    "umap": ("umap-learn",),
    "usb": ("pyusb",),
    "websocket": ("websocket-client",),
    "win32api": ("pywin32",),
    "xlrd": ("xlrd",),
    "yaml": ("pyyaml", "ruamel-yaml"),
    "zmq": ("pyzmq",),
    # Of the same name, and surely of no other.
    **{
        name: (name,)
        for name in (
            "accelerate", "aiohttp", "altair", "anndata", "boto3", "botocore", "captum",
            "catboost", "cellxgene_census", "datasets", "diffusers", "duckdb", "einops",
            "esm", "fairseq", "fastapi", "flask", "gensim", "geopandas", "h5py", "hdbscan",
            "httpx", "huggingface_hub", "jax", "jaxlib", "joblib", "keras", "kornia",
            "lifelines", "lightgbm", "lightning", "llama_cpp", "loguru", "loompy", "matplotlib",
            "mudata", "muon", "networkx", "nltk", "numba", "numexpr", "numpy", "onnx", "openai",
            "openpyxl", "optuna", "pandas", "peft", "plotly", "polars", "prophet", "pyarrow",
            "pydantic", "pyro", "rdkit", "requests", "safetensors", "scanpy", "scipy", "scvi",
            "seaborn", "sentencepiece", "shap", "shapely", "spacy", "statsmodels", "sympy",
            "tables", "tabulate", "tensorboard", "tiktoken", "timm", "tokenizers", "torch",
            "torchaudio", "torchmetrics", "torchtext", "torchvision", "tqdm", "transformers",
            "typing_extensions", "wandb", "xarray", "xgboost", "zarr",
        )
    },
    "llama_cpp": ("llama-cpp-python",),
    "pyro": ("pyro-ppl",),
    "scvi": ("scvi-tools",),
    "esm": ("esm", "fair-esm"),
    "rdkit": ("rdkit", "rdkit-pypi"),
}  # fmt: skip

NAMESPACES = frozenset(
    {"__main__", "azure", "backports", "google", "mlflow", "nvidia", "ruamel", "sphinxcontrib",
     "zope"}
)  # fmt: skip
"""Names that many distributions share, so that no one of them can be missed."""

COMMON = frozenset(
    {"PIL", "aiohttp", "anndata", "attr", "certifi", "charset_normalizer", "click", "cloudpickle",
     "dateutil", "filelock", "fsspec", "h5py", "huggingface_hub", "idna", "jinja2", "joblib",
     "matplotlib", "markupsafe", "networkx", "numba", "numpy", "packaging", "pandas",
     "pkg_resources", "platformdirs", "psutil", "pyarrow", "pydantic", "pytz", "requests", "rich",
     "safetensors", "scipy", "setuptools", "six", "sklearn", "sympy", "threadpoolctl",
     "tokenizers", "torch", "tqdm", "transformers", "typing_extensions", "urllib3", "yaml"}
)  # fmt: skip
"""What so many distributions bring along that without a lock nobody can say it is missing."""


def distributions(top: str) -> tuple[str, ...]:
    """Return the distributions that are known to provide a top-level module, the usual one first.

    Empty for a module that the table does not know.
    """
    return _DISTRIBUTIONS.get(top, ()) or _BACKPORTS.get(top, ())


def known_distributions() -> frozenset[str]:
    """Return the names of all distributions of the table."""
    return frozenset(name for names in _DISTRIBUTIONS.values() for name in names)


def in_standard_library(top: str, python: str) -> bool:
    """Tell whether Python ``3.x`` brings the module ``top`` itself."""
    changed = {name for names in (*_LOST.values(), *_GAINED.values()) for name in names}
    if top not in changed:
        return top in sys.stdlib_module_names
    return left_with_python(top, python) is None and came_with_python(top, python) is None


def left_with_python(top: str, python: str) -> str | None:
    """Return the version that took ``top`` out, where ``python`` is that one or later."""
    since = _since(top, _LOST)
    return f"3.{since}" if since and since <= _minor(python) else None


def came_with_python(top: str, python: str) -> str | None:
    """Return the version that brought ``top``, where ``python`` is an earlier one."""
    since = _since(top, _GAINED)
    return f"3.{since}" if since and since > _minor(python) else None


def _since(top: str, changes: Mapping[int, frozenset[str]]) -> int | None:
    return next((minor for minor, names in changes.items() if top in names), None)


def _minor(python: str) -> int:
    minor = python.partition(".")[2].partition(".")[0]
    return int(minor) if minor.isdigit() else sys.version_info.minor


_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
# Names alone: reading a whole lock takes longer than all other checks together.
_LOCKED = re.compile(r"^\s*- name: \"?([a-z0-9][a-z0-9-]*)\"?\s*$", re.MULTILINE)
_INCLUDED = re.compile(r"(?:-r|--requirement)[\s=]*(\S+)")
_EMPTY_WORDS = frozenset({"python", "lib", "core", "utils", "sdk", "api", "client", "data", "the"})


class Provided(NamedTuple):
    """Normalised names of distributions; ``complete`` where they come from a lock."""

    names: frozenset[str]
    complete: bool

    def may_bring(self, top: str) -> bool:
        """Whether one of them may well provide the top-level module ``top``."""
        if top in NAMESPACES or (top in COMMON and not self.complete):
            return True
        if any(normal(name) in self.names for name in (*distributions(top), top)):
            return True
        return any(_alike(top, name) for name in self.names)


def provided(view: View) -> Provided | None:
    """Return what the manifest's requirements name, and the lock beside it pins.

    ``None`` where a requirement does not tell its name: then anything may come.
    """
    written = view.keys.get("dependencies")
    if written is None:
        return None
    asked = {"requirements": written} if isinstance(written, list) else written
    try:
        names = set(_asked_names(view.root, asked))
    except (OSError, ValueError, _NamelessError):
        return None
    if not names & {"mlflow", "mlflow-skinny"}:
        names.add("mlflow")
    locked = _locked_names(view)
    # A lock that is cut off, or older than a requirement, says nothing of what is not in it.
    stated = {_name(line) for line in asked.get("requirements", ()) if ";" not in line}
    complete = stated <= locked and not locked.isdisjoint({"mlflow", "mlflow-skinny"})
    return Provided(names=frozenset(names | locked), complete=complete)


def normal(name: str) -> str:
    """Return a distribution's name in the one way that indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _NamelessError(Exception):
    """A requirement does not say its name."""


def _asked_names(root: Path, asked: dict[str, Any]) -> Iterator[str]:
    for line in asked.get("requirements", ()):
        yield _name(line)
    if "file" in asked:
        yield from _file_names(root / asked["file"], seen=set())
    if "pyproject" in asked:
        yield from _project_names(root / asked["pyproject"].get("path", "pyproject.toml"))


def _file_names(path: Path, seen: set[Path]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    text = path.read_text(encoding="utf-8-sig").replace("\\\n", " ")
    for raw in text.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        if included := _INCLUDED.match(line):
            yield from _file_names(path.parent / included[1], seen)
        elif line.startswith(("-e", "--editable")):
            raise _NamelessError
        elif line and not line.startswith("-"):
            yield _name(line)


def _project_names(path: Path) -> Iterator[str]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    project = tomllib.loads(path.read_text(encoding="utf-8"))
    table = project.get("project", {})
    lists = [
        table.get("dependencies", []),
        *table.get("optional-dependencies", {}).values(),
        *project.get("dependency-groups", {}).values(),
    ]
    if "dependencies" in table.get("dynamic", ()):
        raise _NamelessError
    yield from (_name(line) for lines in lists for line in lines if isinstance(line, str))


def _name(line: str) -> str:
    found = _NAME.match(line)
    if found is None or "://" in line.partition("@")[0]:
        raise _NamelessError
    return normal(found[1])


def _locked_names(view: View) -> set[str]:
    path = (view.root / Path(view.document.file).name).with_suffix(".lock")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return set()
    return set(_LOCKED.findall(text)) if text.endswith("\n") else set()


def _alike(top: str, name: str) -> bool:
    """Whether a name looks as if it had to do with a module: they share a word, or contain it."""
    compact = [re.sub(r"[-_.]", "", each).lower() for each in (top, name)]
    if min(map(len, compact)) >= 4 and (compact[0] in compact[1] or compact[1] in compact[0]):
        return True
    words = [set(re.split(r"[-_.]", each.lower())) for each in (top, name)]
    shared = words[0] & words[1] - _EMPTY_WORDS
    return any(len(word) >= 3 for word in shared)
