# docker build -t radiomics-mammo .
# docker run --rm -v "$PWD:/work" -u "$(id -u):$(id -g)" radiomics-mammo demo --out demo-results
FROM python:3.12-slim-bookworm AS wheels
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY data_manifest data_manifest
COPY radiomics_mammo radiomics_mammo
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

# The second stage has neither compiler nor network: what make wheelhouse gives a cluster.
FROM python:3.12-slim-bookworm
# The version is that of this folder, the only one among the wheels.
# hadolint ignore=DL3013
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels radiomics-mammo \
    && useradd --create-home --uid 1000 reader \
    && install --directory --owner reader /work
ENV HOME=/tmp MPLCONFIGDIR=/tmp
USER 1000
WORKDIR /work
ENTRYPOINT ["radiomics-mammo"]
CMD ["--help"]
