import type { OptionSpecs } from '../options.js';

/** By which keys the heads of logs are to be signed. */
export const KEY_OPTIONS = {
  key: {
    type: 'string',
    multiple: true,
    value: 'KEY',
    help: "a log's verifier key, name+id+base64, from a source that you trust; may be given again (rotated keys)",
  },
  'key-file': {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a file with such keys, one a line, or a saved answer of /.well-known/pacspace-log-keys',
  },
} as const satisfies OptionSpecs;
