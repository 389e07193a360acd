FROM centos:7
ENV HOME=/root
ENV PATH=/opt/bin:$PATH
LABEL vendor="ACME Inc"
RUN yum install -y httpd && \
    yum install -y mod_ssl && \
    yum clean all; \
    for f in a b; do echo $f; done
RUN yum -y update && yum clean all
EXPOSE 80
CMD ["/usr/sbin/httpd", "-DFOREGROUND"]
