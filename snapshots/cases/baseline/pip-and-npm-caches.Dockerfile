# expect: changed
# trap: the cache of npm matters only where it ships.
FROM node:22 AS build
COPY package.json .
RUN npm install

FROM python:3.13-slim
COPY --from=build /app /app
RUN pip3 install --no-cache-dir -r /app/requirements.txt \
    # a comment
    && python -m pip install --no-cache-dir gunicorn
USER 1001
CMD ["gunicorn", "app"]
