"""What user code sees of its caller, and what nobody can change."""

from __future__ import annotations

from pathlib import Path

from mlpack.adapters.models.cleanroom import clean_environment
from mlpack.ports import Isolation

CALLER = {
    "PATH": "/usr/bin",
    "HOME": "/home/somebody",
    "SECRET": "s3cret",
    "LD_LIBRARY_PATH": "/opt/lib",
    "https_proxy": "http://proxy",
    "SSL_CERT_FILE": "/etc/ca.pem",
    "CUDA_VISIBLE_DEVICES": "1",
    "PYTHONPATH": "/home/somebody/lib",
    "MLFLOW_TRACKING_URI": "http://elsewhere",
    "LANG": "de_DE",
}


def room(**isolation: object) -> dict[str, str]:
    return clean_environment(
        python=Path("/env/bin/python"),
        home=Path("/room/home"),
        temporary=Path("/room/tmp"),
        isolation=Isolation(**isolation),  # type: ignore[arg-type]
        caller=CALLER,
    )


def test_only_paths_proxies_and_authorities_pass() -> None:
    seen = room()
    assert seen["PATH"] == "/env/bin:/usr/bin"
    assert seen["LD_LIBRARY_PATH"] == "/opt/lib"
    assert seen["https_proxy"] == "http://proxy"
    assert seen["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert not {"SECRET", "CUDA_VISIBLE_DEVICES", "PYTHONPATH"} & set(seen)


def test_the_rest_is_fixed() -> None:
    seen = room()
    assert (seen["LC_ALL"], seen["LANG"], seen["TZ"]) == ("C.UTF-8", "C.UTF-8", "UTC")
    assert (seen["USER"], seen["LOGNAME"], seen["PYTHONHASHSEED"]) == ("mlpack", "mlpack", "0")
    assert (seen["HOME"], seen["TMPDIR"]) == ("/room/home", "/room/tmp")
    assert seen["MLFLOW_TRACKING_URI"] == "file:///room/tmp/tracking"


def test_the_manifest_lets_through_and_sets() -> None:
    seen = room(env={"HF_HOME": "/models", "TZ": "Asia/Tokyo"}, pass_env=("SECRET", "UNSET"))
    assert (seen["HF_HOME"], seen["TZ"], seen["SECRET"]) == ("/models", "Asia/Tokyo", "s3cret")
    assert "UNSET" not in seen


def test_what_decides_bytes_stays() -> None:
    seen = room(
        env={"PYTHONHASHSEED": "7", "MLFLOW_LOG_MODEL_COMPRESSION": "gzip"},
        pass_env=("PYTHONPATH",),
    )
    assert seen["PYTHONHASHSEED"] == "0"
    assert not {"MLFLOW_LOG_MODEL_COMPRESSION", "PYTHONPATH"} & set(seen)


def test_the_build_time_is_what_tools_ask_for() -> None:
    assert "SOURCE_DATE_EPOCH" not in room()
    seen = room(build_time=315532800, env={"SOURCE_DATE_EPOCH": "7"})
    assert seen["SOURCE_DATE_EPOCH"] == "315532800"
