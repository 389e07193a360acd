# expect: changed
# trap: What starts is no shell script, so that its text says nothing.
FROM python:3.12-slim
COPY start /usr/local/bin/start
USER 1001
CMD ["/usr/local/bin/start"]
