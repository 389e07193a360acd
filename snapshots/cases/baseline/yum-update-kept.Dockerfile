# expect: changed
# trap: the update is a security update, and stays.
FROM registry.access.redhat.com/ubi8/ubi:8.10
RUN yum -y update && yum clean all
RUN microdnf install -y jq && microdnf clean all; echo done
USER 1001
CMD ["true"]
