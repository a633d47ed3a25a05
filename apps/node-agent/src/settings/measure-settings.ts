// The settings of what the agent measures with.

import { CHAT_APIS, FIXED_CHAT_FIELDS, REPORT_FORMATS, type ReportFormat } from '@mesh/harness';
import * as z from 'zod';
import { line } from '../measure/result/measurement.ts';
import { httpUrl, seconds } from './fields.ts';

/** By name of the score: the path that gives it, with its suffixes; checked where the source is opened. */
const scoreMap = z.record(z.string().max(128), z.string().max(4_096)).default({});

const credentialFiles = {
  /**
   * A file that only the agent may read, with the API key. It is sent as a bearer token, or as the API of a
   * chat service takes it.
   */
  api_key_file: z.string().min(1).optional(),
  /** PEM: trusted instead of the public certificate authorities. */
  ca_file: z.string().min(1).optional(),
};

/** How a chat service is asked. */
const chatFields = {
  ...credentialFiles,
  api: z.enum(CHAT_APIS).default('openai'),
  /** Ask for the answer as a stream, for services that give it no other way. */
  stream: z.boolean().default(false),
  model: z.string().min(1).default('default'),
  /** In place of the file: the name of a variable of the agent's environment that holds the key. */
  api_key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of a variable, not a key')
    .optional(),
  /** Merged over the fields of each request. null removes a default field. */
  request: z
    .record(z.string(), z.json())
    .default({})
    .superRefine((fields, context) => {
      for (const name of FIXED_CHAT_FIELDS.filter((fixed) => Object.hasOwn(fields, fixed))) {
        context.addIssue({ code: 'custom', path: [name], message: 'cannot be set here: remove it' });
      }
    }),
};

export const MEASURE_SOURCES = [
  'none',
  'canary',
  'command',
  'file',
  'url',
  'report',
  'prometheus',
  'attestation',
] as const;

export const measureSettings = z
  .object({
    /** By default the source whose settings are given. */
    source: z.enum(MEASURE_SOURCES).optional(),
    interval_seconds: seconds.default(30),
    /** Each wait is the interval ± this share of it. */
    jitter: z.number().min(0).max(0.5).default(0.1),
    /** The time limit of one question, command or request. */
    timeout_seconds: seconds.default(20),
    /**
     * If the agent is root: the user of the process that asks a service or reads a result file (canary, url,
     * prometheus, report).
     */
    service_user: z.string().min(1).default('nobody'),
    /** What the scores measure, if the result does not state it. */
    suite_version: line.default('unnamed'),
    canary: z
      .object({
        /** A chat service: `http://127.0.0.1:8000`. */
        endpoint: httpUrl.optional(),
        ...chatFields,
        /** A YAML file. */
        suite: z.string().min(1).optional(),
        /** A second chat service, for assertions of the type `llm-judge`. */
        judge: z
          .object({
            endpoint: httpUrl.optional(),
            ...chatFields,
            /** The most questions to it in one run. */
            max_questions: z.number().int().min(1).max(100_000).default(200),
            /** The time limit of one question to it. */
            timeout_seconds: seconds.default(20),
          })
          .prefault({}),
        concurrency: z.number().int().min(1).max(64).default(4),
        /**
         * The share of the prompts that must be answered for a run to count as a measurement.
         */
        min_answered: z.number().min(0.5).max(1).default(0.9),
        regex_timeout_ms: z.number().int().min(1).max(60_000).default(1_000),
      })
      .prefault({}),
    command: z
      .object({
        /** Program and arguments. */
        argv: z.array(z.string().min(1)).default([]),
        /** If the agent is root: the user that the command runs as. */
        user: z.string().min(1).default('nobody'),
        memory_mb: z.number().int().min(16).max(1_048_576).default(512),
      })
      .prefault({}),
    file: z.object({ path: z.string().min(1).optional() }).prefault({}),
    report: z
      .object({
        /** A result file of an evaluation harness, or another report. */
        path: z.string().min(1).optional(),
        format: z.enum(REPORT_FORMATS as [ReportFormat, ...ReportFormat[]]).optional(),
        map: scoreMap,
        /** The model that must have been evaluated; it chooses among several in the file. */
        model: z.string().min(1).optional(),
        /** A result that is older is not sent. */
        max_age_seconds: z.number().min(1).max(31_622_400).default(86_400),
      })
      .prefault({}),
    /** A file that a third party signed (mesh-agent sources attest). */
    attestation: z.object({ path: z.string().min(1).optional() }).prefault({}),
    prometheus: z
      .object({
        /** The server, with the path under which it serves its API, if any. */
        url: httpUrl.optional(),
        map: scoreMap,
        ...credentialFiles,
      })
      .prefault({}),
    url: z
      .object({
        url: httpUrl.optional(),
        ...credentialFiles,
      })
      .prefault({}),
  })
  .prefault({});
