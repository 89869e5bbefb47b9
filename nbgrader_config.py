"""The course for nbgrader: `nbgrader <command>` and the formgrader read this file.

Folders are the usual ones beside this file: source/ release/ submitted/ autograded/ feedback/. Grades go to
gradebook.db.
"""

from torchmarks.course import configure

c = get_config()  # noqa: F821 - traitlets defines it when it loads this file

c.CourseDirectory.course_id = "tensors"

# Where students fetch and submit. It must exist and be writable by all of them. Uncomment and choose:
# c.Exchange.root = "/srv/nbgrader/exchange"

# Another database than gradebook.db in this folder, for several graders at once:
# c.CourseDirectory.db_url = "postgresql+psycopg2://grader@localhost/gradebook"

# Where the course stands on the web, for the links to Colab and to a hub that `torchmarks publish` writes:
# c.Published.repository = "https://github.com/ORG/REPO"
# c.Published.hub = "https://hub.example.org"

# Limits for students' code; `nbgrader autograde --help-all` lists all of them under Judge.
# c.Judge.cell_s = 10

# Repair before sanitizing, the judge in place of Execute, hidden tests hidden from feedback.
configure(c)
