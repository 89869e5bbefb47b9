"""The hub of compose.yaml: that of docs/jupyterhub.md with the places of the image, and the gradebook's password."""

import os

c = get_config()  # noqa: F821 - traitlets defines it when it loads this file
load_subconfig("/etc/jupyterhub/page.py")  # noqa: F821 - and this: the example of the page as it stands

# All of the container's network; compose.yaml publishes it on the host's loopback alone.
c.JupyterHub.bind_url = "http://:8000"

# The image has one course, whose environment is the grader's.
_ENVIRONMENT = "/opt/torchmarks/bin"
(_course,) = c.JupyterHub.services
_course["command"][0] = f"{_ENVIRONMENT}/jupyterhub-singleuser"
_course["environment"] = {"PATH": f"{_ENVIRONMENT}:/usr/local/bin:/usr/bin:/bin"}
# Of libpq: for the course's server alone, and in no file.
if "PGPASSWORD" in os.environ:
    _course["environment"]["PGPASSWORD"] = os.environ["PGPASSWORD"]
c.JupyterHub.load_groups = {f"formgrade-{_course['name']}": {"users": os.environ["HUB_GRADERS"].split()}}
