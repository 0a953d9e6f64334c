"""Top-level modules and who provides them: Python itself, or distributions of another name.

The standard library's changes are those of its documentation (docs.python.org/3/whatsnew); the
rest are names that people stumble over.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

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
