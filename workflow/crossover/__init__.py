"""Lazy and feature training of neural networks: the numerics, files and figures of the pipeline.

Glossary (the same words in code, configuration, cubes and documentation):

alpha          scale of the predictor, ``F(w, x) = alpha (f(w, x) - f(w0, x))``
sqrt_h_alpha   ``sqrt(h) alpha``, the coordinate in which every grid is given
h, L           width and number of hidden layers
member         one network trained from one seed at one (L, h, sqrt_h_alpha)
margin         ``F(x) y``; training stops when every training pattern has margin 1
kernel         the neural tangent kernel ``Theta(x, x') = grad f(x) . grad f(x')`` of f (not F)
rescaled loss  ``alpha^2 L(w) = mean_mu l(F(x_mu) y_mu)``
"""
