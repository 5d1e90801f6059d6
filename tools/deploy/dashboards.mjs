/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} about what it means, and when to worry
 * @property {Record<string, string>} lines PromQL by what the line is called (Grafana's legend format)
 * @property {string} [unit] Grafana's name of it; `short` unless told
 * @property {'timeseries' | 'stat'} [type] `timeseries` unless told
 * @property {number} [limit] drawn as a threshold: beyond it something is wrong
 *
 * @typedef {object} Dashboard
 * @property {string} uid also the file's name
 * @property {string} title
 * @property {Record<string, readonly Panel[]>} rows panels by the row's title
 */

/** @param {string} metric @param {string} [selector] @param {string} [by] */
const quantiles = (metric, selector = '', by = '') =>
  Object.fromEntries(
    [0.5, 0.99].map((q) => [
      `p${String(q * 100)}${by && ` {{${by}}}`}`,
      `histogram_quantile(${String(q)}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket${selector && `{${selector}}`}[$__rate_interval])))`,
    ]),
  );

const EMIT = 'method="POST",route="/api/v1/balance/delta"';
const DERIVE = 'method="GET",route="/api/v1/balance/derive/:customerId"';

/** @param {string} slo @param {string} title @param {string} about @returns {Panel} */
const objective = (slo, title, about) => ({
  title,
  about: `${about} The objective is 99 %.`,
  lines: { good: `1 - pacspace:slo_bad:ratio_rate1h{slo="${slo}"}` },
  unit: 'percentunit',
  type: 'stat',
});

/** @type {readonly Dashboard[]} */
export const dashboards = [
  {
    uid: 'pacspace-service',
    title: 'PacSpace: what is promised',
    rows: {
      'Objectives, last hour': [
        objective('durable', 'Durable in 100 ms', 'Single emits answered within 100 ms and not with 5xx.'),
        objective('verified', 'Verified in 1 s', 'Envelopes in the ledger within 1 s of being stored.'),
        objective('derive', 'Derived in 200 ms', 'Derives answered within 200 ms and not with 5xx.'),
        {
          title: 'Seals waiting for a head',
          about: 'For how long the oldest has been waiting. The objective is one minute.',
          lines: { age: 'max(pacspace_checkpointer_seal_age_seconds)' },
          unit: 's',
          type: 'stat',
          limit: 60,
        },
      ],
      Deltas: [
        {
          title: 'Deltas a second',
          about: 'Accepted and projected are the same over any minute in which the lanes keep up.',
          lines: {
            accepted: 'sum(rate(pacspace_accepted_deltas_total[$__rate_interval]))',
            'projected: {{outcome}}':
              'sum by (outcome) (rate(pacspace_projector_deltas_total[$__rate_interval]))',
            replayed: 'sum(rate(pacspace_replayed_deltas_total[$__rate_interval]))',
            'refused: {{code}}': 'sum by (code) (rate(pacspace_rejected_deltas_total[$__rate_interval]))',
          },
        },
        {
          title: 'Accepted and not projected',
          about: 'From the stores (lag), and from what the processes have counted in an hour.',
          lines: {
            'in the log, not in the ledger': 'pacspace:unprojected_deltas',
            'counted, one hour': 'pacspace:accepted_minus_projected_deltas:increase1h',
          },
        },
        {
          title: 'Lag by lane',
          about: 'For how long the oldest delta of the lane that is not in the ledger has been in the log.',
          lines: { 'lane {{lane}}': 'max by (lane) (pacspace_lane_lag_seconds)' },
          unit: 's',
          limit: 30,
        },
        {
          title: 'Time to verified',
          about: 'From the log to the ledger, by envelope.',
          lines: quantiles('pacspace_projector_verified_seconds'),
          unit: 's',
          limit: 1,
        },
      ],
      Requests: [
        {
          title: 'Emit latency',
          about: 'Single emits.',
          lines: quantiles('pacspace_http_request_duration_seconds', EMIT),
          unit: 's',
          limit: 0.1,
        },
        {
          title: 'Derive latency',
          about: 'All scopes together; a wide one may take longer by right.',
          lines: quantiles('pacspace_http_request_duration_seconds', DERIVE),
          unit: 's',
          limit: 0.2,
        },
        {
          title: 'Requests a second by route',
          about: 'All routes but health.',
          lines: {
            '{{method}} {{route}}':
              'sum by (method, route) (rate(pacspace_http_request_duration_seconds_count[$__rate_interval]))',
          },
        },
        {
          title: 'Answers with 5xx',
          about: '503 says to come again; 500 is a bug.',
          lines: {
            '{{route}}':
              'sum by (route) (rate(pacspace_http_request_duration_seconds_count{status="5xx"}[$__rate_interval]))',
          },
          limit: 0.01,
        },
      ],
      'Seals and comparisons': [
        {
          title: 'Checkpoints',
          about: 'Asked for, by what became of them.',
          lines: {
            '{{scope}} {{outcome}}':
              'sum by (scope, outcome) (rate(pacspace_checkpointer_checkpoints_total[$__rate_interval]))',
          },
        },
        {
          title: 'Heads',
          about: 'Refused ones are an alarm: a log that does not follow from its last head.',
          lines: {
            '{{outcome}}': 'sum by (outcome) (increase(pacspace_checkpointer_heads_total[$__rate_interval]))',
          },
        },
        {
          title: 'Months overdue',
          about: 'For how long a month that has ended should have been sealed.',
          lines: { overdue: 'max(pacspace_checkpointer_overdue_seconds)' },
          unit: 's',
          limit: 3600,
        },
        {
          title: 'Comparisons',
          about: 'Two totals against the ledger, from the request to the answer.',
          lines: quantiles('pacspace_comparer_balances_seconds'),
          unit: 's',
        },
      ],
    },
  },
  {
    uid: 'pacspace-machinery',
    title: 'PacSpace: what it runs on',
    rows: {
      'Into the log': [
        {
          title: 'Deltas in one envelope',
          about: 'Grows with the load: this is what makes a full gateway cheaper a delta than an idle one.',
          lines: quantiles('pacspace_envelope_deltas'),
        },
        {
          title: 'Envelope size',
          about: 'Under the server’s max_payload by construction.',
          lines: quantiles('pacspace_envelope_bytes'),
          unit: 'bytes',
        },
        {
          title: 'Publish latency',
          about: 'The log’s fsync, and its replication: the floor under every emit.',
          lines: quantiles('pacspace_publish_duration_seconds'),
          unit: 's',
        },
        {
          title: 'Idempotency',
          about: 'Skipped look-ups mean that Postgres was away, and leave the decision to the projector.',
          lines: {
            '{{outcome}}': 'sum by (outcome) (rate(pacspace_idempotency_lookups_total[$__rate_interval]))',
          },
        },
      ],
      'Into the ledger': [
        {
          title: 'Deltas in one turn',
          about: 'One turn is one transaction. Full turns mean that the lane is catching up.',
          lines: quantiles('pacspace_projector_turn_deltas'),
        },
        {
          title: 'Turn',
          about: 'From envelopes read to their rows in the ledger and the cache.',
          lines: quantiles('pacspace_projector_turn_seconds'),
          unit: 's',
        },
        {
          title: 'Lanes by projector',
          about: 'How the lanes are shared out. A vacant or failing one is read by nobody.',
          lines: { '{{instance}} {{activity}}': 'sum by (instance, activity) (pacspace_projector_lanes)' },
        },
        {
          title: 'Written to Redis',
          about: 'Failed ones cost latency, never truth.',
          lines: {
            '{{outcome}}': 'sum by (outcome) (rate(pacspace_projector_cache_writes_total[$__rate_interval]))',
          },
        },
      ],
      Webhooks: [
        {
          title: 'Deliveries waiting',
          about: 'Due now or later; retries of receivers that fail make most of them.',
          lines: { waiting: 'sum(pacspace_notifier_waiting_deliveries)' },
        },
        {
          title: 'Overdue',
          about: 'For how long the oldest that is due has been waiting for its try.',
          lines: { overdue: 'max(pacspace_notifier_overdue_seconds)' },
          unit: 's',
          limit: 300,
        },
        {
          title: 'Event to delivered',
          about: 'First tries that succeed are fast; the rest is the receivers.',
          lines: quantiles('pacspace_notifier_delivery_seconds'),
          unit: 's',
        },
        {
          title: 'Tries',
          about: 'By what they came to.',
          lines: {
            '{{outcome}}': 'sum by (outcome) (rate(pacspace_notifier_tries_total[$__rate_interval]))',
          },
        },
      ],
      Queues: [
        {
          title: 'Saturation',
          about: 'Every bounded queue and pool of every app; 1 is full.',
          lines: { '{{app}} {{queue}}': 'max by (app, queue) (pacspace_queue_saturation_ratio)' },
          unit: 'percentunit',
          limit: 0.8,
        },
        {
          title: 'Refused',
          about: 'What a full queue did not take; the client was told to come again.',
          lines: {
            '{{app}} {{queue}}':
              'sum by (app, queue) (rate(pacspace_queue_refused_items_total[$__rate_interval]))',
          },
          limit: 0.01,
        },
      ],
      Processes: [
        {
          title: 'CPU',
          about: 'Cores. One process uses little more than one: add replicas, not cores.',
          lines: {
            '{{app}} {{instance}}':
              'sum by (app, instance) (rate(process_cpu_seconds_total{job="pacspace"}[$__rate_interval]))',
          },
        },
        {
          title: 'Memory',
          about: 'Resident.',
          lines: {
            '{{app}} {{instance}}': 'max by (app, instance) (process_resident_memory_bytes{job="pacspace"})',
          },
          unit: 'bytes',
        },
        {
          title: 'Event-loop delay, p99',
          about: 'How late the process is for whatever comes next.',
          lines: { '{{app}} {{instance}}': 'max by (app, instance) (nodejs_eventloop_lag_p99_seconds)' },
          unit: 's',
          limit: 0.25,
        },
        {
          title: 'Checks that are unwell',
          about: '/health says why.',
          lines: {
            '{{app}} {{check}}: {{state}}': 'max by (app, check, state) (pacspace_unhealthy_checks) > 0',
          },
          limit: 1,
        },
      ],
    },
  },
];
