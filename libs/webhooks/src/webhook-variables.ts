import { boolean, secret, text } from '@pacspace/service';
import { AddressPolicy } from './address-policy.js';
import type { UrlPolicy } from './check-endpoint-url.js';

/** What every app is told that takes webhooks' URLs, or sends to them. */
export const webhookVariables = {
  WEBHOOK_KEY: secret(
    'what webhooks’ signing secrets are kept under, the same in every app; to change it, put the new one before the old ' +
      'one, with a comma between',
    { minLength: 32 },
  ),
  WEBHOOK_ALLOW_HTTP: boolean('whether webhooks may be http:// URLs: for trying out alone').default(false),
  WEBHOOK_ALLOWED_NETWORKS: text(
    'inside networks that webhooks may lead to, with commas between; all others are refused',
    '127.0.0.0/8,::1/128',
  )
    .refine(isNetworkList, 'must be networks with commas between, such as 127.0.0.0/8,::1/128')
    .optional(),
};

export function urlPolicyOf(config: {
  readonly WEBHOOK_ALLOW_HTTP: boolean;
  readonly WEBHOOK_ALLOWED_NETWORKS?: string | undefined;
}): UrlPolicy {
  return {
    addresses: new AddressPolicy(networksIn(config.WEBHOOK_ALLOWED_NETWORKS ?? '')),
    allowHttp: config.WEBHOOK_ALLOW_HTTP,
  };
}

function networksIn(list: string): string[] {
  return list
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '');
}

function isNetworkList(list: string): boolean {
  try {
    new AddressPolicy(networksIn(list));
    return true;
  } catch {
    return false;
  }
}
