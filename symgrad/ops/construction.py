"""Arrays made of nothing: zeros, ones, full, arange, and their _like forms."""
