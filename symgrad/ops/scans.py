"""Cumulative sums and products, sorting, and places of extremes."""
