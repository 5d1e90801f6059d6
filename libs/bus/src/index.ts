export { headerOf } from './header-of.js';
export { RequestClient } from './request-client.js';
export { RequestServer } from './request-server.js';
