"""A JupyterHub as docs/jupyterhub.md sets it up, with real users."""
