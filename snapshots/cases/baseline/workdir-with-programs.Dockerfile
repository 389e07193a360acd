# expect: changed
# trap: The working directory is that of the system's programs: it is not the application's to write, and a new group takes setuid bits away.
FROM debian:12-slim
COPY tool.deb /tmp/tool.deb
RUN dpkg -i /tmp/tool.deb && rm /tmp/tool.deb
WORKDIR /usr/bin
USER 1001
CMD ["./tool"]
