# expect: changed
# trap: the cleanup runs once, behind the loop, and not as the user that cannot write there.
FROM example.com/desktop
USER 1000
RUN sudo apt-get update \
  && for name in jq tini; do sudo apt-get install -y --no-install-recommends "$name"; done \
  && sudo rm -rf /var/lib/apt/lists/*
CMD ["jq"]
