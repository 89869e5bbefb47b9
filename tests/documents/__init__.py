"""The documents as a first-time reader follows them: blocks with marks, and a fresh clone in which they are run."""
