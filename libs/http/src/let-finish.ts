import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long a client may go on sending a body that was refused. */
const LINGER_MS = 30_000;

/**
 * Lets a client that is still sending send on, into nothing: many write their whole request before they look for an
 * answer, and would find a connection reset instead of the reason. Not for ever, though, and then it is cut off.
 */
export function letFinish(request: FastifyRequest, reply: FastifyReply, lingerMs = LINGER_MS): void {
  const { raw } = request;
  if (raw.complete || raw.destroyed) return;
  // Fastify would have the connection closed as soon as the answer is out.
  if (!reply.raw.headersSent) reply.removeHeader('connection');
  raw.resume();
  const timer = setTimeout(() => raw.destroy(), lingerMs);
  raw.once('close', () => clearTimeout(timer));
}
