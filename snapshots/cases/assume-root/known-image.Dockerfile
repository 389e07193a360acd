# expect: changed
# trap: Of a known image nothing is assumed.
FROM python:3.12-slim
COPY . /srv
USER 1001
CMD ["python", "/srv/app.py"]
