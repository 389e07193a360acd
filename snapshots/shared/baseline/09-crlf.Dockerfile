FROM python:3.11
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt && \
    apt-get update && apt-get install -y git
COPY . .
USER 1001
EXPOSE 8000
CMD ["python", "app.py"]
