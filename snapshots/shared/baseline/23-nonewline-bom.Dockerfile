FROM busybox
COPY x /x
USER 1001
CMD ["/x"]