import { type Attributes, type Context, type Link, type SpanKind, TraceFlags } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from './telemetry-config.js';

/**
 * Decides for a root span that works for others by what was decided for them: kept when any span that it links to is
 * kept. By its own draw alone, an envelope's span would be missing from nearly every trace of a request that rode in it.
 */
class LinkedSampler implements Sampler {
  constructor(private readonly unlinked: Sampler) {}

  // eslint-disable-next-line max-params -- the SDK's interface
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    if (links.length === 0) {
      return this.unlinked.shouldSample(context, traceId, spanName, spanKind, attributes, links);
    }
    const kept = links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) !== 0);
    return { decision: kept ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return `LinkedSampler{${this.unlinked.toString()}}`;
  }
}

/** The sampler that the standard variables name; parent-based ones decide linked roots as above. */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new LinkedSampler(new AlwaysOffSampler()) });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new LinkedSampler(new TraceIdRatioBasedSampler(ratio)) });
  }
}
