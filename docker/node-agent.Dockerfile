# The node agent, from its Debian package. Build in a folder that npm run package has made:
#
#   docker build -f node-agent.Dockerfile -t aligned-mesh/node-agent .
#
# Making interfaces and filters needs one capability and, without the kernel's WireGuard, the TUN device; running what
# measures as another user, three more:
#
#   docker run --cap-drop ALL --cap-add NET_ADMIN --cap-add SETUID --cap-add SETGID --cap-add KILL \
#     --device /dev/net/tun …
#
# It runs as root in the container, so that CAP_NET_ADMIN is effective in the programs that it starts; benchmark
# commands, and what asks a measured service, are run by it without privileges. Its keys and journal live in
# /var/lib/mesh-agent: mount a volume there.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY aligned-mesh-agent_*.deb /tmp/packages/
RUN apt-get update \
 && apt-get install -y --no-install-recommends wireguard-go /tmp/packages/*.deb \
 && rm -rf /tmp/packages /var/lib/apt/lists/* \
 && chown root: /var/lib/mesh-agent
WORKDIR /var/lib/mesh-agent
VOLUME /var/lib/mesh-agent
ENV NODE_ENV=production
# 51821: slot b, for strict rotation.
EXPOSE 51820/udp 51821/udp
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["mesh-agent", "status"]
ENTRYPOINT ["mesh-agent"]
CMD ["up"]
