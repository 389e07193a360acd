# expect: changed
# trap: Root is named behind the start command.
FROM python:3.12-slim
COPY app.py /srv/
ENTRYPOINT ["python", "/srv/app.py"]
USER root
USER 1001
