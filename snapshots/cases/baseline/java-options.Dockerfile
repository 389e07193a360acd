# expect: either
# trap: An unquoted variable may be several arguments, or none.
FROM eclipse-temurin:17
COPY shop.jar /shop.jar
USER 1001
ENTRYPOINT java $JAVA_OPTS -jar /shop.jar
