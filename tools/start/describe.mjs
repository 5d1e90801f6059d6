import { relative } from 'node:path';

export const usage = `Usage: npm start [-- --help]

Brings the whole system up on this machine: installs and builds what is missing, provides NATS, Redis and PostgreSQL as
private servers on free ports, migrates, seeds a demo tenant, starts the apps, and waits until they are ready.
Ctrl-C ends everything; a second Ctrl-C does so at once. The next start finds the same data and the same key.

Environment:
  PORT          of the API; default 3000, or a free one when that is taken
  DATA_DIR      all data, logs and secrets; default .data
  NATS_URL, REDIS_URL, DATABASE_URL
                a server of yours for that purpose; none is started then
  NATS_MONITOR_URL
                with NATS_URL: the monitoring endpoint, which says whether the server syncs before it acknowledges
  PACSPACE_SERVERS_DIR
                where downloaded servers are kept; default .data/servers
  PACSPACE_IGNORE_SYSTEM_SERVERS=1
                do not use the machine's own servers
  ACCESS        open: whoever registers needs no approval; default approval
  PLANS         what tenants may send, by plan, as JSON (docs/limits.md); default the plans free and unlimited
  LANES, LOG_LEVEL and every other variable of the apps go through to them.
`;

/**
 * What the user sees when all is up.
 * @param {import('./launch.mjs').Running} running
 * @param {{ dataDir: string, seconds: number, durability: string }} options
 */
export function describeRunning({ baseUrl, apiKey, account, operator }, { dataDir, seconds, durability }) {
  const dir = relative('.', dataDir) || '.';
  return `
PacSpace is ready after ${seconds.toFixed(1)} s.

  base URL   ${baseUrl}
  API key    ${apiKey}   (sandbox of the demo tenant; unlimited plan)
  account    ${account.email}   (password ${account.password}; POST /dashboard/auth/login)
  operator   ${operator.url}   (token ${operator.token}; npx pacspace access --help)
  durability ${durability}
  logs       ${dir}/logs/*.log
  programs   find all of this in ${dir}/dev.json

Record a first delta:

  curl ${baseUrl}/api/v1/balance/delta \\
    -H 'X-Api-Key: ${apiKey}' \\
    -H 'Content-Type: application/json' \\
    -d '{"customerId": "customer_001", "delta": 100.00, "reason": "initial-deposit"}'

and ask for the balance:

  curl ${baseUrl}/api/v1/balance/derive/customer_001 -H 'X-Api-Key: ${apiKey}'

Ctrl-C stops everything.
`;
}
