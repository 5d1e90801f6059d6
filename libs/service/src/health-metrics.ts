import type { HealthRegistry } from './health.js';
import type { Metrics } from './metrics.js';

/** The health report as metrics, so that an alarm can tell "degraded for ten minutes" without reading JSON. */
export function exposeHealth(health: HealthRegistry, metrics: Metrics): void {
  metrics.gauge({
    name: 'pacspace_unhealthy_checks',
    help: '1 for each check that is in the state, else 0.',
    labels: ['check', 'state'],
    collect: (gauge) => {
      for (const { name, state } of health.report().checks) {
        gauge.set({ check: name, state: 'degraded' }, Number(state === 'degraded'));
        gauge.set({ check: name, state: 'failed' }, Number(state === 'failed'));
      }
    },
  });
  metrics.gauge({
    name: 'pacspace_ready_info',
    help: '1 while work is taken, else 0.',
    collect: (gauge) => gauge.set(Number(health.ready)),
  });
}
