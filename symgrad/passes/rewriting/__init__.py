"""The rewrite engine: rules as data, which of them a node may match, sweeps over the nodes."""
