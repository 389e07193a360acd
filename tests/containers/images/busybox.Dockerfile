# image: docker.io/library/busybox:1.36
# image: docker.io/library/busybox:latest
FROM docker.io/library/debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static \
 && mkdir -p /image/bin /image/etc /image/root /image/var/www && install -d -m 1777 /image/tmp \
 && cp "$(command -v busybox)" /image/bin/busybox && /image/bin/busybox --list | grep -vx busybox | while read -r name; do ln -s busybox "/image/bin/$name"; done \
 && printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >/image/etc/passwd \
 && printf 'root:x:0:\nwww-data:x:33:\nnobody:x:65534:\n' >/image/etc/group

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["sh"]
