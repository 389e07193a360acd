FROM python:3.12

RUN chmod 775 /opt/data

WORKDIR /appWORKDIR app

COPY . .
USER 1001

CMD ["x"]
