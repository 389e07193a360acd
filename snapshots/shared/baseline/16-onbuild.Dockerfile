FROM ruby:3.2
ONBUILD COPY Gemfile Gemfile.lock /app/
ONBUILD RUN bundle install
ONBUILD COPY . /app
ONBUILD USER root
ONBUILD CMD bundle exec rails s
