import { boolean, string } from '@oclif/core/flags';

/** The flags of whatever puts the user's streams on a container. */
export const ATTACH_FLAGS = {
  'detach-keys': string({
    helpValue: 'KEYS',
    summary: 'Keys that leave a container with a terminal running. Default: ctrl-p,ctrl-q.',
  }),
  'sig-proxy': boolean({
    default: true,
    allowNo: true,
    summary: 'Pass signals on, unless the container has a terminal.',
  }),
};
