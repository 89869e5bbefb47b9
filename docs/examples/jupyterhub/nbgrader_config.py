"""What nbgrader has to know of this machine, for everybody on it. Goes to /etc/jupyter/nbgrader_config.py."""

c = get_config()  # noqa: F821 - traitlets defines it when it loads this file

# Where notebooks travel. Everybody may write to it, and nobody take away what is another's (mode 1777).
c.Exchange.root = "/srv/nbgrader/exchange"

# The course of `nbgrader fetch_assignment` without --course. A course's own nbgrader_config.py says its own.
c.CourseDirectory.course_id = "tensors"
