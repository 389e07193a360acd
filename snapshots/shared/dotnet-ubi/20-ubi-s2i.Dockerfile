FROM registry.access.redhat.com/ubi8/ubi
RUN yum install -y python38 && yum clean all
USER 1001
COPY app /opt/app
RUN microdnf install -y nano && microdnf clean all
EXPOSE 443/tcp
CMD ["python3", "/opt/app/main.py"]
