"""What a benchmark ran on."""

import os
import platform
from pathlib import Path


def described() -> dict[str, str]:
    """Model of the processor and number of its cores, as attributes of a file."""
    return {"machine": _processor(), "cores": str(os.cpu_count())}


def _processor() -> str:
    """The model by the kernel of Linux; elsewhere what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
