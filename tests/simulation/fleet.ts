import type { Process } from './scheduler.js';
import { SimGateway } from './sim-gateway.js';
import { SimProjector } from './sim-projector.js';
import type { World } from './world.js';

/** Two gateways and two projectors, each replaced by another some time after it was killed. */
export class Fleet {
  private readonly gatewaySlots: SimGateway[] = [];
  private readonly projectorSlots: SimProjector[] = [];
  private made = 0;

  constructor(private readonly world: World) {
    for (let slot = 0; slot < 2; slot += 1) {
      this.gatewaySlots.push(this.makeGateway());
      this.projectorSlots.push(this.makeProjector());
    }
  }

  readonly gateways = (): readonly SimGateway[] => this.gatewaySlots.filter(({ process }) => process.alive);

  get processes(): readonly Process[] {
    return [...this.gatewaySlots, ...this.projectorSlots].map(({ process }) => process);
  }

  killGateway(slot: number): void {
    this.kill(this.gatewaySlots, slot, () => this.makeGateway());
  }

  killProjector(slot: number): void {
    const killed = this.projectorSlots[slot]!.process;
    this.kill(this.projectorSlots, slot, () => this.makeProjector());
    this.world.endSessions((process) => process === killed);
  }

  /** It sleeps, and the ledger takes it for dead: another one writes its lanes by the time it wakes. */
  suspendProjector(slot: number): void {
    const { process } = this.projectorSlots[slot]!;
    process.suspended = true;
    this.world.endSessions((other) => other === process);
    this.world.scheduler.add(`${process.name} wakes up`, () => this.resume(process));
  }

  resumeAll(): void {
    for (const process of this.processes) this.resume(process);
  }

  private resume(process: Process): void {
    process.suspended = false;
  }

  private kill<T extends { readonly process: Process }>(slots: T[], slot: number, make: () => T): void {
    const killed = slots[slot]!;
    if (!killed.process.alive) return;
    killed.process.kill();
    this.world.scheduler.add(`${killed.process.name} is replaced`, () => (slots[slot] = make()));
  }

  private makeGateway(): SimGateway {
    this.made += 1;
    return new SimGateway(`gateway ${this.made}`, this.world);
  }

  private makeProjector(): SimProjector {
    this.made += 1;
    return new SimProjector(`projector ${this.made}`, this.world);
  }
}
