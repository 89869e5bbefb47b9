# The grader: torchmarks with what grading needs, the CPU build of PyTorch, an ordinary user. `--target hub`: a JupyterHub
# of students and the course beside it, for compose.yaml.
#
#     docker build --tag torchmarks .
#     docker run --rm --volume "$PWD/course:/course" torchmarks torchmarks grade 01-tensors
#
# With the engine's default profile students' code runs at level "landlock"; docs/operating.md says how to raise it.
FROM debian:bookworm-slim AS python
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

FROM python AS wheel
COPY . /src
RUN python3 -m venv /tmp/pip \
    && /tmp/pip/bin/pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /src

FROM python AS grader
# A version with the label "+cpu" comes before the one without, so the pin of the wheel takes it from here.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY --from=wheel /wheels /wheels
# Readable for everybody, below no home: then root can give each session a user of its own, too.
RUN python3 -m venv /opt/torchmarks \
    && wheel="$(echo /wheels/torchmarks-*.whl)" \
    && /opt/torchmarks/bin/pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" "${wheel}[grading,cluster]" \
    && useradd --create-home --uid 1000 grader \
    && install --directory --owner=grader --group=grader /course \
    && install --directory --mode=1777 /srv/nbgrader/exchange
ENV PATH=/opt/torchmarks/bin:$PATH
USER 1000
WORKDIR /course
CMD ["torchmarks", "doctor"]

FROM python AS proxy
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
# 5.1 is the last that Debian 12's node runs.
RUN npm install --prefix /opt/jupyterhub --no-fund --no-audit configurable-http-proxy@~5.1

# The hub of docs/jupyterhub.md: its environments at their places, its accounts made by `hub-start`. Students work in
# this container, so the grader's environment, which has solutions and hidden tests in it, is closed to them.
FROM grader AS hub
# It becomes each student, as root alone can.
# hadolint ignore=DL3002
USER 0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends nodejs && rm -rf /var/lib/apt/lists/*
COPY --from=proxy /opt/jupyterhub /opt/jupyterhub
RUN PIP_NO_CACHE_DIR=1 PIP_EXTRA_INDEX_URL="$TORCH_INDEX" torchmarks student-environment /opt/students \
    && /opt/students/bin/pip install --no-cache-dir 'jupyterhub>=6.1,<7' \
    && python3 -m venv /opt/jupyterhub \
    && /opt/jupyterhub/bin/pip install --no-cache-dir 'jupyterhub>=6.1,<7' \
    && wheel="$(echo /wheels/torchmarks-*.whl)" \
    && /opt/torchmarks/bin/pip install --no-cache-dir "${wheel}[hub]" \
    && usermod --login grader-tensors --home /home/grader-tensors --move-home grader \
    && chgrp grader /opt/torchmarks \
    && chmod 750 /opt/torchmarks \
    && chmod 700 /wheels \
    && install --directory --mode=0700 /srv/jupyterhub
COPY docs/examples/jupyterhub/nbgrader_config.py /etc/jupyter/
COPY docs/examples/jupyterhub/jupyterhub_config.py /etc/jupyterhub/page.py
COPY deploy/hub/jupyterhub_config.py /etc/jupyterhub/
COPY deploy/hub/hub-start /usr/local/bin/
WORKDIR /srv/jupyterhub
EXPOSE 8000
CMD ["hub-start", "/run/secrets/accounts"]

# What `docker build` makes without a target.
FROM grader
