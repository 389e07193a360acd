# expect: either
# trap: The old form of LABEL: in the new form the quotes must not become part of the value.
FROM debian:12
LABEL vendor="Example Company"
CMD ["sh"]
