# expect: either
# trap: Stage names are compared without case: both spellings stay, or both change.
FROM alpine:3.22 AS Builder
RUN touch /shop

FROM alpine:3.22
COPY --from=builder /shop /shop
USER 1001
CMD ["/shop"]
