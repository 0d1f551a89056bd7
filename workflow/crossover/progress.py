"""Progress of a long job: a bar on a terminal, a line every ten seconds in a log."""

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

EVERY = 10.0  # seconds between lines of a log


def reporter(label: str, members: int) -> Callable[[int, object], None]:
    """A function to call after each step with the number of ended members and the state of the others."""
    terminal = sys.stderr.isatty()
    bar = tqdm(total=members, desc=label, unit="member", disable=not terminal)
    last = time.monotonic()

    def report(ended: int, state) -> None:
        nonlocal last
        every = 0.2 if terminal else EVERY
        if ended < members and time.monotonic() - last < every:
            return
        last = time.monotonic()
        text = f"t {float(state.t.min()):.3g}, evaluations {int(state.work.evaluations.max())}"
        bar.set_postfix_str(text, refresh=False)
        bar.update(ended - bar.n)
        if not terminal:
            print(f"{label}: {ended} of {members} members ended, {text}", file=sys.stderr, flush=True)
        if ended == members:
            bar.close()

    return report
