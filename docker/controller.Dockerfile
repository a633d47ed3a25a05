# The controller and meshctl, from their Debian packages. Build in a folder that npm run package has made:
#
#   docker build -f controller.Dockerfile -t aligned-mesh/controller .
#
# Runs as an ordinary user. Its database lives in /var/lib/mesh-controller, the key that unseals it in
# /run/secrets/master.key: mount a volume for each, and keep their backups apart.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY aligned-mesh-controller_*.deb meshctl_*.deb /tmp/packages/
# The user's number is fixed, because volumes keep it.
RUN groupadd --system --gid 990 mesh && useradd --system --uid 990 --gid mesh --home-dir /var/lib/aligned-mesh mesh \
 && apt-get update \
 && apt-get install -y --no-install-recommends /tmp/packages/*.deb \
 && rm -rf /tmp/packages /var/lib/apt/lists/* \
 && install -d -m 0700 -o mesh -g mesh /var/lib/mesh-controller /run/secrets
USER mesh
WORKDIR /var/lib/mesh-controller
VOLUME /var/lib/mesh-controller /run/secrets
ENV NODE_ENV=production MESH_DATA_DIR=/var/lib/mesh-controller MESH_MASTER_KEY_FILE=/run/secrets/master.key
# 8443: nodes (mutual TLS); 8444: public (enrolment, health).
EXPOSE 8443 8444
# The answer only, not the certificate: the CA is the controller's own, and this asks from inside.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["/usr/lib/aligned-mesh-controller/node", "-e", "require('node:https').get({port:Number(process.env.MESH_PUBLIC_PORT??8444),path:'/health',rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
ENTRYPOINT ["mesh-controller"]
CMD ["serve"]
