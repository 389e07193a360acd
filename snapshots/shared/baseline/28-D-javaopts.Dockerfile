FROM eclipse-temurin:17
USER 1001

ENTRYPOINT java "$JAVA_OPTS" -jar /app.jar
