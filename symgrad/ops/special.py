"""Special functions: error functions, the normal distribution, gamma and Bessel functions."""
