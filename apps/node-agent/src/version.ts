// The version that this program reports.

export const AGENT_VERSION = '0.1.0';
