"""Makes the artifact, with a package that only the model's environment has."""

import sys
from pathlib import Path

import pandas as pd

target = Path(sys.argv[1])
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(pd.Series(["made", "here"]).str.cat(sep=" "))
