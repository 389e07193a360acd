# expect: changed
# trap: A RUN changes the script, so that its text in the build context is not what starts.
FROM python:3.12-slim
COPY start.sh /start.sh
RUN sed -i 's/@USER@/root/' /start.sh
USER 1001
CMD ["/start.sh"]
