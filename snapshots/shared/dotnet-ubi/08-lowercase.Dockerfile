from alpine:3.19 as Builder
run apk add --no-cache gcc musl-dev
copy main.c .
run gcc -o /hello main.c

from alpine:3.19
copy --from=Builder /hello /hello
add config.tar.gz /etc/app/
cmd ["/hello"]
