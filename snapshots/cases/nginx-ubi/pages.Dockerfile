# expect: changed
# trap: Pages go to the folder that the new image serves, and the image starts nothing by itself.
FROM registry.access.redhat.com/ubi9/nginx-124:latest
COPY html /opt/app-root/src
USER 1001
CMD ["nginx", "-g", "daemon off;"]
EXPOSE 8080
