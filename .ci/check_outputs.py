"""Check that a run left what the README says: cubes that open, figures, verdicts, a report. Prints what it found."""

import json
import sys
from pathlib import Path

import xarray as xr

VERDICTS = {"reproduced", "not reproduced", "not decided"}


def main(results: Path) -> None:
    """Fail with the name of what is missing or wrong."""
    for experiment in ("fashion", "fashion_variance"):
        for kind in ("cubes", "summary"):
            with xr.open_dataset(results / kind / f"{experiment}.nc") as cube:
                assert cube.sizes["h"] == 3, f"{kind}/{experiment}: {dict(cube.sizes)}"
                if kind == "cubes":
                    assert (cube["status"] == 1).all(), f"{experiment}: not every member converged"
                print(f"{kind}/{experiment}.nc: {dict(cube.sizes)}")
    for figure in ("fig1", "fig3", "fig4", "fig5"):
        for ending in ("png", "pdf"):
            size = (results / "figures" / f"{figure}.{ending}").stat().st_size
            assert size > 5000, f"{figure}.{ending} has {size} bytes"
    claims = json.loads((results / "claims.json").read_text(encoding="utf-8"))
    assert [claim["id"] for claim in claims] == [f"C{k}" for k in range(1, 12)], "claims C1 to C11 wanted"
    assert {claim["verdict"] for claim in claims} <= VERDICTS
    report = (results / "report.html").read_text(encoding="utf-8")
    assert "Report card" in report and "fig5.png" in report, "report.html lacks the report card or a figure"
    assert "explorer.html" in report, "report.html lacks the explorer"
    explorer = (results / "explorer.html").read_text(encoding="utf-8")
    assert all(name in explorer for name in ("fashion, L = 3", "fashion_variance, L = 3")), "explorer.html lacks an experiment"
    print(f"explorer.html has {len(explorer) / 1e6:.1f} MB")
    print(f"{len(claims)} claims judged; report.html has {len(report) / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
