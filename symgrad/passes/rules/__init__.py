"""Tables of equations, one file per purpose. What is no equation stands in `families`."""
