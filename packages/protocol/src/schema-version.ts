// The version of the documents that the controller and meshctl give to programs.

/**
 * Rises when a field changes its meaning or goes. New fields do not raise it, because readers ignore what
 * they do not know.
 */
export const SCHEMA_VERSION = 1;

/** In answers of the administration that are JSON. */
export const SCHEMA_VERSION_HEADER = 'mesh-schema-version';
