"""The tools that compute the workloads, one file each; one that is not installed is left out.

Each file has `PACKAGE`, `WAYS` of using the tool (from a workload to a call with its arguments
bound; the first is the ordinary one), and `numbers`, which makes NumPy arrays of a call's results.
What is new in a file is its dialect: the functions that the formulas use, by the tool's own names.
A workload that a tool can not express raises, and is a dash in the tables.
"""
