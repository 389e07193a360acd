# expect: either
# trap: An update of all packages is not dropped without a word.
FROM registry.access.redhat.com/ubi9/ubi
RUN yum -y update && yum clean all
USER 1001
CMD ["sh"]
