"""Everything that a model can do wrong, by name."""

import ctypes
import logging
import os
import sys
import time
import warnings


def perform(deed):
    return DEEDS[deed]()


def raise_error():
    raise ValueError("the third\nweight is missing")


def leave():
    sys.exit(3)


def leave_at_once():
    print("last words", flush=True)
    os._exit(0)


def crash():
    ctypes.string_at(0)


def hang():
    print("hanging now", flush=True)
    while True:
        time.sleep(0.1)


def exhaust():
    raise MemoryError("Unable to allocate 9.9 TiB")


def import_missing():
    import lightgbm  # noqa: F401


def read_variable():
    return os.environ["HF_SECRET_NAME"]


def read_home():
    with open(os.path.expanduser("~/weights.bin"), "rb") as file:
        return file.read()


def babble():
    for stream in (sys.stdout, sys.stderr):
        stream.write("\x1b[31m{'ok': true}\x00 garbage\n" * 1000)
    sys.stdout.close()
    return ["fine"]


def litter():
    os.makedirs(os.path.expanduser("~/.cache/litter"))
    with open("here.txt", "w") as file:
        file.write(os.getcwd())
    return ["fine"]


def warn():
    warnings.warn("The weights are old.", UserWarning, stacklevel=1)
    warnings.warn("The weights are old.", UserWarning, stacklevel=1)
    warnings.warn("The format is old.", DeprecationWarning, stacklevel=1)
    warnings.warn("Nobody asked.", UserWarning, stacklevel=1)  # mlpack: ignore[model-warning]
    logging.getLogger("far").warning("far away")
    return ["fine"]


def look_around():
    there = [name for name in ("numpy.ma.mrecords", "tabnanny") if name in sys.modules]
    raise RuntimeError(f"imported: {there}")


DEEDS = {name: value for name, value in list(globals().items()) if callable(value)}
