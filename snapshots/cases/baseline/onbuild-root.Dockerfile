# expect: either
# trap: Triggers are for another image: they stay.
FROM ruby:3.3
ONBUILD COPY Gemfile Gemfile.lock /app/
ONBUILD RUN bundle install
ONBUILD COPY . /app
ONBUILD USER root
ONBUILD CMD bundle exec rails s
