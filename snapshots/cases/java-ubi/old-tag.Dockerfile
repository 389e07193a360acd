# expect: changed
# trap: Updates of Java 8 are written `8u342`.
FROM registry.access.redhat.com/ubi8/openjdk-8-runtime:latest
COPY app.jar /app.jar
USER 185
CMD ["java", "-jar", "/app.jar"]
