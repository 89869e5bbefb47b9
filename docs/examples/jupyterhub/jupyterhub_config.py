"""A hub on one machine: everybody is a Unix user with a JupyterLab of their own, every course an account that grades.

Goes to /etc/jupyterhub/jupyterhub_config.py; docs/jupyterhub.md says what has to be there before.
"""

from typing import Any

c = get_config()  # noqa: F821 - traitlets defines it when it loads this file

# For each course: the account that owns it, a free port of this machine, and who grades it.
COURSES: dict[str, dict[str, Any]] = {
    "tensors": {"account": "grader-tensors", "port": 9001, "graders": ["grace"]},
}
STUDENTS = "/opt/students"  # the students' environment
HUB = "/opt/jupyterhub"  # the hub's own, with its proxy
PATH = "/usr/local/bin:/usr/bin:/bin"

# Loopback: what speaks TLS to the world (nginx, caddy) stands before it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.ConfigurableHTTPProxy.command = [f"{HUB}/node_modules/.bin/configurable-http-proxy"]

# Names and passwords of this machine. The accounts of the courses are not in the group: nobody logs in as one.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"hub-users"}

c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [f"{STUDENTS}/bin/jupyterhub-singleuser"]
c.Spawner.environment = {"PATH": f"{STUDENTS}/bin:{PATH}"}
c.Spawner.default_url = "/lab"


def formgrader(course: str, account: str, port: int) -> dict[str, Any]:
    """A course's JupyterLab with the formgrader: one for all of its graders, as its account, in its environment."""
    root = f"/home/{account}/{course}"
    return {
        "name": course,
        "url": f"http://127.0.0.1:{port}",
        "user": account,
        "cwd": root,
        # As a page: servers of a hub refuse to be shown in a frame, as the formgrader in JupyterLab would be.
        "command": [f"{root}/.venv/bin/jupyterhub-singleuser", "--ServerApp.default_url=/formgrader"],
        # nbgrader starts `alembic` by its bare name.
        "environment": {"PATH": f"{root}/.venv/bin:{PATH}"},
        "oauth_no_confirm": True,
    }


c.JupyterHub.services = [formgrader(name, course["account"], course["port"]) for name, course in COURSES.items()]
c.JupyterHub.load_groups = {f"formgrade-{name}": {"users": course["graders"]} for name, course in COURSES.items()}
c.JupyterHub.load_roles = [
    {"name": f"formgrade-{name}", "groups": [f"formgrade-{name}"], "scopes": [f"access:services!service={name}"]}
    for name in COURSES
]
