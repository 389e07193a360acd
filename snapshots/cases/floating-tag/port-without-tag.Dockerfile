# trap: the colon is that of a port
# expect: changed
FROM localhost:5000/team/app:latest@sha256:ab6867b2dbe74b20346829f7c96617cbad8b29738cb437c50dd77011f2b3381a
