// Builds what the dashboard needs of the controller: its sessions, its files and the live state.

import { fileURLToPath } from 'node:url';
import { AdminSessions } from '../http/gate/admin-sessions.ts';
import { type DashboardFiles, readDashboardFiles } from '../http/respond/dashboard-files.ts';
import { LiveState, type LiveStatePorts } from '../http/respond/live/live-state.ts';
import type { Opened, Platform } from './platform.ts';

export interface Dashboard {
  readonly sessions: AdminSessions;
  /** Undefined if it is turned off, or this program was built without it. */
  readonly dashboardFiles: DashboardFiles | undefined;
  /** The caller closes it before the listeners. */
  readonly live: LiveState;
}

/** The build of the program puts the dashboard's files beside it. */
const BESIDE = fileURLToPath(new URL('./dashboard/', import.meta.url));

export function buildDashboard(
  { config, clock, timers, randomBytes }: Platform,
  ports: LiveStatePorts,
  opened: Opened,
  folder = BESIDE,
): Dashboard {
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
    dashboardFiles: enabled ? readDashboardFiles(folder) : undefined,
    live: new LiveState(ports),
  };
}
