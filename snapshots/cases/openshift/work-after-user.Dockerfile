# expect: changed
# trap: Files are copied after USER; root must come back for them, and go again.
FROM python:3.12-slim
RUN useradd --uid 2000 shop
USER 2000
WORKDIR /srv/app
COPY --chown=2000 . .
USER 0
RUN mkdir -p /srv/app && chown -R 2000:0 /srv/app && chmod -R g=u /srv/app
USER 2000
ENV HOME=/tmp
CMD ["python", "app.py"]
