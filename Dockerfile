# syntax=docker/dockerfile:1
# weighmaster without anything else: no shell is needed, nothing is written outside /tmp, nobody is root.
#   docker build -t weighmaster .
#   docker run --rm --read-only --tmpfs /tmp --network none --cap-drop ALL -v "$PWD:/work:ro" weighmaster scan models
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY .ci .ci
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY rules rules
RUN node .ci/build.js && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/weighmaster-runtime

FROM node:24-slim
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY rules rules
COPY schemas schemas
COPY package.json LICENSE SECURITY.md ./
USER node
WORKDIR /work
ENTRYPOINT ["node", "/app/bin/weighmaster.js"]
CMD ["--help"]
