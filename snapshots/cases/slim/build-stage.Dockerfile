# expect: changed
# trap: The build stage compiles and is not shipped: it stays.
FROM python:3.12 AS build
RUN pip wheel -w /wheels psycopg2
FROM debian:bookworm-slim
COPY --from=build /wheels /wheels
CMD ["ls", "/wheels"]
