// The version that this program reports; a test compares it with package.json.

export const VERSION = '0.1.0';
