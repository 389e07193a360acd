FROM gcr.io/distroless/base-debian12:debug

SHELL ["/busybox/sh", "-c"]
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

RUN echo a | tr a b > /x
USER 65532

CMD ["sh"]
