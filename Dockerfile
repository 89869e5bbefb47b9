# The grader: torchmarks with what grading needs, the CPU build of PyTorch, an ordinary user.
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

FROM python
# A version with the label "+cpu" comes before the one without, so the pin of the wheel takes it from here.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY --from=wheel /wheels /wheels
# Readable for everybody, below no home: then root can give each session a user of its own, too.
RUN python3 -m venv /opt/torchmarks \
    && wheel="$(echo /wheels/torchmarks-*.whl)" \
    && /opt/torchmarks/bin/pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" "${wheel}[grading,cluster]" \
    && useradd --create-home --uid 1000 grader \
    && install --directory --owner=grader --group=grader /course \
    && install --directory --mode=0777 /srv/nbgrader/exchange
ENV PATH=/opt/torchmarks/bin:$PATH
USER 1000
WORKDIR /course
CMD ["torchmarks", "doctor"]
