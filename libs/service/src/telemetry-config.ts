import { boolean, choice, integer, ratio, url } from './variables.js';

const SAMPLERS = [
  'parentbased_traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'traceidratio',
  'always_on',
  'always_off',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/**
 * One request in a hundred: at 10,000 requests a second that is 100 traces a second to look at, and the spans of the
 * other 99 cost only their ids.
 */
const DEFAULT_SAMPLE_RATIO = 0.01;

/** OpenTelemetry's own variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). */
export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url(
    'where traces are sent, as OTLP over HTTP (JSON); not set: tracing is off. OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT and _COMPRESSION are honoured too',
    'http',
    'http://otel-collector:4318',
  ).optional(),
  OTEL_SDK_DISABLED: boolean('switches tracing off whatever else is set').default(false),
  OTEL_TRACES_SAMPLER: choice('which traces are kept', SAMPLERS).default('parentbased_traceidratio'),
  OTEL_TRACES_SAMPLER_ARG: ratio(
    'share of traces kept that nobody further up has decided on',
    DEFAULT_SAMPLE_RATIO,
  ).default(DEFAULT_SAMPLE_RATIO),
  OTEL_BSP_MAX_QUEUE_SIZE: integer('spans that may wait to be sent; more are dropped', {
    min: 1,
    max: 1_000_000,
    example: 2048,
  }).default(2048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer('spans sent in one request', {
    min: 1,
    max: 1_000_000,
    example: 512,
  }).default(512),
  OTEL_BSP_SCHEDULE_DELAY: integer('time between two sendings', {
    min: 1,
    max: 600_000,
    unit: 'milliseconds',
    example: 5000,
  }).default(5000),
};
