"""One entry module per expensive rule: from the arrays of the inputs and a spec to the arrays of the outputs.

These are the only modules that compose numerics, and what `crossover.digest` starts from. Arrays come back under the names of
`crossover.schema`.
"""
