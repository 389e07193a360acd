# trap: both digests are those of a single platform
# expect: changed
FROM registry.example/one:1@sha256:e5abb0aa30f978eaa62e165316fde84473c512467c3f35f76fd15e861816788d
