"""A corpus of damaged submissions: what students, editors and merge tools do to a notebook, one small function each."""
