# expect: changed
# trap: What Maven builds runs on every C library: its stage stays.
FROM maven:3.9 AS build
WORKDIR /src
COPY . .
RUN mvn package
FROM registry.access.redhat.com/ubi9/openjdk-17-runtime:latest
COPY --from=build /src/target/app.jar /app.jar
USER 185
EXPOSE 8080
ENTRYPOINT ["java", "-jar", "/app.jar"]
