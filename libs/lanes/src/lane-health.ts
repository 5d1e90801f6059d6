import type { Gauge, HealthCheck, Metrics } from '@pacspace/service';
import type { LaneActivity } from './lane-share.js';

const ACTIVITIES: readonly LaneActivity[] = ['reading', 'standby', 'vacant', 'failing'];

/**
 * What the lanes do, for health and metrics. A process is ready while no lane fails: one that only stands by is a
 * spare and as healthy as the others. A lane that keeps failing is an alarm: nobody's deltas in it get any further.
 */
export class LaneHealth {
  private readonly activities = new Map<number, { activity: LaneActivity; detail: string }>();
  private readonly gauge: Gauge<'lane' | 'activity'>;
  private readonly replicas: Gauge;

  constructor(
    private readonly check: HealthCheck,
    metrics: Metrics,
    private readonly of: { readonly app: string; readonly lanes: number },
  ) {
    const { app } = of;
    this.gauge = metrics.gauge({
      name: `pacspace_${app}_lanes`,
      help: 'What this process does with each lane: 1 for its activity, 0 for the others.',
      labels: ['lane', 'activity'],
    });
    this.replicas = metrics.gauge({
      name: `pacspace_${app}_replicas`,
      help: 'Processes of this kind that the lanes are shared out among, as this one sees it.',
    });
  }

  readonly onWriters = (writers: number): void => this.replicas.set(writers);

  readonly onLane = (lane: number, activity: LaneActivity, detail: string): void => {
    this.activities.set(lane, { activity, detail });
    for (const each of ACTIVITIES)
      this.gauge.set({ lane: String(lane), activity: each }, each === activity ? 1 : 0);
    this.report();
  };

  /** Lanes that are this process's to watch: all but those that another one has. */
  concerned(): number[] {
    return [...this.activities].filter(([, { activity }]) => activity !== 'standby').map(([lane]) => lane);
  }

  private report(): void {
    const failing = [...this.activities].filter(([, { activity }]) => activity === 'failing');
    if (failing.length > 0) {
      this.check.failed(failing.map(([lane, { detail }]) => `lane ${lane}: ${detail}`).join('; '));
    } else if (this.activities.size < this.of.lanes) {
      this.check.failed('lanes are being opened');
    } else {
      const reading = [...this.activities.values()].filter(({ activity }) => activity === 'reading').length;
      this.check.ok(`${reading} of ${this.of.lanes} lanes read here`);
    }
  }
}
