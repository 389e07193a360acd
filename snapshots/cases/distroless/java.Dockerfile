# expect: changed
# trap: The entry point of the new image is `java -jar`: CMD would be its arguments.
FROM gcr.io/distroless/java21-debian12:nonroot
COPY app.jar /app.jar
ENTRYPOINT []
USER 65532
CMD ["java", "-Xmx1g", "-jar", "/app.jar"]
