/** How routes declare themselves, and the OpenAPI document that is made of what they declare. */
export { API_INFO } from './api-info.js';
export { composeDocument, type DocumentInfo, type OpenApiDocument } from './compose-document.js';
export {
  type Access,
  type AnswerDeclaration,
  type BodyDeclaration,
  declareRoute,
  type Link,
  type Method,
  type RouteDeclaration,
  type RouteExample,
} from './declare-route.js';
export {
  amountMembers,
  boundedPagination,
  checkpointId,
  count,
  customerId,
  decimal,
  hash,
  pagination,
  period,
  receiptId,
  recordId,
  time,
  uncountedPagination,
} from './members.js';
export { errorDetail, fieldError, pending, problem } from './problem.js';
