"""Figure 5 of the depth paper: as Figure 4, for pairs of images."""

from crossover.figures.depth_fig4 import draw

__all__ = ["draw"]
