# expect: changed
# trap: Gems are compiled where they run.
FROM registry.access.redhat.com/ubi9/ruby-33:latest
USER 0
WORKDIR /app
COPY . .
RUN bundle install
USER 1001
CMD ["ruby", "app.rb"]
