import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** `00:10:00` or `1.02:03:04.5` in milliseconds. */
export function timeSpanMs(text: string): number {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?$/.exec(text);
  if (match === null) throw new Error(`"${text}" is not a time span like 00:10:00`);
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1000 + Math.round(Number(`0.${fraction}`) * 1000);
}

const timeSpan = (fallback: string) =>
  z
    .string()
    .refine((text) => /^(\d+\.)?\d{1,2}:\d{2}(:\d{2}(\.\d{1,7})?)?$/.test(text), 'expected a time span like 00:00:02')
    .default(fallback)
    .transform(timeSpanMs);

const queues = z.object({
  maxPollingInterval: timeSpan('00:01:00'),
  visibilityTimeout: timeSpan('00:00:00'),
  batchSize: z.int().min(1).max(32).default(16),
  maxDequeueCount: z.int().min(1).default(5),
  newBatchThreshold: z.int().min(0).optional(),
  messageEncoding: z.enum(['base64', 'none']).default('base64'),
});

const schema = z.object({
  version: z.literal('2.0'),
  functionTimeout: timeSpan('00:30:00'),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: queues.prefault({}),
    })
    .prefault({}),
});

/** All times in milliseconds. What is absent has the default of the Functions runtime. */
export interface HostJson {
  readonly functionTimeoutMs: number;
  readonly routePrefix: string;
  readonly queues: QueueOptions;
}

export interface QueueOptions {
  readonly maxPollingIntervalMs: number;
  /** How long a message stays hidden after its function failed. */
  readonly visibilityTimeoutMs: number;
  readonly batchSize: number;
  readonly maxDequeueCount: number;
  readonly newBatchThreshold: number;
  readonly messageEncoding: 'base64' | 'none';
}

/** Throws with every mistake in the text, each with its place. Settings of other extensions are nobody's business here. */
export function parseHostJson(text: string): HostJson {
  const result = schema.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(`host.json: ${z.prettifyError(result.error)}`);
  const { functionTimeout, extensions } = result.data;
  const { maxPollingInterval, visibilityTimeout, newBatchThreshold, ...rest } = extensions.queues;
  return {
    functionTimeoutMs: functionTimeout,
    routePrefix: extensions.http.routePrefix,
    queues: {
      ...rest,
      maxPollingIntervalMs: maxPollingInterval,
      visibilityTimeoutMs: visibilityTimeout,
      newBatchThreshold: newBatchThreshold ?? Math.floor(rest.batchSize / 2),
    },
  };
}

export const readHostJson = (file: string): HostJson => parseHostJson(readFileSync(file, 'utf8'));
