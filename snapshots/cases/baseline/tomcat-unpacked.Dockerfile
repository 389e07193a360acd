# expect: changed
# trap: The application is a folder: nothing is unpacked, so that it stays read-only.
FROM tomcat:10.1-jdk17
COPY build/app/ /usr/local/tomcat/webapps/app/
RUN mkdir -p /usr/local/tomcat/conf/Catalina /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work && chgrp -R 0 /usr/local/tomcat/conf/Catalina /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work && chmod -R g=u /usr/local/tomcat/conf/Catalina /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work
USER 1001
