FROM centos:7

RUN --mount=type=cache,target=/var/cache/yum,id=yum,sharing=locked yum install -y epel-release && yum install -y nginx
RUN groupadd -g 1000 svc \
	&& useradd -u 1000 -g svc svc
USER 1000

# [commented out by tally - Docker will ignore all but last CMD]: CMD ["a"]
CMD ["b"]

ENTRYPOINT ["e"]

HEALTHCHECK CMD curl -f http://localhost/

STOPSIGNAL SIGTERM
