export { deliveryAnswer, deliveryLogAnswer, endpointMembers, eventId } from './answers.js';
export { type Attempt, formatAttempt, parseAttempts } from './attempt.js';
export { AddressPolicy } from './address-policy.js';
export { type CheckedUrl, checkEndpointUrl, type UrlPolicy } from './check-endpoint-url.js';
export { composeBody, type EventParts } from './compose-body.js';
export {
  endpointChange,
  type EndpointChangeInput,
  endpointInput,
  type EndpointInput,
  replayInput,
  type ReplayInput,
} from './endpoint-schemas.js';
export {
  EVENT_TYPES,
  eventIdOf,
  type EventType,
  listensTo,
  parseEventId,
  TEST_EVENT,
} from './event-types.js';
export { type Page, WEBHOOK_LIMITS } from './limits.js';
export { type DeliveryFilter, type DeliveryTools, listLog, replay, retryEvent } from './manage-deliveries.js';
export {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type EndpointOwner,
  getEndpoint,
  listEndpoints,
  rotateSecret,
  testEndpoint,
  type WebhookTools,
} from './manage-endpoints.js';
export { MAX_ATTEMPTS, nextTryAt, parseRetryAfter, type RetryQuestion } from './retry-schedule.js';
export { urlPolicyOf, webhookVariables } from './webhook-variables.js';
export { newSecret, SecretBox } from './secret-box.js';
export {
  type SignatureHeaders,
  signDelivery,
  type SignedParts,
  type SigningSecrets,
} from './sign-delivery.js';
