// Builds what the dashboard needs of the controller: its sessions, its files and the live state.

import { fileURLToPath } from 'node:url';
import { AdminSessions } from '../http/gate/admin-sessions.ts';
import type { OpenIdDoor } from '../http/gate/open-id/open-id-door.ts';
import { OpenIdProvider } from '../http/gate/open-id/open-id-provider.ts';
import { SignInTickets } from '../http/gate/open-id/sign-in-tickets.ts';
import { controllerUrl } from '../http/listeners/controller-url.ts';
import { type DashboardFiles, readDashboardFiles } from '../http/respond/dashboard-files.ts';
import { LiveState, type LiveStatePorts } from '../http/respond/live/live-state.ts';
import { readNamedCa, readNamedSecret } from '../settings/read-named-file.ts';
import type { Opened, Platform } from './platform.ts';

export interface Dashboard {
  readonly sessions: AdminSessions;
  /** Undefined if nobody signs in by OpenID Connect. */
  readonly openId: OpenIdDoor | undefined;
  /** Undefined if it is turned off, or this program was built without it. */
  readonly dashboardFiles: DashboardFiles | undefined;
  /** The caller closes it before the listeners. */
  readonly live: LiveState;
}

const PROVIDER_TIMEOUT_SECONDS = 10;
/** The build of the program puts the dashboard's files beside it. */
const BESIDE = fileURLToPath(new URL('./dashboard/', import.meta.url));

/** @throws ControllerError `usage` for a file of `dashboard.oidc` that cannot be read */
export function buildDashboard(
  platform: Platform,
  ports: LiveStatePorts,
  opened: Opened,
  folder = BESIDE,
): Dashboard {
  const { config, clock, timers, randomBytes } = platform;
  const { enabled, idle_minutes: idleMinutes, session_hours: hours } = config.dashboard;
  const sessions = new AdminSessions({
    view: ports.view,
    clock,
    timers,
    randomBytes,
    idleMs: idleMinutes * 60_000,
    longestMs: hours * 3_600_000,
  });
  opened.push(() => sessions.close());
  return {
    sessions,
    openId: enabled ? openIdOf(platform) : undefined,
    dashboardFiles: enabled ? readDashboardFiles(folder) : undefined,
    live: new LiveState(ports),
  };
}

function openIdOf({ config, clock, randomBytes }: Platform): OpenIdDoor | undefined {
  const { oidc: setting } = config.dashboard;
  if (setting === undefined) return undefined;
  const { client_secret_file: secretFile, ca_file: caFile } = setting;
  const clientSecret =
    secretFile === undefined
      ? undefined
      : readNamedSecret('dashboard.oidc: client_secret_file', secretFile).trim();
  return {
    provider: new OpenIdProvider({
      setting,
      clientSecret,
      ca: caFile === undefined ? undefined : readNamedCa('dashboard.oidc: ca_file', caFile),
      timeoutSeconds: PROVIDER_TIMEOUT_SECONDS,
      monotonicMs: () => clock.monotonicMs(),
    }),
    tickets: new SignInTickets(clock, randomBytes),
    redirectUri: ({ socket }) => {
      const port = config.public.port === 0 ? (socket.localPort ?? 0) : config.public.port;
      return `${setting.public_url ?? controllerUrl(config.public_names[0], port)}/dashboard/`;
    },
  };
}
