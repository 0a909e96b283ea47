# The images of the database and of what backs it up. The second needs what `npm run release` has put into dist/.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG POSTGRES_IMAGE=postgres:17-bookworm

# PostgreSQL, and what archives its changes.
FROM ${POSTGRES_IMAGE} AS database
RUN set -eu; \
    command -v pgbackrest || { \
      apt-get update; \
      apt-get install --yes --no-install-recommends pgbackrest; \
      rm -rf /var/lib/apt/lists/*; \
    }; \
    install -d -o postgres -g postgres -m 0700 \
      /etc/pgbackrest /var/lib/pgbackrest /var/lib/pgbackrest-long-term

FROM ${NODE_IMAGE} AS node
RUN cp "$(node -p process.execPath)" /node

# Root: it reads the database's files and becomes their owner for whatever writes.
FROM database AS backup
COPY --from=node /node /usr/local/bin/node
COPY dist/panel /app
RUN chmod -R a+rX /app && \
    ln -s /app/packages/panel/dist/ctrl-alt-play-backup.mjs /usr/local/bin/ctrl-alt-play-backup && \
    ctrl-alt-play-backup --help
ENV NODE_ENV=production
WORKDIR /app
ENTRYPOINT []
CMD ["ctrl-alt-play-backup"]
