# expect: changed
# trap: The company moves a registry of its own, too.
FROM registry.example.com/team/a:1
CMD ["a"]
