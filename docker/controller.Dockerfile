# The controller: judges, publishes keys, remembers. Build from the root of the repository:
#
#   docker build -f docker/controller.Dockerfile -t aligned-mesh/controller .
#
# Runs as an ordinary user. Its database lives in /var/lib/mesh-controller, the key that unseals it in
# /run/secrets/master.key: mount a volume for each, and keep their backups apart.
FROM node:24-bookworm-slim AS build
WORKDIR /src
RUN npm install --global pnpm@12.21.0
# Manifests first: as long as they stay the same, so does this layer.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml turbo.json tsconfig.json tsconfig.base.json tsup.base.ts ./
COPY packages ./packages
COPY apps ./apps
RUN pnpm install --frozen-lockfile --filter @mesh/controller... --filter @mesh/cli... --filter aligned-mesh
RUN pnpm exec turbo run build --filter @mesh/controller --filter @mesh/cli
# What runs: each app with its production dependencies alone.
RUN pnpm --filter @mesh/controller deploy --prod --legacy /out/controller \
 && pnpm --filter @mesh/cli deploy --prod --legacy /out/cli

FROM node:24-bookworm-slim
COPY --from=build /out/controller /opt/mesh-controller
COPY --from=build /out/cli /opt/meshctl
COPY LICENSE /usr/share/doc/mesh-controller/LICENSE
RUN ln -s /opt/mesh-controller/dist/main.js /usr/local/bin/mesh-controller \
 && ln -s /opt/meshctl/dist/main.js /usr/local/bin/meshctl \
 && chmod +x /opt/mesh-controller/dist/main.js /opt/meshctl/dist/main.js \
 && groupadd --system mesh && useradd --system --gid mesh --home-dir /var/lib/mesh-controller mesh \
 && install -d -m 0700 -o mesh -g mesh /var/lib/mesh-controller /run/secrets
USER mesh
WORKDIR /var/lib/mesh-controller
VOLUME /var/lib/mesh-controller /run/secrets
ENV NODE_ENV=production MESH_DATA_DIR=/var/lib/mesh-controller MESH_MASTER_KEY_FILE=/run/secrets/master.key
# 8443: nodes (mutual TLS); 8444: public (enrolment, health).
EXPOSE 8443 8444
# The answer only, not the certificate: the CA is the controller's own, and this asks from inside.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "require('node:https').get({port:Number(process.env.MESH_PUBLIC_PORT??8444),path:'/health',rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
ENTRYPOINT ["mesh-controller"]
CMD ["serve"]
