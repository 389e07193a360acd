# expect: changed
# trap: What a copied script does at the start is not in the file; whoever reviews the change must look.
FROM python:3.12-slim
COPY start /usr/local/bin/start
COPY . /srv
USER 1001
ENTRYPOINT ["/usr/local/bin/start"]
CMD ["python", "/srv/app.py"]
