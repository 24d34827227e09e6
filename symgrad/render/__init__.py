"""Graph to picture: a scene (what is shown), its DOT, and Graphviz's engine."""
