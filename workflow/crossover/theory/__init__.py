"""Analytic kernels of infinitely wide fully connected ReLU networks, their limits in depth, and what they predict.

The paper is "Revisiting the Neural Tangent Kernel: the role of large width and depth" (arXiv:2511.07272). Its L counts layers
of weights, one more than the hidden layers: here `weight_layers`. Its networks have plain ReLU (``gain`` 1) unless said
otherwise, and weights from N(0, 1) with factors 1 / sqrt(fan in). Angles are in radians, arrays in float64.
"""

from crossover.theory.points import angles, kernel_matrix, symmetric_kernel_matrix
from crossover.theory.relu import correlation_angle, normalized_ntk
from crossover.theory.table import tabulated_ntk

__all__ = ["angles", "correlation_angle", "kernel_matrix", "normalized_ntk", "symmetric_kernel_matrix", "tabulated_ntk"]
