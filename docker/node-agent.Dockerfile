# The node agent: measures, signs, submits and drives WireGuard. Build from the root of the repository:
#
#   docker build -f docker/node-agent.Dockerfile -t aligned-mesh/node-agent .
#
# Making interfaces and filters needs one capability and, without the kernel's WireGuard, the TUN device; running what
# measures as another user, three more:
#
#   docker run --cap-drop ALL --cap-add NET_ADMIN --cap-add SETUID --cap-add SETGID --cap-add KILL \
#     --device /dev/net/tun …
#
# It runs as root in the container, so that CAP_NET_ADMIN is effective in the programs that it starts; benchmark
# commands, and what asks a measured service, are run by it without privileges. Its keys and journal live in /var/lib/mesh-agent: mount a volume there.
FROM node:24-bookworm-slim AS build
WORKDIR /src
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml turbo.json tsconfig.json tsconfig.base.json tsup.base.ts ./
COPY packages ./packages
COPY apps ./apps
RUN pnpm install --frozen-lockfile --filter @mesh/node-agent... --filter aligned-mesh
RUN pnpm exec turbo run build --filter @mesh/node-agent
RUN pnpm --filter @mesh/node-agent deploy --prod --legacy /out/node-agent

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends wireguard-tools wireguard-go nftables iproute2 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/node-agent /opt/mesh-agent
COPY LICENSE /usr/share/doc/mesh-agent/LICENSE
RUN ln -s /opt/mesh-agent/dist/main.js /usr/local/bin/mesh-agent \
 && chmod +x /opt/mesh-agent/dist/main.js \
 && install -d -m 0700 /var/lib/mesh-agent
WORKDIR /var/lib/mesh-agent
VOLUME /var/lib/mesh-agent
ENV NODE_ENV=production
# 51821: slot b, for strict rotation.
EXPOSE 51820/udp 51821/udp
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["mesh-agent", "status"]
ENTRYPOINT ["mesh-agent"]
CMD ["up"]
