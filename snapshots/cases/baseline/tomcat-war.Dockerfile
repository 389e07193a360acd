# expect: changed
# trap: Tomcat listens on 8080 already, but unpacks the archive beside it and writes logs, work and conf/Catalina.
FROM tomcat:9.0.99-jdk17-temurin
COPY target/shop.war /usr/local/tomcat/webapps/ROOT.war
RUN mkdir -p /usr/local/tomcat/conf/Catalina /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work /usr/local/tomcat/webapps && chgrp -R 0 /usr/local/tomcat/conf/Catalina /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work /usr/local/tomcat/webapps && chmod -R g=u /usr/local/tomcat/conf/Catalina /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work /usr/local/tomcat/webapps
USER 1001
EXPOSE 8080
