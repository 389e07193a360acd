FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /b
COPY pom.xml .
RUN mvn -q dependency:go-offline
COPY src src
RUN mvn -q package

FROM openjdk:17-jdk
ADD https://repo1.maven.org/maven2/io/opentelemetry/agent.jar /otel/agent.jar
COPY --from=build /b/target/app.jar /app.jar
USER 1001
EXPOSE 8080
ENTRYPOINT java $JAVA_OPTS -javaagent:/otel/agent.jar -jar /app.jar
