"""In the way of a package that jsonschema goes without: half of the start of each nbgrader and each JupyterLab.

The reason stands in `torchmarks/spared.py`, which sees to our own processes; this is for those that tests start.
"""

raise ImportError("spared in tests")
