"""What is known of a node: its kind and sign, and what it can be read as. Nothing is rewritten."""
