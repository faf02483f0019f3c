"""Make docs/plot.svg: the picture of the README, drawn by azos from a file of vega-datasets."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMAND = (
    "open stocks.csv | sql \"select symbol, date, price from stdin where symbol <> 'GOOG'\""
    " | plot -x date -y price --by symbol --title 'Prices of shares, 2000 to 2010' --width 88 --height 20 --svg"
)


def main() -> int:
    """Run the command where the data are and write what it gives."""
    found = importlib.util.find_spec("vega_datasets")
    if found is None or found.origin is None:
        print(
            "make_plot_picture: vega-datasets is not installed; `make .venv/.dev` installs it",
            file=sys.stderr,
        )
        return 1
    ran = subprocess.run(
        [Path(sys.executable).with_name("azos"), "run", COMMAND],
        cwd=Path(found.origin).parent / "_data",
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        check=True,
    )
    (ROOT / "docs" / "plot.svg").write_bytes(ran.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
