FROM alpine:3.20
USER 1001

CMD ["exec","top","-b"]
